# What external_ids ask for.  A bad value is named, and the last good one stays.
#
# It may use: lib/, plugin/conntrack, plugin/detector, plugin/pipeline.

plugin_libfootprintd_la_SOURCES += \
	plugin/settings/misspelling.c \
	plugin/settings/misspelling.h \
	plugin/settings/policy-setting.c \
	plugin/settings/policy-setting.h \
	plugin/settings/setting-amount.c \
	plugin/settings/setting-amount.h \
	plugin/settings/setting-parsers.c \
	plugin/settings/setting-parsers.h \
	plugin/settings/settings-values.h \
	plugin/settings/settings.c \
	plugin/settings/settings.h \
	plugin/settings/zones-mode.c \
	plugin/settings/zones-mode.h
