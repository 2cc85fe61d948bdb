# Benchmarks: what it costs.  The programs here are what they count with, in the virtual
# machine.
#
# They need what tests/system needs; all take an hour, one some minutes to half an hour.
# One: ./quickstart bench hook-cost, which sees to what it needs, or make bench
# BENCHFLAGS=hook-cost where Open vSwitch's programs are in PATH.

bench_programs = \
	tests/bench/ask-extender \
	tests/bench/count-hook \
	tests/bench/count-scan \
	tests/bench/count-traffic \
	tests/bench/make-flows \
	tests/bench/measure-delay \
	tests/bench/trivial-extender
check_PROGRAMS += $(bench_programs)

bench_util = tests/bench/bench-util.c tests/bench/bench-util.h

tests_bench_ask_extender_SOURCES = tests/bench/ask-extender.c $(bench_util)
tests_bench_ask_extender_LDADD = $(FOOTPRINT_LIBS)

tests_bench_trivial_extender_SOURCES = tests/bench/trivial-extender.c
tests_bench_trivial_extender_CPPFLAGS = $(AM_CPPFLAGS) $(LIBMICROHTTPD_CFLAGS)
tests_bench_trivial_extender_LDADD = $(FOOTPRINT_LIBS) $(LIBMICROHTTPD_LIBS)

tests_bench_count_hook_SOURCES = tests/bench/count-hook.c $(bench_util)
nodist_tests_bench_count_hook_SOURCES = tests/bench/bench.skel.h
tests_bench_count_hook_CPPFLAGS = -Itests/bench $(AM_CPPFLAGS)
tests_bench_count_hook_LDADD = $(FOOTPRINTD_LIBS)

tests_bench_count_scan_SOURCES = tests/bench/count-scan.c $(bench_util)
tests_bench_count_scan_LDADD = $(FOOTPRINTD_LIBS)

tests_bench_count_traffic_SOURCES = tests/bench/count-traffic.c $(bench_util)
tests_bench_count_traffic_LDADD = $(FOOTPRINTD_LIBS)

tests_bench_make_flows_SOURCES = tests/bench/make-flows.c $(bench_util)
tests_bench_make_flows_LDADD = $(FOOTPRINTD_LIBS)

tests_bench_measure_delay_SOURCES = tests/bench/measure-delay.c $(bench_util)
tests_bench_measure_delay_LDADD = $(FOOTPRINTD_LIBS)

tests/bench/bench.bpf.o: $(srcdir)/tests/bench/bench.bpf.c \
		$(bpf_headers:%=$(srcdir)/%)
	$(AM_V_GEN)$(MKDIR_P) tests/bench && \
	$(CLANG) $(bpf_cflags) -I$(srcdir)/bpf $(LIBBPF_CFLAGS) \
		-c $(srcdir)/tests/bench/bench.bpf.c -o $@

tests/bench/bench.skel.h: tests/bench/bench.bpf.o
	$(AM_V_GEN)$(BPFTOOL) gen skeleton tests/bench/bench.bpf.o \
		name bench_bpf > $@.tmp && mv $@.tmp $@

tests/bench/count_hook-count-hook.$(OBJEXT): tests/bench/bench.skel.h
CLEANFILES += tests/bench/bench.bpf.o tests/bench/bench.skel.h
EXTRA_DIST += tests/bench/bench.bpf.c

# "make bench" runs all benchmarks, which takes an hour, and puts their tables into
# the documentation; "make bench-charts" draws them then.  BENCHFLAGS may name some of
# them, and have --quick.
bench: bench-programs
	BUILD_DIR="$$(pwd)" '$(srcdir)/tests/bench/run' \
		--output '$(srcdir)/Documentation/benchmarks.rst' $(BENCHFLAGS)
.PHONY: bench

# Draws the charts of these tables; needs python3-matplotlib.
bench-charts:
	'$(srcdir)/tests/bench/charts' '$(srcdir)/Documentation/benchmarks.rst' \
		'$(srcdir)/Documentation/images'
.PHONY: bench-charts

# Builds what the benchmarks need.
bench-programs: $(BUILT_SOURCES)
	$(MAKE) $(AM_MAKEFLAGS) $(bench_programs) plugin/ovs-footprintd \
		utilities/ovs-footprint-scheduler/ovs-footprint-scheduler \
		tests/daemon/simulated-nodes
.PHONY: bench-programs

EXTRA_DIST += \
	tests/bench/charts \
	tests/bench/common.sh \
	tests/bench/detection-delay \
	tests/bench/hook-cost \
	tests/bench/idle \
	tests/bench/learn \
	tests/bench/pipeline-cost \
	tests/bench/make-footprint-db.py \
	tests/bench/ports \
	tests/bench/report \
	tests/bench/run \
	tests/bench/scan-cost \
	tests/bench/scheduler \
	tests/bench/sflow-ports \
	tests/bench/versus
