# Debian's packages.  "make deb" builds them into deb/, with what debian/control wants
# installed; DEB_BUILDFLAGS are options of dpkg-buildpackage(1), and DEB_BUILD_OPTIONS=
# nocheck leaves out the tests.

EXTRA_DIST += \
	debian/changelog \
	debian/control \
	debian/copyright \
	debian/ovs-footprint-cni.examples \
	debian/ovs-footprint-cni.install \
	debian/ovs-footprint-cni.lintian-overrides \
	debian/ovs-footprint-doc.docs \
	debian/ovs-footprint-doc.examples \
	debian/ovs-footprint-doc.lintian-overrides \
	debian/ovs-footprint-scheduler.install \
	debian/ovs-footprint-scheduler.lintian-overrides \
	debian/ovs-footprint.install \
	debian/ovs-footprint.lintian-overrides \
	debian/ovs-footprint.postrm \
	debian/ovs-footprint.prerm \
	debian/rules \
	debian/source/format \
	debian/source/lintian-overrides \
	debian/tests/control \
	debian/tests/programs \
	debian/tests/service

DEB_BUILDFLAGS =
CLEAN_DIRS += deb

deb: dist
	rm -rf deb
	$(MKDIR_P) deb
	mv $(distdir).tar.gz deb/$(PACKAGE)_$(VERSION).orig.tar.gz
	cd deb && tar -xzf $(PACKAGE)_$(VERSION).orig.tar.gz && cd $(distdir) && \
		dpkg-buildpackage -us -uc $(DEB_BUILDFLAGS)
.PHONY: deb
