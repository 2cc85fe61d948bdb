# Packages for Fedora and RHEL.  "make rpm" builds them into rpm/; RPMBUILDFLAGS are options
# of rpmbuild(8): --nodeps --load=FILE, with rhel/macros, where this is not Fedora.

EXTRA_DIST += \
	rhel/macros \
	rhel/ovs-footprint.spec.in \
	rhel/rpmlint.toml

RPMBUILDFLAGS =
CLEAN_DIRS += rpm
CLEANFILES += rhel/ovs-footprint.spec

ovs_version = `$(SED) -n 's/^.define PACKAGE_VERSION "\(.*\)"/\1/p' '$(OVS_BUILDDIR)/config.h'`

rhel/ovs-footprint.spec: rhel/ovs-footprint.spec.in Makefile
	$(AM_V_GEN)$(MKDIR_P) rhel && $(SED) \
		-e 's,@VERSION[@],$(VERSION),g' \
		-e "s,@OVS_VERSION[@],$(ovs_version),g" \
		'$(srcdir)/rhel/ovs-footprint.spec.in' > $@.tmp && mv $@.tmp $@

# Open vSwitch's source is that of this build, without what was built of it.
rpm: dist rhel/ovs-footprint.spec
	rm -rf rpm
	$(MKDIR_P) rpm/SOURCES
	mv $(distdir).tar.gz rpm/SOURCES
	version=$(ovs_version) && tar -czf rpm/SOURCES/openvswitch-$$version.tar.gz \
		--exclude='*.o' --exclude='*.lo' --exclude='*.la' --exclude='*.a' \
		--exclude=.libs --exclude=.deps --exclude=./config.status \
		--exclude=./config.log --exclude=./config.h --exclude=./Makefile \
		--transform="s,^\.,openvswitch-$$version," -C '$(OVS_SRCDIR)' .
	rpmbuild -bb --define "_topdir $$PWD/rpm" $(RPMBUILDFLAGS) \
		rhel/ovs-footprint.spec
.PHONY: rpm
