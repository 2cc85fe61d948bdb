# Each BPF object is compiled for the BPF target by clang, whatever compiles the
# rest, and embedded in the daemon as a skeleton: the daemon needs no file at run
# time but itself.

# Where it was built is not in what was built.
bpf_cflags = -target bpf -D__TARGET_ARCH_$(BPF_ARCH) -mcpu=v3 -O2 -g \
	-Wall -Wextra -Werror -ffile-prefix-map='$(abs_builddir)'=.
bpf_headers = \
	bpf/classify.bpf.h \
	bpf/conntrack-types.h \
	bpf/elephant.h \
	bpf/scan.h
bpf_sources = \
	bpf/elephant.bpf.c \
	bpf/scan.bpf.c
bpf_objects = $(bpf_sources:.c=.o)
bpf_skeletons = $(bpf_sources:.bpf.c=.skel.h)

$(bpf_objects): bpf/%.bpf.o: $(srcdir)/bpf/%.bpf.c $(bpf_headers:%=$(srcdir)/%)
	$(AM_V_GEN)$(MKDIR_P) bpf && \
	$(CLANG) $(bpf_cflags) -I$(srcdir)/bpf $(LIBBPF_CFLAGS) \
		-c $(srcdir)/bpf/$*.bpf.c -o $@

$(bpf_skeletons): bpf/%.skel.h: bpf/%.bpf.o
	$(AM_V_GEN)$(BPFTOOL) gen skeleton bpf/$*.bpf.o \
		name $*_bpf > $@.tmp && mv $@.tmp $@

BUILT_SOURCES += $(bpf_skeletons)
CLEANFILES += $(bpf_objects) $(bpf_skeletons)
EXTRA_DIST += $(bpf_sources) $(bpf_headers)
