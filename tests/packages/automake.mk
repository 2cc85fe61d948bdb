# Debian's packages, in a fresh system that systemd booted, in a virtual machine.
#
# "make check-packages" builds them, has lintian look at them, and runs
# tests/packages/run with each kernel in PACKAGES_KERNELS; needs QEMU, mmdebstrap,
# lintian and what debian/control wants, and takes some twenty minutes.
# tests/packages/inside is what is done with them.  One kernel:
# make check-packages PACKAGES_KERNELS=6.1.  Once the packages are in deb/:
# tests/packages/run deb 6.1.

EXTRA_DIST += \
	tests/packages/check-reproducible \
	tests/packages/check-rpm \
	tests/packages/check-suite \
	tests/packages/inside \
	tests/packages/make-image \
	tests/packages/rpm-files \
	tests/packages/run

PACKAGES_KERNELS = 6.1 5.10 7.2

# Without "make check", which the packages' own build runs: it has been run by then.
check-packages:
	DEB_BUILD_OPTIONS=nocheck $(MAKE) $(AM_MAKEFLAGS) deb \
		DEB_BUILDFLAGS='$(DEB_BUILDFLAGS) -d -b -Pnocheck'
	lintian --fail-on error,warning deb/*.changes
	'$(srcdir)/tests/packages/run' deb $(PACKAGES_KERNELS)
.PHONY: check-packages

# "make check-packages-trixie" and "make check-packages-sid" build them in a chroot of that
# suite, against its Open vSwitch, run "make check" there, and install, remove and purge
# them; need root, mmdebstrap and iproute2, a network at first, and take some ten minutes,
# at first some ten more.
check-packages-trixie check-packages-sid: dist
	'$(srcdir)/tests/packages/check-suite' $(@:check-packages-%=%) $(distdir).tar.gz
.PHONY: check-packages-trixie check-packages-sid

# "make check-reproducible" builds them twice, in other circumstances, and compares; needs
# root and what debian/control wants, and takes some fifteen minutes.
check-reproducible: dist
	'$(srcdir)/tests/packages/check-reproducible' $(distdir).tar.gz
.PHONY: check-reproducible

# "make check-rpm" builds the RPM packages, and looks at them without installing any; needs
# rpm, rpmlint and cpio.  Elsewhere than on Fedora it says itself what Fedora's macros are.
check-rpm:
	flags='$(RPMBUILDFLAGS)'; \
	test "`rpm --eval %_unitdir`" != %_unitdir || \
	    flags="$$flags --nodeps --load=$(abs_srcdir)/rhel/macros"; \
	$(MAKE) $(AM_MAKEFLAGS) rpm RPMBUILDFLAGS="$$flags"
	'$(srcdir)/tests/packages/check-rpm' rpm
.PHONY: check-rpm
