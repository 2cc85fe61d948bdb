# What external_ids ask for.  A bad value is named, and the last good one stays.
#
# It may use: lib/, plugin/conntrack, plugin/detector, plugin/pipeline.

plugin_libfootprintd_la_SOURCES += \
	plugin/settings/settings.c \
	plugin/settings/settings.h
