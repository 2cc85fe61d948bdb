# What others may know.  It is the only folder that writes to a database.
#
# It may use: lib/, plugin/policy, plugin/footprint and what that uses.

plugin_libfootprintd_la_SOURCES += \
	plugin/publish/external-ids.c \
	plugin/publish/external-ids.h \
	plugin/publish/footprint-rows.c \
	plugin/publish/footprint-rows.h \
	plugin/publish/learner.c \
	plugin/publish/learner.h \
	plugin/publish/metrics-server.c \
	plugin/publish/metrics-server.h \
	plugin/publish/metrics.c \
	plugin/publish/metrics.h \
	plugin/publish/nfd-file.c \
	plugin/publish/nfd-file.h \
	plugin/publish/observation-rows.c \
	plugin/publish/observation-rows.h \
	plugin/publish/observer.c \
	plugin/publish/observer.h \
	plugin/publish/port-workload.h \
	plugin/publish/pupil.c \
	plugin/publish/pupil.h \
	plugin/publish/uplink-qos.c \
	plugin/publish/uplink-qos.h \
	plugin/publish/uplinks.c \
	plugin/publish/uplinks.h
