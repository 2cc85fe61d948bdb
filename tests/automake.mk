EXTRA_DIST += tests/atlocal.in

check_PROGRAMS += tests/test-detector
tests_test_detector_SOURCES = tests/test-detector.c
tests_test_detector_LDADD = $(FOOTPRINT_LIBS)
