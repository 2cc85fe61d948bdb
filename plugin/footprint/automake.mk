# Heavy or light: the elephants of a zone, whose they are, and the verdict.
#
# It may use: lib/, plugin/evidence and what it uses.

plugin_libfootprintd_la_SOURCES += \
	plugin/footprint/attribution.c \
	plugin/footprint/attribution.h \
	plugin/footprint/footprint.c \
	plugin/footprint/footprint.h \
	plugin/footprint/judge.c \
	plugin/footprint/judge.h \
	plugin/footprint/role.c \
	plugin/footprint/role.h \
	plugin/footprint/tracker.c \
	plugin/footprint/tracker.h
