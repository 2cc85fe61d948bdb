# Programs beside the daemon that are scripts; those in C have folders of their own.

EXTRA_DIST += utilities/ovs-footprint-ctl.in
sbin_SCRIPTS = utilities/ovs-footprint-ctl
CLEANFILES += utilities/ovs-footprint-ctl

utilities/ovs-footprint-ctl: utilities/ovs-footprint-ctl.in Makefile
	$(AM_V_GEN)$(MKDIR_P) utilities && $(SED) \
		-e 's,@VERSION[@],$(VERSION),g' \
		-e 's,@RUNDIR[@],$(localstatedir)/run/openvswitch,g' \
		-e 's,@DBDIR[@],$(sysconfdir)/openvswitch,g' \
		-e 's,@SBINDIR[@],$(sbindir),g' \
		-e 's,@PKGDATADIR[@],$(pkgdatadir),g' \
		'$(srcdir)/utilities/ovs-footprint-ctl.in' > $@.tmp && \
	chmod a+x $@.tmp && mv $@.tmp $@
