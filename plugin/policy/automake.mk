# What is done about elephants where somebody asked for it: decides only.  The flows
# are in plugin/pipeline, the rows in plugin/publish.
#
# The way of a policy: plugin/settings/policy-setting.c reads what is asked for,
# policies.c decides which connections get it, plugin/node/treatment.c hands that on,
# and plugin/pipeline/pipeline-elephants.c makes flows of it.  queue-plan.c decides
# which queues uplinks need, and plugin/publish/uplink-qos.c makes rows of that.  What
# else is called a policy is another thing: plugin/upkeep/guard-policy.c (whose flows are
# withdrawn), plugin/addresses/mac-learning-policy.c (what to believe of learned
# addresses) and utilities/ovs-footprint-scheduler/policy.c (which node is better).
#
# It may use: lib/, plugin/footprint and what it uses.

plugin_libfootprintd_la_SOURCES += \
	plugin/policy/policies.c \
	plugin/policy/policies.h \
	plugin/policy/policy-scope.c \
	plugin/policy/policy-scope.h \
	plugin/policy/queue-plan.c \
	plugin/policy/queue-plan.h
