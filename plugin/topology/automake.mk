# Bridges, ports and who is behind them: OVSDB in the shape that the rest needs.
# It writes nothing.
#
# It may use: lib/, plugin/settings, plugin/zones and what they use.

plugin_libfootprintd_la_SOURCES += \
	plugin/topology/bridge-owner.c \
	plugin/topology/bridge-owner.h \
	plugin/topology/bridge.c \
	plugin/topology/bridge.h \
	plugin/topology/container-macs.c \
	plugin/topology/container-macs.h \
	plugin/topology/endpoint.c \
	plugin/topology/endpoint.h \
	plugin/topology/macs.c \
	plugin/topology/macs.h \
	plugin/topology/port-kind.c \
	plugin/topology/port-kind.h \
	plugin/topology/port-settings.c \
	plugin/topology/port-settings.h \
	plugin/topology/port.c \
	plugin/topology/port.h \
	plugin/topology/published.c \
	plugin/topology/published.h \
	plugin/topology/shared-zones.c \
	plugin/topology/shared-zones.h \
	plugin/topology/topology-columns.c \
	plugin/topology/topology-columns.h \
	plugin/topology/topology.c \
	plugin/topology/topology.h \
	plugin/topology/zone-assignment.c \
	plugin/topology/zone-assignment.h
