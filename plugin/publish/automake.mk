# What others may know.  It is the only folder that writes to a database.
#
# It may use: lib/, plugin/footprint and what it uses.

plugin_libfootprintd_la_SOURCES += \
	plugin/publish/external-ids.c \
	plugin/publish/external-ids.h
