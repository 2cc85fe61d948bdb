# What the daemon, the CNI plugin, the scheduler shim and ovs-footprint-top have in
# common.
#
# lib/libfootprint.la needs nothing but libopenvswitch.  It may use: ovsdb/.

noinst_LTLIBRARIES += lib/libfootprint.la
lib_libfootprint_la_SOURCES = \
	lib/command-reply.c \
	lib/command-reply.h \
	lib/daemon-start.c \
	lib/daemon-start.h \
	lib/db-probe.c \
	lib/db-probe.h \
	lib/footprint-class.c \
	lib/footprint-class.h \
	lib/footprint-db.c \
	lib/footprint-db.h \
	lib/humanize.c \
	lib/humanize.h \
	lib/identity.c \
	lib/identity.h \
	lib/ip-address.c \
	lib/ip-address.h \
	lib/json-member.c \
	lib/json-member.h \
	lib/learning.c \
	lib/learning.h \
	lib/openmetrics.c \
	lib/openmetrics.h \
	lib/option-number.c \
	lib/option-number.h \
	lib/ovs-compat.h \
	lib/problem.c \
	lib/problem.h \
	lib/printable.c \
	lib/printable.h \
	lib/report.c \
	lib/report.h \
	lib/row-facts.c \
	lib/row-facts.h \
	lib/service.c \
	lib/service.h \
	lib/workload.c \
	lib/workload.h
lib_libfootprint_la_CPPFLAGS = $(AM_CPPFLAGS) $(LIBSYSTEMD_CFLAGS)
lib_libfootprint_la_LIBADD = ovsdb/libfootprint-idl.la

FOOTPRINT_LIBS = lib/libfootprint.la $(OVS_LIBS)

# lib/libfootprint-http.la is for those who serve HTTP, and needs libmicrohttpd.
noinst_LTLIBRARIES += lib/libfootprint-http.la
lib_libfootprint_http_la_SOURCES = \
	lib/http-listener.c \
	lib/http-listener.h \
	lib/http-server-config.h \
	lib/http-server.c \
	lib/http-server.h
lib_libfootprint_http_la_CPPFLAGS = $(AM_CPPFLAGS) $(LIBMICROHTTPD_CFLAGS) $(GNUTLS_CFLAGS)

FOOTPRINT_HTTP_LIBS = \
	lib/libfootprint-http.la \
	$(FOOTPRINT_LIBS) $(LIBMICROHTTPD_LIBS) $(GNUTLS_LIBS)
