# The daemon, ovs-footprintd.  Each folder is one station on the way of the data, and
# knows only the stations before it: build-aux/layers has the picture.
#
# Everything but main() is a library, so that tests can link with it.

noinst_LTLIBRARIES += plugin/libfootprintd.la
plugin_libfootprintd_la_SOURCES =

include plugin/conntrack/automake.mk
include plugin/detector/automake.mk
include plugin/pipeline/automake.mk
include plugin/addresses/automake.mk
include plugin/settings/automake.mk
include plugin/zones/automake.mk
include plugin/topology/automake.mk
include plugin/evidence/automake.mk
include plugin/footprint/automake.mk
include plugin/upkeep/automake.mk
include plugin/publish/automake.mk
include plugin/policy/automake.mk
include plugin/node/automake.mk
include plugin/commands/automake.mk

FOOTPRINTD_LIBS = \
	plugin/libfootprintd.la \
	$(FOOTPRINT_HTTP_LIBS) \
	$(LIBBPF_LIBS) $(LIBELF_LIBS) $(LIBNL_LIBS) $(LIBCT_LIBS) $(LIBMNL_LIBS) \
	$(LIBSYSTEMD_LIBS)

sbin_PROGRAMS += plugin/ovs-footprintd
plugin_ovs_footprintd_SOURCES = plugin/ovs-footprintd.c
plugin_ovs_footprintd_LDADD = $(FOOTPRINTD_LIBS)
