# The kernel's connection table, by netlink and sysctl, and the word "flow" for
# everybody else.  It tells what is in the table; whose it is it does not know.
#
# It may use: lib/, libmnl, libnetfilter_conntrack.

plugin_libfootprintd_la_SOURCES += \
	plugin/conntrack/ct-dump.c \
	plugin/conntrack/ct-dump.h \
	plugin/conntrack/ct-flow.c \
	plugin/conntrack/ct-flow.h \
	plugin/conntrack/ct-flush.c \
	plugin/conntrack/ct-flush.h \
	plugin/conntrack/ct-mark.c \
	plugin/conntrack/ct-mark.h \
	plugin/conntrack/ct-message.c \
	plugin/conntrack/ct-message.h \
	plugin/conntrack/ct-monitor.c \
	plugin/conntrack/ct-monitor.h \
	plugin/conntrack/ct-netlink.c \
	plugin/conntrack/ct-netlink.h \
	plugin/conntrack/ct-socket.c \
	plugin/conntrack/ct-socket.h \
	plugin/conntrack/ct-sysctl.c \
	plugin/conntrack/ct-sysctl.h \
	plugin/conntrack/ct-zone.h
