# What stands in databases, by its names, and the schema of the one that is ours.  It
# uses nothing.

EXTRA_DIST += \
	ovsdb/footprint-idl.ann \
	ovsdb/footprint-keys.h \
	ovsdb/footprint.xml

dist_pkgdata_DATA = ovsdb/footprint.ovsschema

# The generators are those of the Open vSwitch tree that configure found.
run_ovs_python = PYTHONPATH='$(OVS_SRCDIR)/python' PYTHONDONTWRITEBYTECODE=1 $(PYTHON3)
OVSDB_IDLC = $(run_ovs_python) '$(OVS_SRCDIR)/ovsdb/ovsdb-idlc.in'
OVSDB_DOC = $(run_ovs_python) '$(OVS_SRCDIR)/ovsdb/ovsdb-doc'

footprint_idl = ovsdb/footprint-idl.c ovsdb/footprint-idl.h
BUILT_SOURCES += $(footprint_idl)
noinst_LTLIBRARIES += ovsdb/libfootprint-idl.la
nodist_ovsdb_libfootprint_idl_la_SOURCES = $(footprint_idl)

# What is generated does without "const", as Open vSwitch does.
ovsdb_libfootprint_idl_la_CFLAGS = $(AM_CFLAGS) -Wno-write-strings
CLEANFILES += ovsdb/footprint.ovsidl $(footprint_idl)

# The version must change with the schema: its checksum says whether it should have.
ovsdb/footprint.ovsidl: ovsdb/footprint.ovsschema ovsdb/footprint-idl.ann
	$(AM_V_GEN)$(MKDIR_P) ovsdb && \
	$(SHELL) '$(OVS_SRCDIR)/build-aux/cksum-schema-check' \
		'$(srcdir)/ovsdb/footprint.ovsschema' $@.stamp && \
	rm -f $@.stamp && \
	$(OVSDB_IDLC) annotate '$(srcdir)/ovsdb/footprint.ovsschema' \
		'$(srcdir)/ovsdb/footprint-idl.ann' > $@.tmp && mv $@.tmp $@

ovsdb/footprint-idl.c: ovsdb/footprint.ovsidl
	$(AM_V_GEN)$(OVSDB_IDLC) c-idl-source $< > $@.tmp && mv $@.tmp $@
ovsdb/footprint-idl.h: ovsdb/footprint.ovsidl
	$(AM_V_GEN)$(OVSDB_IDLC) c-idl-header $< > $@.tmp && mv $@.tmp $@

# The manual page of the schema.
man_MANS += ovsdb/ovs-footprint.5
CLEANFILES += ovsdb/ovs-footprint.5
ovsdb/ovs-footprint.5: ovsdb/footprint.ovsschema ovsdb/footprint.xml
	$(AM_V_GEN)$(OVSDB_DOC) --version=$(VERSION) \
		'$(srcdir)/ovsdb/footprint.ovsschema' \
		'$(srcdir)/ovsdb/footprint.xml' > $@.tmp && mv $@.tmp $@
