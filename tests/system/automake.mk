# Tests of the daemon beside Open vSwitch on the kernel's datapath, with traffic.
#
# They need root, QEMU, Open vSwitch's and OVN's programs, iperf3, conntrack and jq, all
# of which ./quickstart installs; "make check-vm" takes more than an hour on two
# processors, and half of that without the groups that quickstart leaves to check-all.
# One test: make check-vm TESTSUITEFLAGS='-k guard'.
#
# "make check-vm" runs them on one kernel, "make check-vm KERNEL=5.10" on another,
# "make check-kernels" on all that are tested, each in a virtual machine (tests/vm, which
# boots in 20 s; tests/vm/run runs anything in one, and tests/vm/test-run checks what it
# promises, which takes five minutes).  tests/demo/run is the demo, two minutes; "./quickstart
# demo" runs it.

SYSTEM_TESTSUITE_AT = \
	tests/local.at \
	tests/system/adaptive.at \
	tests/system/cni.at \
	tests/system/containerd.at \
	tests/system/forwarding.at \
	tests/system/podman.at \
	tests/system/guard.at \
	tests/system/loss.at \
	tests/system/learning.at \
	tests/system/macros.at \
	tests/system/ovn.at \
	tests/system/policy.at \
	tests/system/restart.at \
	tests/system/scan.at \
	tests/system/settings.at \
	tests/system/state.at \
	tests/system/survival.at \
	tests/system/tenant.at \
	tests/system/testsuite.at \
	tests/system/traffic.at \
	tests/system/ways-out.at \
	tests/system/wire.at
SYSTEM_TESTSUITE = tests/system-testsuite
SYSTEM_TOOLS = \
	tests/bench/make-flows \
	tests/benefit/ping-pong \
	tests/system/test-detector \
	tests/system/test-scan-churn
KERNEL = 6.1
SYSTEM_KERNELS = 5.10 6.1 6.1-rt 6.12 7.2

check_PROGRAMS += tests/system/test-detector
tests_system_test_detector_SOURCES = tests/system/test-detector.c
tests_system_test_detector_LDADD = $(FOOTPRINTD_LIBS)

check_PROGRAMS += tests/system/test-scan-churn
tests_system_test_scan_churn_SOURCES = tests/system/test-scan-churn.c
tests_system_test_scan_churn_LDADD = $(FOOTPRINTD_LIBS)

EXTRA_DIST += \
	tests/system/adversary.py \
	$(SYSTEM_TESTSUITE_AT) \
	tests/demo/run \
	tests/system/run \
	tests/system/send_frames.py \
	tests/vm/fetch-kernel \
	tests/vm/init \
	tests/vm/make-initramfs \
	tests/vm/run \
	tests/vm/test-run
CLEANFILES += $(SYSTEM_TESTSUITE)

$(SYSTEM_TESTSUITE): $(SYSTEM_TESTSUITE_AT) package.m4
	$(AM_V_GEN)$(MKDIR_P) tests && \
	$(AUTOTEST) -I '$(srcdir)' -I . -o $@.tmp \
		'$(srcdir)/tests/system/testsuite.at' && mv $@.tmp $@

# What the tests need, but for the kernels.
system-programs: all $(SYSTEM_TOOLS) $(SYSTEM_TESTSUITE) tests/atconfig tests/atlocal

check-vm: system-programs
	'$(srcdir)/tests/system/run' . $(KERNEL) $(TESTSUITEFLAGS)

check-kernels: system-programs
	status=0; \
	for kernel in $(SYSTEM_KERNELS); do \
	    echo "== Linux $$kernel =="; \
	    '$(srcdir)/tests/system/run' . $$kernel $(TESTSUITEFLAGS) || status=1; \
	done; \
	exit $$status

CLEAN_DIRS += tests/system-results

.PHONY: check-vm check-kernels system-programs
