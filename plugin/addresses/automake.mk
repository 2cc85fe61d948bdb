# Which Ethernet and IP address is whose: asks the kernel and ovs-vswitchd.
#
# It may use: lib/, plugin/conntrack, libnl.

plugin_libfootprintd_la_SOURCES += \
	plugin/addresses/addr-index.c \
	plugin/addresses/addr-index.h \
	plugin/addresses/fdb.c \
	plugin/addresses/fdb.h \
	plugin/addresses/mac-learning-policy.c \
	plugin/addresses/mac-learning-policy.h \
	plugin/addresses/mac-learning.c \
	plugin/addresses/mac-learning.h \
	plugin/addresses/jumbos.c \
	plugin/addresses/jumbos.h \
	plugin/addresses/netns-addrs.c \
	plugin/addresses/netns-addrs.h \
	plugin/addresses/rtnl.c \
	plugin/addresses/rtnl.h \
	plugin/addresses/veth-peer.c \
	plugin/addresses/veth-peer.h
