# What is done about elephants where somebody asked for it: decides only.  The flows
# are in plugin/pipeline.
#
# It may use: lib/, plugin/footprint and what it uses.

plugin_libfootprintd_la_SOURCES += \
	plugin/policy/policies.c \
	plugin/policy/policies.h
