# Programs beside the daemon that are scripts; those in C have folders of their own.

EXTRA_DIST += utilities/ovs-footprint-ctl.in
sbin_SCRIPTS = utilities/ovs-footprint-ctl
CLEANFILES += utilities/ovs-footprint-ctl

utilities/ovs-footprint-ctl: utilities/ovs-footprint-ctl.in Makefile
	$(AM_V_GEN)$(MKDIR_P) utilities && $(SED) \
		-e 's,@VERSION[@],$(VERSION),g' \
		-e 's,@RUNDIR[@],$(ovs_rundir),g' \
		-e 's,@DBDIR[@],$(ovs_dbdir),g' \
		-e 's,@SBINDIR[@],$(sbindir),g' \
		-e 's,@PKGDATADIR[@],$(pkgdatadir),g' \
		'$(srcdir)/utilities/ovs-footprint-ctl.in' > $@.tmp && \
	chmod a+x $@.tmp && mv $@.tmp $@

# Completion for bash, where Open vSwitch has its own.  The keys are those that people
# set: FP_CFG_* and FP_ID_*.
bashcompdir = $(sysconfdir)/bash_completion.d
nodist_bashcomp_DATA = utilities/completion/ovs-vsctl-footprint.bash
EXTRA_DIST += utilities/completion/ovs-vsctl-footprint.bash.in
CLEANFILES += utilities/completion/ovs-vsctl-footprint.bash

utilities/completion/ovs-vsctl-footprint.bash: utilities/completion/ovs-vsctl-footprint.bash.in ovsdb/footprint-keys.h
	$(AM_V_GEN)$(MKDIR_P) utilities/completion && \
	keys=`$(SED) -n 's/^.define FP_\(CFG\|ID\)_[A-Z0-9_]* "\([^"]*\)".*/\2/p' \
		'$(srcdir)/ovsdb/footprint-keys.h' | \
		$(SED) 's/\([^.]\)$$/\1=/' | tr '\n' ' ' | $(SED) 's/ $$//'` && \
	test -n "$$keys" && \
	$(SED) "s/@KEYS[@]/$$keys/" \
		'$(srcdir)/utilities/completion/ovs-vsctl-footprint.bash.in' > $@.tmp && \
	mv $@.tmp $@

# What ovs-bugtool collects, where it looks for plugins.
bugtoolnetworkdir = $(datadir)/openvswitch/bugtool-plugins/network-status
bugtoollogsdir = $(datadir)/openvswitch/bugtool-plugins/system-logs
dist_bugtoolnetwork_DATA = utilities/bugtool/network-status/ovs-footprint.xml
dist_bugtoollogs_DATA = utilities/bugtool/system-logs/ovs-footprint.xml
