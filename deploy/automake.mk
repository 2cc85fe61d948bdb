# What helps to run it: alert rules and a dashboard for Prometheus and Grafana, and the
# objects for Kubernetes.

EXTRA_DIST += \
	deploy/kubernetes/conntrack-accounting/kustomization.yaml \
	deploy/kubernetes/database.yaml \
	deploy/kubernetes/kube-scheduler/v1.yaml \
	deploy/kubernetes/kube-scheduler/v1beta1.yaml \
	deploy/kubernetes/kustomization.yaml \
	deploy/kubernetes/make-certificates \
	deploy/kubernetes/namespace.yaml \
	deploy/kubernetes/network-policy.yaml \
	deploy/kubernetes/node.yaml \
	deploy/kubernetes/scheduler.yaml \
	deploy/kubernetes/second-scheduler/kustomization.yaml \
	deploy/kubernetes/second-scheduler/scheduler.yaml \
	deploy/kubernetes/settings.yaml \
	deploy/prometheus/alerts-test.yml \
	deploy/prometheus/alerts.yml \
	deploy/prometheus/dashboard.json

# systemd's units.  Packages say where else those go (make systemdsystemunitdir=...), and
# their environment files (envdir=/etc/sysconfig as in Fedora).
envdir = $(sysconfdir)/default
systemdsystemunitdir = $(prefix)/lib/systemd/system
systemd_units = \
	deploy/systemd/ovs-footprint-db.service \
	deploy/systemd/ovs-footprint-scheduler.service \
	deploy/systemd/ovs-footprintd.service
nodist_systemdsystemunit_DATA = $(systemd_units)
CLEANFILES += $(systemd_units)
EXTRA_DIST += \
	$(systemd_units:=.in) \
	deploy/systemd/ovs-footprint-scheduler.default \
	deploy/systemd/ovs-footprintd.default

$(systemd_units): %: %.in Makefile
	$(AM_V_GEN)$(MKDIR_P) deploy/systemd && $(SED) \
		-e 's,@BINDIR[@],$(bindir),g' \
		-e 's,@DBDIR[@],$(ovs_dbdir),g' \
		-e 's,@ENVDIR[@],$(envdir),g' \
		-e 's,@LOGDIR[@],$(ovs_logdir),g' \
		-e 's,@RUNDIR[@],$(ovs_rundir),g' \
		-e 's,@SBINDIR[@],$(sbindir),g' \
		'$(srcdir)/$@.in' > $@.tmp && mv $@.tmp $@

install-data-local: install-environment
install-environment:
	$(MKDIR_P) '$(DESTDIR)$(envdir)'
	for name in ovs-footprintd ovs-footprint-scheduler; do \
	    test -e "$(DESTDIR)$(envdir)/$$name" || $(INSTALL_DATA) \
		"$(srcdir)/deploy/systemd/$$name.default" \
		"$(DESTDIR)$(envdir)/$$name"; \
	done
.PHONY: install-environment

uninstall-local:
	for name in ovs-footprintd ovs-footprint-scheduler; do \
	    ! cmp -s "$(srcdir)/deploy/systemd/$$name.default" \
		"$(DESTDIR)$(envdir)/$$name" || rm -f "$(DESTDIR)$(envdir)/$$name"; \
	done
