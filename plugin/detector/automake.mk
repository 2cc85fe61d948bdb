# Which flows are elephants: three ways to see, one answer.  It is the only folder
# that knows BPF.  It reports flows by zone and knows neither ports nor switches.
#
# detector-hook.c and detector-scan.c only pass on what was decided: when a flow is an
# elephant is in bpf/classify.bpf.h, and for detector-poll.c in sampler.c.
#
# It may use: lib/, bpf/, plugin/conntrack.

plugin_libfootprintd_la_SOURCES += \
	plugin/detector/conntrack-abi.c \
	plugin/detector/conntrack-abi.h \
	plugin/detector/detector-choice.c \
	plugin/detector/detector-choice.h \
	plugin/detector/detector-hook-loader.c \
	plugin/detector/detector-hook-loader.h \
	plugin/detector/detector-hook.c \
	plugin/detector/detector-load.c \
	plugin/detector/detector-load.h \
	plugin/detector/detector-poll.c \
	plugin/detector/detector-provider.h \
	plugin/detector/detector-scan.c \
	plugin/detector/detector.c \
	plugin/detector/detector.h \
	plugin/detector/elephant-maps.c \
	plugin/detector/elephant-maps.h \
	plugin/detector/hook-links.c \
	plugin/detector/hook-links.h \
	plugin/detector/sampler.c \
	plugin/detector/sampler.h \
	plugin/detector/threshold.c \
	plugin/detector/threshold.h
