# Fuzzers, by libFuzzer: what reads others' words must survive whatever they say.
#
# Needs clang with libFuzzer and the sanitizers (package libclang-rt-14-dev), and a
# build of its own below this one.  "make fuzz" takes FUZZ_SECONDS (default: 5 minutes)
# of a processor's time for each; "make fuzz FUZZERS=identity" runs one.  What made one
# fail is in fuzz/tests/fuzz/found/NAME: give it to fuzz/tests/fuzz/fuzz-NAME.
#
# To add one: fuzz-X.c, some seeds in corpus/X, and its name here.
fuzzers = ct-message endpoint extender fdb foreign-flows identity net-conf settings

FUZZ_DIR = fuzz
FUZZ_SECONDS = 300
FUZZERS =
CLEAN_DIRS += $(FUZZ_DIR)

fuzz:
	@if test -e '$(srcdir)/config.status'; then \
	    echo '$@: $(srcdir) is configured itself, which keeps a second build' \
		'from using it: build in a directory of its own' >&2; \
	    exit 1; \
	fi
	$(AM_V_at)$(MKDIR_P) $(FUZZ_DIR)
	$(AM_V_at)test -e $(FUZZ_DIR)/config.status || { \
	    eval "set -- `./config.status --config` --enable-fuzzing CC=clang" && \
	    cd $(FUZZ_DIR) && '$(abs_srcdir)/configure' "$$@"; \
	}
	$(MAKE) -C $(FUZZ_DIR) fuzz-programs
	'$(srcdir)/tests/fuzz/run' '$(FUZZ_DIR)' $(FUZZ_SECONDS) $(FUZZERS)

fuzz-programs: $(BUILT_SOURCES)
	$(MAKE) $(AM_MAKEFLAGS) $(fuzzers:%=tests/fuzz/fuzz-%)
.PHONY: fuzz fuzz-programs

EXTRA_PROGRAMS += \
	tests/fuzz/fuzz-ct-message \
	tests/fuzz/fuzz-endpoint \
	tests/fuzz/fuzz-extender \
	tests/fuzz/fuzz-fdb \
	tests/fuzz/fuzz-foreign-flows \
	tests/fuzz/fuzz-identity \
	tests/fuzz/fuzz-net-conf \
	tests/fuzz/fuzz-settings
fuzz_common = tests/fuzz/fuzz.c tests/fuzz/fuzz.h
fuzz_ldflags = $(AM_LDFLAGS) -fsanitize=fuzzer

tests_fuzz_fuzz_ct_message_SOURCES = tests/fuzz/fuzz-ct-message.c $(fuzz_common)
tests_fuzz_fuzz_ct_message_LDADD = $(FOOTPRINTD_LIBS)
tests_fuzz_fuzz_ct_message_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_endpoint_SOURCES = tests/fuzz/fuzz-endpoint.c $(fuzz_common)
tests_fuzz_fuzz_endpoint_LDADD = $(FOOTPRINTD_LIBS)
tests_fuzz_fuzz_endpoint_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_extender_SOURCES = tests/fuzz/fuzz-extender.c $(fuzz_common)
tests_fuzz_fuzz_extender_LDADD = utilities/libscheduler.la $(FOOTPRINT_LIBS)
tests_fuzz_fuzz_extender_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_fdb_SOURCES = tests/fuzz/fuzz-fdb.c $(fuzz_common)
tests_fuzz_fuzz_fdb_LDADD = $(FOOTPRINTD_LIBS)
tests_fuzz_fuzz_fdb_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_foreign_flows_SOURCES = tests/fuzz/fuzz-foreign-flows.c $(fuzz_common)
tests_fuzz_fuzz_foreign_flows_LDADD = $(FOOTPRINTD_LIBS)
tests_fuzz_fuzz_foreign_flows_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_identity_SOURCES = tests/fuzz/fuzz-identity.c $(fuzz_common)
tests_fuzz_fuzz_identity_LDADD = $(FOOTPRINTD_LIBS)
tests_fuzz_fuzz_identity_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_net_conf_SOURCES = tests/fuzz/fuzz-net-conf.c $(fuzz_common)
tests_fuzz_fuzz_net_conf_LDADD = \
	utilities/ovs-footprint-cni/libfootprintcni.la $(FOOTPRINT_LIBS)
tests_fuzz_fuzz_net_conf_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_settings_SOURCES = tests/fuzz/fuzz-settings.c $(fuzz_common)
tests_fuzz_fuzz_settings_LDADD = $(FOOTPRINTD_LIBS)
tests_fuzz_fuzz_settings_LDFLAGS = $(fuzz_ldflags)

EXTRA_DIST += \
	tests/fuzz/run \
	tests/fuzz/corpus/ct-message/icmp \
	tests/fuzz/corpus/ct-message/icmp6 \
	tests/fuzz/corpus/ct-message/tcp \
	tests/fuzz/corpus/ct-message/udp6 \
	tests/fuzz/corpus/endpoint/bad \
	tests/fuzz/corpus/endpoint/two \
	tests/fuzz/corpus/extender/long-name \
	tests/fuzz/corpus/extender/names \
	tests/fuzz/corpus/extender/nodes \
	tests/fuzz/corpus/extender/odd \
	tests/fuzz/corpus/fdb/fdb \
	tests/fuzz/corpus/foreign-flows/actions \
	tests/fuzz/corpus/foreign-flows/tables \
	tests/fuzz/corpus/identity/antrea \
	tests/fuzz/corpus/identity/kube-ovn \
	tests/fuzz/corpus/identity/others \
	tests/fuzz/corpus/identity/ovn-kubernetes \
	tests/fuzz/corpus/net-conf/chained \
	tests/fuzz/corpus/net-conf/merged \
	tests/fuzz/corpus/net-conf/standalone \
	tests/fuzz/corpus/settings/bad \
	tests/fuzz/corpus/settings/bridge \
	tests/fuzz/corpus/settings/threshold
