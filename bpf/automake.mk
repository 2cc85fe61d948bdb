# The BPF object is compiled for the BPF target by clang,
# whatever compiles the rest, and embedded in the daemon as a skeleton: the
# daemon needs no file at run time but itself.

bpf_cflags = -target bpf -D__TARGET_ARCH_$(BPF_ARCH) -mcpu=v3 -O2 -g \
	-Wall -Wextra -Werror
bpf_headers = \
	bpf/classify.bpf.h \
	bpf/conntrack-types.h \
	bpf/elephant.h

bpf/elephant.bpf.o: $(srcdir)/bpf/elephant.bpf.c \
		$(bpf_headers:%=$(srcdir)/%)
	$(AM_V_GEN)$(MKDIR_P) bpf && \
	$(CLANG) $(bpf_cflags) -I$(srcdir)/bpf $(LIBBPF_CFLAGS) \
		-c $(srcdir)/bpf/elephant.bpf.c -o $@

bpf/elephant.skel.h: bpf/elephant.bpf.o
	$(AM_V_GEN)$(BPFTOOL) gen skeleton bpf/elephant.bpf.o \
		name elephant_bpf > $@.tmp && mv $@.tmp $@

BUILT_SOURCES += bpf/elephant.skel.h
CLEANFILES += bpf/elephant.bpf.o bpf/elephant.skel.h
EXTRA_DIST += bpf/elephant.bpf.c $(bpf_headers)
