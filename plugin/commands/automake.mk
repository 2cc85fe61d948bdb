# What "ovs-appctl -t ovs-footprintd" is answered.  It changes nothing but what a
# command says it does.
#
# It may use: every folder of plugin/.

plugin_libfootprintd_la_SOURCES += \
	plugin/commands/blind-spots.c \
	plugin/commands/blind-spots.h \
	plugin/commands/commands.c \
	plugin/commands/commands.h \
	plugin/commands/show-elephants.c \
	plugin/commands/show-elephants.h \
	plugin/commands/show-footprints.c \
	plugin/commands/show-footprints.h \
	plugin/commands/show-node.c \
	plugin/commands/show-node.h \
	plugin/commands/show-policies.c \
	plugin/commands/show-policies.h \
	plugin/commands/show-ports.c \
	plugin/commands/show-ports.h \
	plugin/commands/show-status.c \
	plugin/commands/show-status.h \
	plugin/commands/show-workloads.c \
	plugin/commands/show-workloads.h \
	plugin/commands/show-zones.c \
	plugin/commands/show-zones.h
