# Tests of the daemon beside a real ovsdb-server, and an ovs-vswitchd whose datapath is
# a dummy: configure must have found both.  They take six minutes on two idle
# processors, with -j2.  One: make check TESTSUITEFLAGS='-k publish'.

TESTSUITE_AT += \
	tests/daemon/cni.at \
	tests/daemon/cni-beside.at \
	tests/daemon/cni-odd.at \
	tests/daemon/cni-safety.at \
	tests/daemon/adaptive.at \
	tests/daemon/cluster.at \
	tests/daemon/cleanup.at \
	tests/daemon/commands.at \
	tests/daemon/database.at \
	tests/daemon/daemon.at \
	tests/daemon/zones.at \
	tests/daemon/evidence.at \
	tests/daemon/examples.at \
	tests/daemon/http-server.at \
	tests/daemon/installed.at \
	tests/daemon/learning.at \
	tests/daemon/mac-learning.at \
	tests/daemon/metrics.at \
	tests/daemon/odd-switch.at \
	tests/daemon/pipeline.at \
	tests/daemon/pipeline-beside.at \
	tests/daemon/policy.at \
	tests/daemon/publish.at \
	tests/daemon/publish-detectors.at \
	tests/daemon/upgrade.at \
	tests/daemon/service.at \
	tests/daemon/scheduler.at \
	tests/daemon/top.at

# The daemon with a detector that does what a test tells it.
check_PROGRAMS += tests/daemon/scripted-footprintd
tests_daemon_scripted_footprintd_SOURCES = \
	plugin/ovs-footprintd.c \
	tests/daemon/scripted-footprintd.c
tests_daemon_scripted_footprintd_LDADD = $(FOOTPRINTD_LIBS)

check_PROGRAMS += tests/daemon/test-pipeline
tests_daemon_test_pipeline_SOURCES = tests/daemon/test-pipeline.c
tests_daemon_test_pipeline_LDADD = $(FOOTPRINTD_LIBS)

# Nodes that only write into OVS_Footprint, many in one process.
check_PROGRAMS += tests/daemon/simulated-nodes
tests_daemon_simulated_nodes_SOURCES = tests/daemon/simulated-nodes.c
tests_daemon_simulated_nodes_LDADD = $(FOOTPRINTD_LIBS)

# An HTTP server with small limits.
check_PROGRAMS += tests/daemon/test-http-server
tests_daemon_test_http_server_SOURCES = tests/daemon/test-http-server.c
tests_daemon_test_http_server_LDADD = $(FOOTPRINT_HTTP_LIBS)

EXTRA_DIST += \
	tests/daemon/complete-words \
	tests/daemon/examples-not-run \
	tests/daemon/examples.py \
	tests/daemon/forwarding-model.py \
	tests/daemon/check-commands.py \
	tests/daemon/check-openapi.py \
	tests/daemon/check-page.py \
	tests/daemon/check-prometheus.py \
	tests/daemon/http-client.py \
	tests/daemon/kube-scheduler-1.20-names-filter.json \
	tests/daemon/kube-scheduler-1.20-names-prioritize.json \
	tests/daemon/kube-scheduler-1.20-nodes-filter.json \
	tests/daemon/kube-scheduler-1.20-nodes-prioritize.json \
	tests/daemon/kube-scheduler-requests.py \
	tests/daemon/make-cluster.py \
	tests/daemon/odd-switch.py \
	tests/daemon/random_bridges.py
