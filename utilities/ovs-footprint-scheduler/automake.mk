# ovs-footprint-scheduler: where pods should go, by their traffic footprints.  It uses
# lib/ and ovsdb/.
#
# json-scan, known-names, extender, policy, cluster, explain and scheduler are pure, and so is
# feed-rows; cluster-db and cluster-feed read OVS_Footprint, and api serves HTTP.

noinst_LTLIBRARIES += utilities/libscheduler.la
utilities_libscheduler_la_SOURCES = \
	utilities/ovs-footprint-scheduler/cluster-links.c \
	utilities/ovs-footprint-scheduler/cluster-nodes.c \
	utilities/ovs-footprint-scheduler/cluster-nodes.h \
	utilities/ovs-footprint-scheduler/cluster-reservations.c \
	utilities/ovs-footprint-scheduler/cluster-reservations.h \
	utilities/ovs-footprint-scheduler/cluster-rows.c \
	utilities/ovs-footprint-scheduler/cluster-workloads.c \
	utilities/ovs-footprint-scheduler/cluster-workloads.h \
	utilities/ovs-footprint-scheduler/cluster.h \
	utilities/ovs-footprint-scheduler/decisions.c \
	utilities/ovs-footprint-scheduler/explain.c \
	utilities/ovs-footprint-scheduler/explain.h \
	utilities/ovs-footprint-scheduler/extender.c \
	utilities/ovs-footprint-scheduler/extender.h \
	utilities/ovs-footprint-scheduler/feed-rows.c \
	utilities/ovs-footprint-scheduler/feed-rows.h \
	utilities/ovs-footprint-scheduler/json-scan.c \
	utilities/ovs-footprint-scheduler/json-scan.h \
	utilities/ovs-footprint-scheduler/known-names.c \
	utilities/ovs-footprint-scheduler/known-names.h \
	utilities/ovs-footprint-scheduler/policy.c \
	utilities/ovs-footprint-scheduler/policy.h \
	utilities/ovs-footprint-scheduler/scheduler-pod.c \
	utilities/ovs-footprint-scheduler/scheduler-pod.h \
	utilities/ovs-footprint-scheduler/scheduler.c \
	utilities/ovs-footprint-scheduler/scheduler.h

bin_PROGRAMS += utilities/ovs-footprint-scheduler/ovs-footprint-scheduler
utilities_ovs_footprint_scheduler_ovs_footprint_scheduler_SOURCES = \
	utilities/ovs-footprint-scheduler/api-metrics.c \
	utilities/ovs-footprint-scheduler/api-metrics.h \
	utilities/ovs-footprint-scheduler/api-state.h \
	utilities/ovs-footprint-scheduler/api.c \
	utilities/ovs-footprint-scheduler/api.h \
	utilities/ovs-footprint-scheduler/cluster-db.c \
	utilities/ovs-footprint-scheduler/cluster-db.h \
	utilities/ovs-footprint-scheduler/cluster-feed.c \
	utilities/ovs-footprint-scheduler/cluster-feed.h \
	utilities/ovs-footprint-scheduler/ovs-footprint-scheduler.c
nodist_utilities_ovs_footprint_scheduler_ovs_footprint_scheduler_SOURCES = \
	utilities/ovs-footprint-scheduler/served-files.c \
	utilities/ovs-footprint-scheduler/served-files.h
utilities_ovs_footprint_scheduler_ovs_footprint_scheduler_LDADD = \
	utilities/libscheduler.la \
	$(FOOTPRINT_HTTP_LIBS) $(LIBSYSTEMD_LIBS)
utilities_ovs_footprint_scheduler_ovs_footprint_scheduler_CPPFLAGS = \
	$(AM_CPPFLAGS) -I$(top_builddir)/utilities/ovs-footprint-scheduler

# The files that it serves as they are.
served_files = \
	utilities/ovs-footprint-scheduler/openapi.json \
	utilities/ovs-footprint-scheduler/page.html
served_sources = \
	utilities/ovs-footprint-scheduler/served-files.c \
	utilities/ovs-footprint-scheduler/served-files.h
EXTRA_DIST += $(served_files) build-aux/embed-files
BUILT_SOURCES += $(served_sources)
CLEANFILES += $(served_sources)

utilities/ovs-footprint-scheduler/served-files.c: $(served_files) build-aux/embed-files
	$(AM_V_GEN)$(MKDIR_P) utilities/ovs-footprint-scheduler && \
	$(PYTHON3) '$(srcdir)/build-aux/embed-files' served $@ \
		$(addprefix $(srcdir)/,$(served_files))
utilities/ovs-footprint-scheduler/served-files.h: utilities/ovs-footprint-scheduler/served-files.c
