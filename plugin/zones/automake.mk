# Conntrack zones: ours, and other people's.
#
# It may use: lib/, plugin/conntrack, plugin/detector, plugin/pipeline.

plugin_libfootprintd_la_SOURCES += \
	plugin/zones/foreign-zones.c \
	plugin/zones/foreign-zones.h \
	plugin/zones/zones.c \
	plugin/zones/zones.h
