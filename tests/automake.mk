# The tests, by what they need:
#
#     unit/       nothing: pure modules talk with their drivers
#     daemon/     ovsdb-server, and ovs-vswitchd with a dummy datapath
#     system/     root and a kernel: make check-vm, in a virtual machine
#     exactness/  the same: what was found is compared with what was sent
#     bench/      the same: figures, by instructions
#     vm/         the virtual machine
#     demo/       what "./quickstart demo" shows
#
# "make check" needs neither root nor a kernel module; it runs unit/ and daemon/.  The
# suite is generated into the build directory.
#
# To add a file of tests: name it in its folder's automake.mk and include it in
# tests/testsuite.at.

TESTSUITE_AT = tests/testsuite.at tests/local.at
EXTRA_DIST += tests/atlocal.in

include tests/unit/automake.mk
include tests/daemon/automake.mk
include tests/system/automake.mk
include tests/exactness/automake.mk
include tests/bench/automake.mk

# Where the suites find our programs.
TEST_PATH = plugin:utilities/ovs-footprint-scheduler:utilities/ovs-footprint-cni:tests/unit:tests/daemon:tests/system
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

CLEANFILES += package.m4
DISTCLEANFILES += tests/atconfig

# "make check TESTSUITEFLAGS=..." hands over options, e.g. -j2, -k KEYWORD, or
# the numbers of tests.
check-local: $(TESTSUITE) tests/atconfig tests/atlocal
	$(SHELL) '$(TESTSUITE)' -C tests \
		AUTOTEST_PATH='$(TEST_PATH)' $(TESTSUITEFLAGS)

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
		AUTOTEST_PATH='$(TEST_PATH)' $(TESTSUITEFLAGS)
.PHONY: check-valgrind

# In this order: the suite knows what it left.
clean-local:
	test ! -f '$(TESTSUITE)' || $(SHELL) '$(TESTSUITE)' -C tests --clean
	rm -f '$(TESTSUITE)'
