# The OpenFlow flows that send a container's packets through its zone.  It is the
# only folder that writes to a switch, and it never changes where a packet goes, nor
# the packet, unless plugin/policy asked for that.
#
# It may use: lib/, plugin/conntrack.

plugin_libfootprintd_la_SOURCES += \
	plugin/pipeline/flow-table.c \
	plugin/pipeline/flow-table.h \
	plugin/pipeline/foreign-flows.c \
	plugin/pipeline/foreign-flows.h \
	plugin/pipeline/of-request.c \
	plugin/pipeline/of-request.h \
	plugin/pipeline/of-switch.c \
	plugin/pipeline/of-switch.h \
	plugin/pipeline/pipeline-elephants.c \
	plugin/pipeline/pipeline-elephants.h \
	plugin/pipeline/pipeline-flows.c \
	plugin/pipeline/pipeline-flows.h \
	plugin/pipeline/pipeline-layout.c \
	plugin/pipeline/pipeline-layout.h \
	plugin/pipeline/pipeline-options.c \
	plugin/pipeline/pipeline-ports.c \
	plugin/pipeline/pipeline-ports.h \
	plugin/pipeline/pipeline-types.h \
	plugin/pipeline/pipeline.c \
	plugin/pipeline/pipeline.h
