# "make check" needs neither root nor a kernel module: it runs the pure modules,
# and the daemon beside a real ovsdb-server and an ovs-vswitchd whose datapath
# is a dummy.  The suite is generated into the build directory.
#
# To add a file of tests: name it here and include it in tests/testsuite.at.

TESTSUITE_AT = \
	tests/testsuite.at \
	tests/local.at \
	tests/build.at \
	tests/settings.at \
	tests/zones.at \
	tests/tracker.at \
	tests/footprint.at \
	tests/counter-judge.at \
	tests/sampler.at \
	tests/guard-policy.at \
	tests/sight.at \
	tests/identity.at \
	tests/learned-macs.at \
	tests/endpoint.at \
	tests/role.at \
	tests/ct-flow.at \
	tests/report.at \
	tests/pipeline.at \
	tests/commands.at \
	tests/daemon.at \
	tests/mac-learning.at \
	tests/evidence.at \
	tests/publish.at

EXTRA_DIST += tests/atlocal.in tests/neutrality.py $(TESTSUITE_AT)

check_PROGRAMS += tests/test-pure
tests_test_pure_SOURCES = \
	tests/test-counter-judge.c \
	tests/test-ct-flow.c \
	tests/test-endpoint.c \
	tests/test-footprint.c \
	tests/test-guard-policy.c \
	tests/test-identity.c \
	tests/test-learned-macs.c \
	tests/test-pure.c \
	tests/test-pure.h \
	tests/test-report.c \
	tests/test-role.c \
	tests/test-sampler.c \
	tests/test-settings.c \
	tests/test-sight.c \
	tests/test-tracker.c \
	tests/test-zones.c
tests_test_pure_LDADD = $(FOOTPRINT_LIBS)

# The daemon with a detector that does what a test tells it.
check_PROGRAMS += tests/test-footprintd
tests_test_footprintd_SOURCES = plugin/main.c tests/test-footprintd.c
tests_test_footprintd_LDADD = $(FOOTPRINT_LIBS)

check_PROGRAMS += tests/test-detector
tests_test_detector_SOURCES = tests/test-detector.c
tests_test_detector_LDADD = $(FOOTPRINT_LIBS)

check_PROGRAMS += tests/test-scan-churn
tests_test_scan_churn_SOURCES = tests/test-scan-churn.c
tests_test_scan_churn_LDADD = $(FOOTPRINT_LIBS)

# For tests/exactness: makes flows, and writes down what was sent.
check_PROGRAMS += tests/traffic-gen
tests_traffic_gen_SOURCES = \
	tests/traffic-gen.c \
	tests/traffic-kinds.c \
	tests/traffic-kinds.h \
	tests/traffic-sockets.c \
	tests/traffic-sockets.h
tests_traffic_gen_LDADD = $(FOOTPRINT_LIBS)
EXTRA_DIST += tests/exactness tests/traffic-check.py

check_PROGRAMS += tests/test-pipeline
tests_test_pipeline_SOURCES = tests/test-pipeline.c
tests_test_pipeline_LDADD = $(FOOTPRINT_LIBS)

AUTOTEST = $(AUTOM4TE) --no-cache --language=autotest
TESTSUITE = tests/testsuite

package.m4: $(top_srcdir)/configure.ac
	$(AM_V_GEN){ \
	  echo '# Signature of the current package.' && \
	  echo 'm4_define([AT_PACKAGE_NAME],      [$(PACKAGE_NAME)])' && \
	  echo 'm4_define([AT_PACKAGE_TARNAME],   [$(PACKAGE_TARNAME)])' && \
	  echo 'm4_define([AT_PACKAGE_VERSION],   [$(PACKAGE_VERSION)])' && \
	  echo 'm4_define([AT_PACKAGE_STRING],    [$(PACKAGE_STRING)])' && \
	  echo 'm4_define([AT_PACKAGE_BUGREPORT], [$(PACKAGE_BUGREPORT)])' && \
	  echo 'm4_define([AT_PACKAGE_URL],       [$(PACKAGE_URL)])'; \
	} > $@.tmp && mv $@.tmp $@

# Not with "-I tests", where Autotest would find local.at too early if the build
# directory is the source directory.
$(TESTSUITE): $(TESTSUITE_AT) package.m4
	$(AM_V_GEN)$(MKDIR_P) tests && \
	$(AUTOTEST) -I '$(srcdir)' -I . -o $@.tmp \
		'$(srcdir)/tests/testsuite.at' && mv $@.tmp $@

CLEANFILES += package.m4
DISTCLEANFILES += tests/atconfig

# "make check TESTSUITEFLAGS=..." hands over options, e.g. -j2, -k KEYWORD, or
# the numbers of tests.
check-local: $(TESTSUITE) tests/atconfig tests/atlocal
	$(SHELL) '$(TESTSUITE)' -C tests \
		AUTOTEST_PATH='plugin:tests' $(TESTSUITEFLAGS)

# "make check-sanitizers" runs the same tests on a second build, below this one,
# with the address and undefined behaviour sanitizers.  What is not freed at exit
# fails a test as well.
SANITIZERS_DIR = sanitizers
CLEAN_DIRS += $(SANITIZERS_DIR)

check-sanitizers:
	@if test -e '$(srcdir)/config.status'; then \
	    echo '$@: $(srcdir) is configured itself, which keeps a second build' \
		'from using it: build in a directory of its own' >&2; \
	    exit 1; \
	fi
	$(AM_V_at)$(MKDIR_P) $(SANITIZERS_DIR)
	$(AM_V_at)test -e $(SANITIZERS_DIR)/config.status || { \
	    eval "set -- `./config.status --config` --enable-sanitizers" && \
	    cd $(SANITIZERS_DIR) && '$(abs_srcdir)/configure' "$$@"; \
	}
	$(MAKE) -C $(SANITIZERS_DIR) check
.PHONY: check-sanitizers

# Builds what the tests and benchmarks need, and runs nothing.
check-programs: $(BUILT_SOURCES)
	$(MAKE) $(AM_MAKEFLAGS) $(check_PROGRAMS)
.PHONY: check-programs

# "make check-valgrind" runs the same tests with our programs under valgrind, which
# finds what the sanitizers do not: use of memory that was never set.
VALGRIND = valgrind --quiet --log-file=valgrind.%p --leak-check=full \
	--errors-for-leak-kinds=definite

check-valgrind: all $(check_PROGRAMS) $(TESTSUITE) tests/atconfig tests/atlocal
	FP_VALGRIND='$(VALGRIND)' $(SHELL) '$(TESTSUITE)' -C tests \
		AUTOTEST_PATH='plugin:tests' $(TESTSUITEFLAGS)
.PHONY: check-valgrind

# In this order: the suite knows what it left.
clean-local:
	test ! -f '$(TESTSUITE)' || $(SHELL) '$(TESTSUITE)' -C tests --clean
	rm -f '$(TESTSUITE)'
