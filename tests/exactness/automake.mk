# What was found, compared with what was sent.
#
# Needs what tests/system needs; takes about half an hour a detector.  One run:
# make check-exactness DETECTOR=hook SEEDS=1.
#
# "make check-exactness DETECTOR=scan" makes flows around the threshold, in ten runs
# with fixed seeds, and compares what that detector found with what was sent: in a
# virtual machine, or with KERNEL=own, as root, in network namespaces of this one.
# With --icount, a busy machine does not delay what must be sent, or looked at, in
# time.
#
# TRACKING=adaptive has the flows be in the zone only when their device moves enough, by
# the daemon's own rule, and asserts that nothing else differs than has to.
exactness_programs = \
	tests/system/test-detector \
	tests/exactness/track-device \
	tests/exactness/traffic-gen
DETECTOR = hook
TRACKING = always
SEEDS = 10

check-exactness: $(exactness_programs)
	set -- '$(abs_srcdir)/tests/exactness/run' --build "$$(pwd)" \
	    --kind $(DETECTOR) --seeds $(SEEDS) --tracking $(TRACKING); \
	test $(KERNEL) = own || \
	    set -- '$(srcdir)/tests/vm/run' --kernel $(KERNEL) --icount \
	        --timeout 3600 -- "$$@"; \
	"$$@"

# The same for each detector.
check-exactness-all:
	status=0; \
	for detector in hook scan poll; do \
	    echo "== $$detector =="; \
	    $(MAKE) $(AM_MAKEFLAGS) check-exactness DETECTOR=$$detector || status=1; \
	done; \
	exit $$status
.PHONY: check-exactness check-exactness-all

# Turns the tracking of a device on and off.
check_PROGRAMS += tests/exactness/track-device
tests_exactness_track_device_SOURCES = tests/exactness/track-device.c
tests_exactness_track_device_LDADD = $(FOOTPRINTD_LIBS)

# Makes flows, and writes down what was sent.
check_PROGRAMS += tests/exactness/traffic-gen
tests_exactness_traffic_gen_SOURCES = \
	tests/exactness/traffic-gen.c \
	tests/exactness/traffic-kinds.c \
	tests/exactness/traffic-kinds.h \
	tests/exactness/traffic-sockets.c \
	tests/exactness/traffic-sockets.h
tests_exactness_traffic_gen_LDADD = $(FOOTPRINTD_LIBS)
EXTRA_DIST += tests/exactness/run tests/exactness/traffic-check.py
