# What a port may be judged by besides its elephants: the byte counters of its
# interface, and whether conntrack sees its packets.
#
# It may use: lib/, plugin/topology and what it uses, libnl.

plugin_libfootprintd_la_SOURCES += \
	plugin/evidence/byte-counters.h \
	plugin/evidence/counter-judge.c \
	plugin/evidence/counter-judge.h \
	plugin/evidence/evidence-collector.c \
	plugin/evidence/evidence-collector.h \
	plugin/evidence/evidence.c \
	plugin/evidence/evidence.h \
	plugin/evidence/flow-faults.c \
	plugin/evidence/flow-faults.h \
	plugin/evidence/link-counters.c \
	plugin/evidence/link-counters.h \
	plugin/evidence/ovs-counters.c \
	plugin/evidence/ovs-counters.h \
	plugin/evidence/passage.c \
	plugin/evidence/passage.h \
	plugin/evidence/tracking.c \
	plugin/evidence/tracking.h \
	plugin/evidence/visibility.c \
	plugin/evidence/visibility.h \
	plugin/evidence/volume.c \
	plugin/evidence/volume.h \
	plugin/evidence/wire-check.c \
	plugin/evidence/wire-check.h \
	plugin/evidence/wire-evidence.h \
	plugin/evidence/zone-snapshot.c \
	plugin/evidence/zone-snapshot.h
