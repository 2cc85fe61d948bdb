# What stands in databases, by its names.  It uses nothing.

EXTRA_DIST += ovsdb/footprint-keys.h
