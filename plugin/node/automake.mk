# Puts the parts together, in the order in which the data passes them.
#
# It may use: every folder of plugin/ but plugin/commands.

plugin_libfootprintd_la_SOURCES += \
	plugin/node/detector-cost.c \
	plugin/node/detector-cost.h \
	plugin/node/figures.c \
	plugin/node/figures.h \
	plugin/node/node-parts.h \
	plugin/node/node.c \
	plugin/node/node.h \
	plugin/node/pipelines.c \
	plugin/node/pipelines.h \
	plugin/node/publication.c \
	plugin/node/publication.h \
	plugin/node/removal.c \
	plugin/node/removal.h \
	plugin/node/renewal.c \
	plugin/node/renewal.h \
	plugin/node/sources.c \
	plugin/node/sources.h \
	plugin/node/treatment.c \
	plugin/node/treatment.h \
	plugin/node/watch.c \
	plugin/node/watch.h \
	plugin/node/watched-zones.c \
	plugin/node/watched-zones.h
