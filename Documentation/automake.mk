# The manual pages come from Sphinx.  Without it, everything else is built.

doc_sources = \
	Documentation/benchmarks.rst \
	Documentation/benefit.jsonl \
	Documentation/benefit.rst \
	Documentation/cluster.rst \
	Documentation/comparison.rst \
	Documentation/conf.py \
	Documentation/conntrack-table.rst \
	Documentation/container-engines.rst \
	Documentation/detector.rst \
	Documentation/faq.rst \
	Documentation/glossary.rst \
	Documentation/images/bench-detection-delay.svg \
	Documentation/images/bench-hook-cost.svg \
	Documentation/images/bench-pipeline-cost.svg \
	Documentation/images/bench-versus.svg \
	Documentation/images/benefit-figure1.png \
	Documentation/images/benefit-figure1.svg \
	Documentation/images/benefit-learning.png \
	Documentation/images/benefit-learning.svg \
	Documentation/images/benefit-placement.png \
	Documentation/images/benefit-placement.svg \
	Documentation/images/benefit-sweep.png \
	Documentation/images/benefit-sweep.svg \
	Documentation/images/ovs-footprint-top.svg \
	Documentation/images/scheduler-page.png \
	Documentation/index.rst \
	Documentation/installation.rst \
	Documentation/introduction.rst \
	Documentation/monitoring.rst \
	Documentation/networks.rst \
	Documentation/kubernetes.rst \
	Documentation/ovs-footprint-cni.8.rst \
	Documentation/ovs-footprint-ctl.8.rst \
	Documentation/ovs-footprint-scheduler.8.rst \
	Documentation/ovs-footprint-top.8.rst \
	Documentation/ovs-footprintd.8.rst \
	Documentation/pipeline.rst \
	Documentation/policies.rst \
	Documentation/scheduling.rst \
	Documentation/security.rst \
	Documentation/troubleshooting.rst \
	Documentation/tutorial.rst
EXTRA_DIST += $(doc_sources)

if HAVE_SPHINX
Documentation/man/ovs-footprintd.8: $(doc_sources) $(top_srcdir)/configure.ac
	$(AM_V_GEN)$(SPHINX_BUILD) -q -W -b man -d Documentation/doctrees \
		'$(srcdir)/Documentation' Documentation/man && touch $@

# One run makes all of them.
Documentation/man/ovs-footprint-cni.8: Documentation/man/ovs-footprintd.8
Documentation/man/ovs-footprint-ctl.8: Documentation/man/ovs-footprintd.8
Documentation/man/ovs-footprint-scheduler.8: Documentation/man/ovs-footprintd.8
Documentation/man/ovs-footprint-top.8: Documentation/man/ovs-footprintd.8

man_MANS += \
	Documentation/man/ovs-footprint-cni.8 \
	Documentation/man/ovs-footprint-ctl.8 \
	Documentation/man/ovs-footprint-scheduler.8 \
	Documentation/man/ovs-footprint-top.8 \
	Documentation/man/ovs-footprintd.8
endif

# The same as HTML; warnings are errors.
html: $(doc_sources) $(top_srcdir)/configure.ac
	$(AM_V_GEN)$(SPHINX_BUILD) -q -n -W -b html -d Documentation/doctrees-html \
		'$(srcdir)/Documentation' Documentation/html
.PHONY: html

# "make linkcheck" asks other machines for the pages that ours lead to, which takes a
# network; "make check" only looks at what ours refer to among themselves.
linkcheck:
	$(SPHINX_BUILD) -q -W -b linkcheck -d Documentation/doctrees-html \
		'$(srcdir)/Documentation' Documentation/linkcheck
.PHONY: linkcheck

CLEAN_DIRS += Documentation/doctrees-html Documentation/html Documentation/linkcheck
CLEAN_DIRS += Documentation/doctrees Documentation/man
