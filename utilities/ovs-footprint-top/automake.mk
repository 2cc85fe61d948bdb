# ovs-footprint-top: who moves a lot of data on this node, live, on a terminal.  It uses
# lib/ and ovsdb/.
#
# history, table, model, text, layout and view are pure; client asks ovs-footprintd, and
# screen is the only file that knows ncurses.

noinst_LTLIBRARIES += utilities/libtop.la
utilities_libtop_la_SOURCES = \
	utilities/ovs-footprint-top/history.c \
	utilities/ovs-footprint-top/history.h \
	utilities/ovs-footprint-top/layout.c \
	utilities/ovs-footprint-top/layout.h \
	utilities/ovs-footprint-top/model.c \
	utilities/ovs-footprint-top/model.h \
	utilities/ovs-footprint-top/table.c \
	utilities/ovs-footprint-top/table.h \
	utilities/ovs-footprint-top/text.c \
	utilities/ovs-footprint-top/text.h \
	utilities/ovs-footprint-top/view-options.h \
	utilities/ovs-footprint-top/view.c \
	utilities/ovs-footprint-top/view.h

bin_PROGRAMS += utilities/ovs-footprint-top/ovs-footprint-top
utilities_ovs_footprint_top_ovs_footprint_top_SOURCES = \
	utilities/ovs-footprint-top/client.c \
	utilities/ovs-footprint-top/client.h \
	utilities/ovs-footprint-top/ovs-footprint-top.c \
	utilities/ovs-footprint-top/screen.c \
	utilities/ovs-footprint-top/screen.h
utilities_ovs_footprint_top_ovs_footprint_top_CPPFLAGS = $(AM_CPPFLAGS) $(NCURSES_CFLAGS)
utilities_ovs_footprint_top_ovs_footprint_top_LDADD = \
	utilities/libtop.la \
	$(FOOTPRINT_LIBS) $(NCURSES_LIBS)
