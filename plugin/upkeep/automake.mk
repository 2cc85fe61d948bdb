# What conntrack's table needs because of us: room for others, zones without what
# a previous owner left, entries with counters.
#
# It may use: lib/, plugin/footprint and what it uses.

plugin_libfootprintd_la_SOURCES += \
	plugin/upkeep/acct-repair.c \
	plugin/upkeep/acct-repair.h \
	plugin/upkeep/backoff.c \
	plugin/upkeep/backoff.h \
	plugin/upkeep/guard-policy.c \
	plugin/upkeep/guard-policy.h \
	plugin/upkeep/guard.c \
	plugin/upkeep/guard.h \
	plugin/upkeep/quiet-zones.c \
	plugin/upkeep/quiet-zones.h \
	plugin/upkeep/zone-cleaner.c \
	plugin/upkeep/zone-cleaner.h
