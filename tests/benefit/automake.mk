# The benefit: what elephants do to the latency of mice, by where they are placed.
#
# Needs what tests/system needs, and to draw charts python3-matplotlib: "./quickstart
# benefit" sees to it.  "./quickstart benefit --quick" takes some minutes, all of it hours.
# By hand: make benefit BENEFITFLAGS="--quick", where Open vSwitch's programs are in PATH;
# tests/benefit/run --help says what can be chosen.
#
# tests/benefit/run boots a virtual machine, in which tests/benefit/guest makes a scaled
# data centre (scene.py says what of it is real) and measures; tests/benefit/report makes
# Documentation/benefit.rst and its charts of what that wrote, and of what tests/benefit/curves
# computed with the scheduler and a model of traffic.

benefit_programs = \
	tests/benefit/ping-pong \
	tests/benefit/watch-queue
check_PROGRAMS += $(benefit_programs)

tests_benefit_ping_pong_SOURCES = tests/benefit/ping-pong.c $(bench_util)
tests_benefit_ping_pong_LDADD = $(FOOTPRINT_LIBS)

tests_benefit_watch_queue_SOURCES = tests/benefit/watch-queue.c $(bench_util)
tests_benefit_watch_queue_LDADD = $(FOOTPRINT_LIBS) $(LIBMNL_LIBS)

benefit: benefit-programs check-ovs-programs
	'$(srcdir)/tests/benefit/run' --build "$$(pwd)" $(BENEFITFLAGS)
.PHONY: benefit

benefit-programs: $(BUILT_SOURCES)
	$(MAKE) $(AM_MAKEFLAGS) $(benefit_programs) plugin/ovs-footprintd \
		utilities/ovs-footprint-scheduler/ovs-footprint-scheduler tests/unit/test-pure
.PHONY: benefit-programs

EXTRA_DIST += \
	tests/benefit/charts.py \
	tests/benefit/cluster.py \
	tests/benefit/curves \
	tests/benefit/figure1.py \
	tests/benefit/figures.py \
	tests/benefit/guest \
	tests/benefit/model.py \
	tests/benefit/placement.py \
	tests/benefit/report \
	tests/benefit/run \
	tests/benefit/scene.py
