# A real kube-scheduler asks the shim: "make check-kubernetes".
#
# It needs Debian's archive, ten minutes of two processors the first time, and four
# minutes later; tests/kubernetes/run says what it does.  The programs of Open vSwitch
# must be in PATH.  Its checks follow from each other, so none of them can be run alone.

EXTRA_DIST += \
	tests/kubernetes/check-manifests \
	tests/kubernetes/control_plane.py \
	tests/kubernetes/fetch-kubernetes \
	tests/kubernetes/footprint.py \
	tests/kubernetes/run

check-kubernetes: all check-ovs-programs
	PYTHONDONTWRITEBYTECODE=1 $(PYTHON3) '$(srcdir)/tests/kubernetes/run' \
		utilities/ovs-footprint-scheduler/ovs-footprint-scheduler
.PHONY: check-kubernetes
