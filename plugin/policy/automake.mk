# What is done about elephants where somebody asked for it: decides only.  The flows
# are in plugin/pipeline, the rows in plugin/publish.
#
# It may use: lib/, plugin/footprint and what it uses.

plugin_libfootprintd_la_SOURCES += \
	plugin/policy/policies.c \
	plugin/policy/policies.h \
	plugin/policy/policy-scope.c \
	plugin/policy/policy-scope.h \
	plugin/policy/queue-plan.c \
	plugin/policy/queue-plan.h
