# The CNI plugin, ovs-footprint-cni.  It may use: lib/, ovsdb/.
#
# Container runtimes run it on hosts that have little else, so it is linked statically
# if it can be.  What does not touch the system is a library, so that tests can link
# with it.

noinst_LTLIBRARIES += utilities/ovs-footprint-cni/libfootprintcni.la
utilities_ovs_footprint_cni_libfootprintcni_la_SOURCES = \
	utilities/ovs-footprint-cni/attachment.c \
	utilities/ovs-footprint-cni/attachment.h \
	utilities/ovs-footprint-cni/cni-env.c \
	utilities/ovs-footprint-cni/cni-env.h \
	utilities/ovs-footprint-cni/cni-error.c \
	utilities/ovs-footprint-cni/cni-error.h \
	utilities/ovs-footprint-cni/cni-result.c \
	utilities/ovs-footprint-cni/cni-result.h \
	utilities/ovs-footprint-cni/cni-version.c \
	utilities/ovs-footprint-cni/cni-version.h \
	utilities/ovs-footprint-cni/net-conf.c \
	utilities/ovs-footprint-cni/net-conf.h

bin_PROGRAMS += utilities/ovs-footprint-cni/ovs-footprint-cni
utilities_ovs_footprint_cni_ovs_footprint_cni_SOURCES = \
	utilities/ovs-footprint-cni/add.c \
	utilities/ovs-footprint-cni/announce.c \
	utilities/ovs-footprint-cni/announce.h \
	utilities/ovs-footprint-cni/chained.c \
	utilities/ovs-footprint-cni/check.c \
	utilities/ovs-footprint-cni/del.c \
	utilities/ovs-footprint-cni/delegate.c \
	utilities/ovs-footprint-cni/delegate.h \
	utilities/ovs-footprint-cni/engine.c \
	utilities/ovs-footprint-cni/engine.h \
	utilities/ovs-footprint-cni/gc.c \
	utilities/ovs-footprint-cni/ipam.c \
	utilities/ovs-footprint-cni/ipam.h \
	utilities/ovs-footprint-cni/link.c \
	utilities/ovs-footprint-cni/link.h \
	utilities/ovs-footprint-cni/ovs-footprint-cni.c \
	utilities/ovs-footprint-cni/plugin.c \
	utilities/ovs-footprint-cni/plugin.h \
	utilities/ovs-footprint-cni/ports.c \
	utilities/ovs-footprint-cni/ports.h \
	utilities/ovs-footprint-cni/status.c \
	utilities/ovs-footprint-cni/vf.c \
	utilities/ovs-footprint-cni/vf.h
utilities_ovs_footprint_cni_ovs_footprint_cni_LDADD = \
	utilities/ovs-footprint-cni/libfootprintcni.la \
	$(FOOTPRINT_LIBS) $(LIBNL_LIBS) $(STATIC_LIBS)
utilities_ovs_footprint_cni_ovs_footprint_cni_LDFLAGS = \
	$(AM_LDFLAGS) $(STATIC_LDFLAGS)

EXTRA_DIST += \
	utilities/ovs-footprint-cni/examples/10-pods.conflist \
	utilities/ovs-footprint-cni/examples/20-behind-ovs-cni.conflist
