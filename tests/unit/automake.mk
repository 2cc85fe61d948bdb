# Tests of pure modules, which need nothing: neither a socket nor a clock.  All of
# them take seconds.  One: make check TESTSUITEFLAGS='-k tracker'.

TESTSUITE_AT += \
	tests/unit/benefit.at \
	tests/unit/build.at \
	tests/unit/checks.at \
	tests/unit/classify.at \
	tests/unit/counter-judge.at \
	tests/unit/ct-flow.at \
	tests/unit/detector-load.at \
	tests/unit/documentation.at \
	tests/unit/endpoint.at \
	tests/unit/extender.at \
	tests/unit/footprint.at \
	tests/unit/guard-policy.at \
	tests/unit/humanize.at \
	tests/unit/identity.at \
	tests/unit/learning.at \
	tests/unit/mac-learning-policy.at \
	tests/unit/printable.at \
	tests/unit/published.at \
	tests/unit/openmetrics.at \
	tests/unit/report.at \
	tests/unit/role.at \
	tests/unit/sampler.at \
	tests/unit/scheduler.at \
	tests/unit/scheduler-heavy.at \
	tests/unit/settings.at \
	tests/unit/settings-learning.at \
	tests/unit/top.at \
	tests/unit/tracker.at \
	tests/unit/tracking.at \
	tests/unit/visibility.at \
	tests/unit/passage.at \
	tests/unit/volume.at \
	tests/unit/workload.at \
	tests/unit/zones.at

check_PROGRAMS += tests/unit/test-pure
tests_unit_test_pure_SOURCES = \
	tests/unit/test-counter-judge.c \
	tests/unit/test-ct-flow.c \
	tests/unit/test-detector-load.c \
	tests/unit/test-endpoint.c \
	tests/unit/test-extender.c \
	tests/unit/test-footprint.c \
	tests/unit/test-guard-policy.c \
	tests/unit/test-humanize.c \
	tests/unit/test-identity.c \
	tests/unit/test-learning.c \
	tests/unit/test-mac-learning-policy.c \
	tests/unit/test-openmetrics.c \
	tests/unit/test-pure.c \
	tests/unit/test-printable.c \
	tests/unit/test-published.c \
	tests/unit/test-report.c \
	tests/unit/test-role.c \
	tests/unit/test-sampler.c \
	tests/unit/test-scheduler.c \
	tests/unit/test-settings.c \
	tests/unit/test-top.c \
	tests/unit/test-tracker.c \
	tests/unit/test-tracking.c \
	tests/unit/test-visibility.c \
	tests/unit/test-passage.c \
	tests/unit/test-volume.c \
	tests/unit/test-workload.c \
	tests/unit/test-zones.c \
	tests/unit/test-pure.h
tests_unit_test_pure_LDADD = utilities/libscheduler.la utilities/libtop.la $(FOOTPRINTD_LIBS)

# The BPF programs, run by threads of a test.
check_PROGRAMS += tests/unit/test-classify
tests_unit_test_classify_SOURCES = tests/unit/test-classify.c
tests_unit_test_classify_CPPFLAGS = $(AM_CPPFLAGS) \
	-I$(srcdir)/tests/unit/bpf-shim -I$(srcdir)/bpf
tests_unit_test_classify_LDADD = -lpthread
EXTRA_DIST += \
	tests/unit/bpf-shim/bpf/bpf_core_read.h \
	tests/unit/bpf-shim/bpf/bpf_helpers.h \
	tests/unit/bpf-shim/bpf/bpf_tracing.h
