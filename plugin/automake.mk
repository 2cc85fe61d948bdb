# Everything but main.c is a library, so that tests can link with it.
noinst_LTLIBRARIES += plugin/libfootprint.la
plugin_libfootprint_la_SOURCES = \
	ovsdb/footprint-keys.h \
	plugin/addr-index.c \
	plugin/addr-index.h \
	plugin/attribution.c \
	plugin/attribution.h \
	plugin/bridge-owner.c \
	plugin/bridge-owner.h \
	plugin/commands.c \
	plugin/commands.h \
	plugin/conntrack-abi.c \
	plugin/conntrack-abi.h \
	plugin/counter-judge.c \
	plugin/counter-judge.h \
	plugin/ct-dump.c \
	plugin/ct-dump.h \
	plugin/ct-flow.c \
	plugin/ct-flow.h \
	plugin/ct-flush.c \
	plugin/ct-flush.h \
	plugin/ct-message.c \
	plugin/ct-message.h \
	plugin/ct-monitor.c \
	plugin/ct-monitor.h \
	plugin/ct-netlink.c \
	plugin/ct-netlink.h \
	plugin/ct-sysctl.c \
	plugin/ct-sysctl.h \
	plugin/detector-choice.c \
	plugin/detector-choice.h \
	plugin/detector-hook.c \
	plugin/detector-poll.c \
	plugin/detector-provider.h \
	plugin/detector-scan.c \
	plugin/detector.c \
	plugin/detector.h \
	plugin/elephant-table.c \
	plugin/elephant-table.h \
	plugin/endpoint.c \
	plugin/endpoint.h \
	plugin/evidence.c \
	plugin/evidence.h \
	plugin/flow-table.c \
	plugin/flow-table.h \
	plugin/footprint.c \
	plugin/footprint.h \
	plugin/foreign-flows.c \
	plugin/foreign-flows.h \
	plugin/guard-policy.c \
	plugin/guard-policy.h \
	plugin/guard.c \
	plugin/guard.h \
	plugin/hook-loader.c \
	plugin/hook-loader.h \
	plugin/identity.c \
	plugin/identity.h \
	plugin/judge.c \
	plugin/judge.h \
	plugin/link-counters.c \
	plugin/link-counters.h \
	plugin/node.c \
	plugin/node.h \
	plugin/of-switch.c \
	plugin/of-switch.h \
	plugin/ovs-counters.c \
	plugin/ovs-counters.h \
	plugin/peer.c \
	plugin/peer.h \
	plugin/pipeline-flows.c \
	plugin/pipeline-flows.h \
	plugin/pipeline-ports.c \
	plugin/pipeline-ports.h \
	plugin/pipeline.c \
	plugin/pipeline.h \
	plugin/port-kind.c \
	plugin/port-kind.h \
	plugin/port.c \
	plugin/port.h \
	plugin/publisher.c \
	plugin/publisher.h \
	plugin/report.c \
	plugin/report.h \
	plugin/role.c \
	plugin/role.h \
	plugin/sampler.c \
	plugin/sampler.h \
	plugin/settings.c \
	plugin/settings.h \
	plugin/shared-zones.c \
	plugin/shared-zones.h \
	plugin/sight.c \
	plugin/sight.h \
	plugin/status.c \
	plugin/status.h \
	plugin/topology.c \
	plugin/topology.h \
	plugin/tracker.c \
	plugin/tracker.h \
	plugin/zone-cleaner.c \
	plugin/zone-cleaner.h \
	plugin/zone-users.c \
	plugin/zone-users.h \
	plugin/zone-prints.c \
	plugin/zone-prints.h \
	plugin/zones.c \
	plugin/zones.h

FOOTPRINT_LIBS = \
	plugin/libfootprint.la \
	$(OVS_LIBS) \
	$(LIBBPF_LIBS) $(LIBELF_LIBS) $(LIBNL_LIBS) $(LIBCT_LIBS) $(LIBMNL_LIBS)

sbin_PROGRAMS += plugin/ovs-footprintd
plugin_ovs_footprintd_SOURCES = plugin/main.c
plugin_ovs_footprintd_LDADD = $(FOOTPRINT_LIBS)
