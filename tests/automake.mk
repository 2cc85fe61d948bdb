# The tests, by what they need:
#
#     unit/       nothing: pure modules talk with their drivers
#     daemon/     ovsdb-server, and ovs-vswitchd with a dummy datapath
#     system/     root and a kernel: make check-vm, in a virtual machine
#     exactness/  the same: what was found is compared with what was sent
#     bench/      the same: figures, by instructions
#     benefit/    the same: what elephants do to mice, by placement
#     fuzz/       clang: parsers, fed with anything
#     packages/   a virtual machine: Debian's packages, as an operator has them
#     kubernetes/ a real kube-scheduler: make check-kubernetes
#     vm/         the virtual machine; tests/system/automake.mk has it
#     demo/       what "./quickstart demo" shows; likewise
#
# "make check" needs neither root nor a kernel module; it runs unit/ and daemon/.  The
# suite is generated into the build directory.
#
# To add a file of tests: name it in its folder's automake.mk and include it in
# tests/testsuite.at.

TESTSUITE_AT = tests/testsuite.at tests/local.at
EXTRA_DIST += tests/atlocal.in tests/valgrind.supp

include tests/unit/automake.mk
include tests/daemon/automake.mk
include tests/system/automake.mk
include tests/exactness/automake.mk
include tests/bench/automake.mk
include tests/benefit/automake.mk
include tests/fuzz/automake.mk
include tests/packages/automake.mk
include tests/kubernetes/automake.mk

# Where the suites find our programs.
TEST_PATH = plugin:utilities/ovs-footprint-top:utilities:utilities/ovs-footprint-scheduler:utilities/ovs-footprint-cni:tests/unit:tests/daemon:tests/system:tests/benefit
EXTRA_DIST += $(TESTSUITE_AT)

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

CLEANFILES += package.m4 tests/adaptive.lock
CLEAN_DIRS += tests/quiet
DISTCLEANFILES += tests/atconfig

# "make check TESTSUITEFLAGS=..." hands over options, e.g. -j2, -k KEYWORD, or
# the numbers of tests.
check-local: check-ovs-programs $(TESTSUITE) tests/atconfig tests/atlocal
	$(SHELL) '$(TESTSUITE)' -C tests \
		AUTOTEST_PATH='$(TEST_PATH)' $(TESTSUITEFLAGS)

# "make check" without Open vSwitch's daemons says so, at once and once.
check-ovs-programs:
	@test -z '$(OVS_PROGRAMS_MISSING)' || { \
	    echo 'make check: configure did not find $(OVS_PROGRAMS_MISSING):' \
	        'install the package openvswitch-switch, or have PATH name where' \
	        'they are, and run configure again ("make check-unit" runs the tests' \
	        'that do not need them)' >&2; \
	    exit 1; \
	}
.PHONY: check-ovs-programs

# "make check-unit" runs only what needs nothing.
unit_programs = \
	tests/benefit/ping-pong \
	tests/unit/test-classify \
	tests/unit/test-pure
check-unit: $(BUILT_SOURCES) $(TESTSUITE) tests/atconfig tests/atlocal
	$(MAKE) $(AM_MAKEFLAGS) all $(unit_programs)
	$(SHELL) '$(TESTSUITE)' -C tests \
		AUTOTEST_PATH='$(TEST_PATH)' -k unit $(TESTSUITEFLAGS)
.PHONY: check-unit

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

# "make check-lcov" runs the same tests on a build that counts which lines run, and
# puts a report into lcov/report; needs the package lcov.
LCOV_DIR = lcov
CLEAN_DIRS += $(LCOV_DIR)

check-lcov:
	@if test -e '$(srcdir)/config.status'; then \
	    echo '$@: $(srcdir) is configured itself, which keeps a second build' \
		'from using it: build in a directory of its own' >&2; \
	    exit 1; \
	fi
	$(AM_V_at)$(MKDIR_P) $(LCOV_DIR)
	$(AM_V_at)test -e $(LCOV_DIR)/config.status || { \
	    eval "set -- `./config.status --config`" && cd $(LCOV_DIR) && \
	    '$(abs_srcdir)/configure' "$$@" CFLAGS='-g -O1 --coverage'; \
	}
	$(MAKE) -C $(LCOV_DIR) check
	lcov --quiet --capture --no-external --directory $(LCOV_DIR) \
		--base-directory '$(abs_srcdir)' --output-file $(LCOV_DIR)/all.info
	lcov --quiet --remove $(LCOV_DIR)/all.info '*/tests/*' '*.skel.h' \
		'*/$(LCOV_DIR)/*' --output-file $(LCOV_DIR)/ours.info
	genhtml --quiet --output-directory $(LCOV_DIR)/report $(LCOV_DIR)/ours.info
	lcov --summary $(LCOV_DIR)/ours.info
	@echo 'The report is $(LCOV_DIR)/report/index.html.'
.PHONY: check-lcov

# "make check-all" is what is too long for "./quickstart check": it takes a day on two
# processors, most of which is spent in virtual machines.  It goes on after a failure,
# and fails if anything did.
ALL_CHECKS = \
	check-sanitizers \
	check-valgrind \
	fuzz \
	check-kernels \
	check-packages \
	check-packages-trixie \
	check-packages-sid \
	check-reproducible \
	check-rpm \
	check-exactness-all

check-all:
	@failed=; \
	for check in $(ALL_CHECKS); do \
	    echo "== $$check =="; \
	    $(MAKE) $(AM_MAKEFLAGS) $$check || failed="$$failed $$check"; \
	done; \
	test -z "$$failed" || { echo "check-all: failed:$$failed" >&2; exit 1; }
.PHONY: check-all

# Builds what the tests and benchmarks need, and runs nothing.
check-programs: $(BUILT_SOURCES)
	$(MAKE) $(AM_MAKEFLAGS) $(check_PROGRAMS)
.PHONY: check-programs

# "make check-valgrind" runs the same tests with our programs under valgrind, which
# finds what the sanitizers do not: use of memory that was never set.  Of leaks only
# those count that are certain: many a struct is in a list through a member of its own,
# which valgrind takes for a chance.
VALGRIND = valgrind --quiet --log-file=valgrind.%p --leak-check=full \
	--show-leak-kinds=definite --errors-for-leak-kinds=definite \
	--suppressions=$(abs_top_srcdir)/tests/valgrind.supp

check-valgrind: check-ovs-programs all $(check_PROGRAMS) $(TESTSUITE) tests/atconfig tests/atlocal
	FP_VALGRIND='$(VALGRIND)' $(SHELL) '$(TESTSUITE)' -C tests \
		AUTOTEST_PATH='$(TEST_PATH)' $(TESTSUITEFLAGS)
.PHONY: check-valgrind

# In this order: the suite knows what it left.
clean-local:
	test ! -f '$(TESTSUITE)' || $(SHELL) '$(TESTSUITE)' -C tests --clean
	rm -f '$(TESTSUITE)'
