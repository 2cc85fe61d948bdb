# Configure checks of ovs-footprint.               -*- autoconf -*-
#
# SPDX-License-Identifier: Apache-2.0

# FP_OVS_DIR(NAME, VARIABLE)
#
# Sets ovs_NAME to the directory that Open vSwitch's library takes unless the environment
# VARIABLE is set.
AC_DEFUN([FP_OVS_DIR], [
  ovs_$1=`$SED -n 's/.*NULL, "\(.*\)", "$2".*/\1/p' "$fp_ovs_build/lib/dirs.c"`
  AS_IF([test -z "$ovs_$1"],
    [AC_MSG_ERROR([$fp_ovs_build/lib/dirs.c does not tell what $2 is by default])])
  AC_SUBST([ovs_$1])
])

# FP_CHECK_OVS
#
# Finds the Open vSwitch tree to build and link against.  No distribution
# packages libopenvswitch for development, so it is a source tree and its build
# directory; build-aux/ovs-tree makes one from Debian's openvswitch-source.
AC_DEFUN([FP_CHECK_OVS], [
  AC_ARG_WITH([ovs-source],
    [AS_HELP_STRING([--with-ovs-source=DIR],
       [Open vSwitch source tree (default: one that build-aux/ovs-tree makes
        from the package openvswitch-source)])])
  AC_ARG_WITH([ovs-build],
    [AS_HELP_STRING([--with-ovs-build=DIR],
       [Open vSwitch build tree (default: the source tree)])])

  AC_MSG_CHECKING([for the Open vSwitch tree])
  AS_CASE([$with_ovs_source],
    [yes|no], [AC_MSG_ERROR([--with-ovs-source needs a directory])],
    [''], [
      fp_ovs_src=`CC="$CC" "$srcdir/build-aux/ovs-tree"` || AC_MSG_ERROR(
        [no Open vSwitch tree: install the package openvswitch-source, or give --with-ovs-source=DIR (and --with-ovs-build=DIR)])],
    [fp_ovs_src=`cd "$with_ovs_source" 2>/dev/null && pwd` || AC_MSG_ERROR(
        [--with-ovs-source=$with_ovs_source is not a directory])])
  AS_CASE([$with_ovs_build],
    [yes|no], [AC_MSG_ERROR([--with-ovs-build needs a directory])],
    [''], [fp_ovs_build=$fp_ovs_src],
    [fp_ovs_build=`cd "$with_ovs_build" 2>/dev/null && pwd` || AC_MSG_ERROR(
        [--with-ovs-build=$with_ovs_build is not a directory])])
  AC_MSG_RESULT([$fp_ovs_src])

  AS_IF([test ! -e "$fp_ovs_src/vswitchd/vswitch.ovsschema"],
    [AC_MSG_ERROR([$fp_ovs_src is not an Open vSwitch source tree (see --with-ovs-source)])])
  for fp_file in config.h lib/vswitch-idl.h include/odp-netlink.h \
                  lib/libopenvswitch.la
  do
    AS_IF([test ! -e "$fp_ovs_build/$fp_file"],
      [AC_MSG_ERROR([$fp_ovs_build/$fp_file does not exist: configure and build Open vSwitch there first (see --with-ovs-build)])])
  done

  # A copy of its config.h without what would clash with ours.
  AC_CONFIG_COMMANDS([ovs-config.h],
    [$SED '/^#define PACKAGE/d; /^#define VERSION/d; /^#define LT_OBJDIR/d' \
       "$fp_ovs_build/config.h" > ovs-config.h],
    [SED='$SED'; fp_ovs_build='$fp_ovs_build'])

  OVS_SRCDIR=$fp_ovs_src
  OVS_BUILDDIR=$fp_ovs_build
  OVS_CPPFLAGS="-I$fp_ovs_src/include -I$fp_ovs_build/include"
  OVS_CPPFLAGS="$OVS_CPPFLAGS -I$fp_ovs_src/lib -I$fp_ovs_build/lib"
  OVS_LIBS="$fp_ovs_build/lib/libopenvswitch.la -lpthread -lm"
  AC_SUBST([OVS_SRCDIR])
  AC_SUBST([OVS_BUILDDIR])
  AC_SUBST([OVS_CPPFLAGS])
  AC_SUBST([OVS_LIBS])

  # Where its programs, and ours with its library, have their files, whatever our prefix is.
  FP_OVS_DIR([sysconfdir], [OVS_SYSCONFDIR])
  FP_OVS_DIR([rundir], [OVS_RUNDIR])
  FP_OVS_DIR([logdir], [OVS_LOGDIR])
  AC_SUBST([ovs_dbdir], [$ovs_sysconfdir/openvswitch])

  # What lib/ovs-compat.h needs to know.  daemonize_start() got a second argument in Open vSwitch 3.2.
  AC_CACHE_CHECK([how many arguments daemonize_start() takes],
    [fp_cv_daemonize_start_args],
    [AS_IF([grep -q 'daemonize_start(bool [[a-z_]]*, *bool' \
              "$fp_ovs_src/lib/daemon.h"],
       [fp_cv_daemonize_start_args=2], [fp_cv_daemonize_start_args=1])])
  AC_DEFINE_UNQUOTED([DAEMONIZE_START_ARGS], [$fp_cv_daemonize_start_args],
    [Number of arguments of Open vSwitch's daemonize_start().])

  # Open vSwitch 4.0 has it instead of json_array().
  AC_CACHE_CHECK([for json_array_at()], [fp_cv_json_array_at],
    [AS_IF([grep -q 'json_array_at(' \
              "$fp_ovs_src/include/openvswitch/json.h"],
       [fp_cv_json_array_at=yes], [fp_cv_json_array_at=no])])
  AS_IF([test "$fp_cv_json_array_at" = yes],
    [AC_DEFINE([HAVE_JSON_ARRAY_AT], [1],
       [Define to 1 if Open vSwitch has json_array_at().])])

  # Open vSwitch 4.0 has it instead of ignore().
  AC_CACHE_CHECK([for ovs_ignore()], [fp_cv_ovs_ignore],
    [AS_IF([grep -q 'ovs_ignore(' \
              "$fp_ovs_src/include/openvswitch/util.h"],
       [fp_cv_ovs_ignore=yes], [fp_cv_ovs_ignore=no])])
  AS_IF([test "$fp_cv_ovs_ignore" = yes],
    [AC_DEFINE([HAVE_OVS_IGNORE], [1],
       [Define to 1 if Open vSwitch has ovs_ignore().])])

  # Open vSwitch 3.4 has "ovs-appctl --format=json".
  AC_CACHE_CHECK([for unixctl_command_get_output_format()],
    [fp_cv_unixctl_output_fmt],
    [AS_IF([grep -q 'unixctl_command_get_output_format(' \
              "$fp_ovs_src/lib/unixctl.h"],
       [fp_cv_unixctl_output_fmt=yes], [fp_cv_unixctl_output_fmt=no])])
  AS_IF([test "$fp_cv_unixctl_output_fmt" = yes],
    [AC_DEFINE([HAVE_UNIXCTL_OUTPUT_FMT], [1],
       [Define to 1 if Open vSwitch has unixctl_command_get_output_format().])])
])

# FP_CHECK_LIBRARY(NAME, MODULE, DEBIAN-PACKAGE)
AC_DEFUN([FP_CHECK_LIBRARY], [
  PKG_CHECK_MODULES([$1], [$2], [],
    [AC_MSG_ERROR([$2 is missing: install the package $3])])
])

# FP_CHECK_LIBRARIES
AC_DEFUN([FP_CHECK_LIBRARIES], [
  FP_CHECK_LIBRARY([LIBBPF], [libbpf >= 1.0], [libbpf-dev (1.0 or later)])
  FP_CHECK_LIBRARY([LIBELF], [libelf], [libelf-dev])
  FP_CHECK_LIBRARY([LIBNL], [libnl-3.0 libnl-route-3.0],
                    [libnl-3-dev libnl-route-3-dev])
  FP_CHECK_LIBRARY([LIBCT], [libnetfilter_conntrack],
                    [libnetfilter-conntrack-dev])
  FP_CHECK_LIBRARY([LIBMNL], [libmnl], [libmnl-dev])
  FP_CHECK_LIBRARY([LIBMICROHTTPD], [libmicrohttpd >= 0.9.71],
                    [libmicrohttpd-dev])
  FP_CHECK_LIBRARY([GNUTLS], [gnutls], [libgnutls28-dev])
  FP_CHECK_LIBRARY([NCURSES], [ncursesw], [libncurses-dev])
])

# FP_CHECK_SYSTEMD
#
# Lets the daemons tell systemd that they are ready, and feed its watchdog.
AC_DEFUN([FP_CHECK_SYSTEMD], [
  PKG_CHECK_MODULES([LIBSYSTEMD], [libsystemd],
    [AC_DEFINE([HAVE_LIBSYSTEMD], [1], [Define to 1 if there is libsystemd.])],
    [AC_MSG_NOTICE([libsystemd is missing: systemd will not hear from the daemons (the package libsystemd-dev has it)])
     LIBSYSTEMD_LIBS=])
])

# FP_CHECK_BPF_TOOLS
AC_DEFUN([FP_CHECK_BPF_TOOLS], [
  AC_ARG_VAR([CLANG], [clang, with a BPF back end])
  AC_ARG_VAR([BPFTOOL], [bpftool])
  AC_PATH_PROGS([CLANG], [clang], [no])
  AS_IF([test "$CLANG" = no],
    [AC_MSG_ERROR([clang is missing: install the package clang])])
  AC_MSG_CHECKING([whether $CLANG compiles for BPF])
  AS_IF([echo 'int f(void) { return 0; }' | \
         $CLANG -target bpf -x c -c -o /dev/null - 2>&AS_MESSAGE_LOG_FD],
    [AC_MSG_RESULT([yes])],
    [AC_MSG_RESULT([no])
     AC_MSG_ERROR([$CLANG has no BPF back end: install the package clang])])
  AC_PATH_PROGS([BPFTOOL], [bpftool], [no], [$PATH:/usr/sbin:/sbin])
  AS_IF([test "$BPFTOOL" = no],
    [AC_MSG_ERROR([bpftool is missing: install the package bpftool])])

  # Kprobes read their arguments from registers, whose names libbpf's
  # bpf_tracing.h has for these.
  AC_REQUIRE([AC_CANONICAL_HOST])
  AS_CASE([$host_cpu],
    [x86_64|i?86], [BPF_ARCH=x86],
    [aarch64*], [BPF_ARCH=arm64],
    [arm*], [BPF_ARCH=arm],
    [powerpc*|ppc*], [BPF_ARCH=powerpc],
    [s390*], [BPF_ARCH=s390],
    [riscv*], [BPF_ARCH=riscv],
    [mips*], [BPF_ARCH=mips],
    [AC_MSG_ERROR([$host_cpu: libbpf's bpf_tracing.h does not know this processor])])
  AC_SUBST([BPF_ARCH])
])

# FP_CHECK_OVS_PROGRAMS
#
# The tests run against real Open vSwitch daemons, those found here.  They are
# not needed to build.
AC_DEFUN([FP_CHECK_OVS_PROGRAMS], [
  fp_path=$PATH:/usr/sbin:/sbin
  AC_PATH_PROG([OVS_VSWITCHD], [ovs-vswitchd], [no], [$fp_path])
  AC_PATH_PROG([OVSDB_SERVER], [ovsdb-server], [no], [$fp_path])
  AC_PATH_PROG([OVSDB_TOOL], [ovsdb-tool], [no], [$fp_path])
  fp_missing=
  AS_IF([test "$OVS_VSWITCHD" = no], [fp_missing="$fp_missing ovs-vswitchd"])
  AS_IF([test "$OVSDB_SERVER" = no], [fp_missing="$fp_missing ovsdb-server"])
  AS_IF([test "$OVSDB_TOOL" = no], [fp_missing="$fp_missing ovsdb-tool"])
  OVS_PROGRAMS_MISSING=`echo $fp_missing`
  AC_SUBST([OVS_PROGRAMS_MISSING])
  AS_IF([test -n "$fp_missing"],
    [AC_MSG_WARN([not found in PATH:$fp_missing; "make check" needs them (package openvswitch-switch), "make check-unit" does not])])
])

# FP_CHECK_SPHINX
#
# Makes the manual pages.  It is not needed for anything else.
AC_DEFUN([FP_CHECK_SPHINX], [
  AC_ARG_VAR([SPHINX_BUILD], [sphinx-build])
  AC_PATH_PROGS([SPHINX_BUILD], [sphinx-build], [no])
  AS_IF([test "$SPHINX_BUILD" = no],
    [AC_MSG_NOTICE([sphinx-build is missing: the manual pages will not be made (the package python3-sphinx has it)])])
  AM_CONDITIONAL([HAVE_SPHINX], [test "$SPHINX_BUILD" != no])
])

# FP_ENABLE_WARNINGS
AC_DEFUN([FP_ENABLE_WARNINGS], [
  AC_ARG_ENABLE([Werror],
    [AS_HELP_STRING([--enable-Werror], [make compiler warnings errors])])
  WARNING_CFLAGS=
  fp_save_CFLAGS=$CFLAGS
  for fp_flag in -Wall -Wextra -Wno-sign-compare -Wpointer-arith \
      -Wformat=2 -Wswitch-enum -Wunused-parameter -Wbad-function-cast \
      -Wcast-align -Wstrict-prototypes -Wold-style-definition \
      -Wmissing-prototypes -Wmissing-field-initializers -Wshadow \
      -Wwrite-strings -fno-strict-aliasing
  do
    CFLAGS="$fp_save_CFLAGS -Werror $fp_flag"
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM()],
      [WARNING_CFLAGS="$WARNING_CFLAGS $fp_flag"])
  done
  CFLAGS=$fp_save_CFLAGS
  AS_IF([test "$enable_Werror" = yes],
    [WARNING_CFLAGS="$WARNING_CFLAGS -Werror"])
  AC_SUBST([WARNING_CFLAGS])
])

# FP_ENABLE_SANITIZERS
AC_DEFUN([FP_ENABLE_SANITIZERS], [
  AC_ARG_ENABLE([sanitizers],
    [AS_HELP_STRING([--enable-sanitizers],
       [build with the address and undefined behaviour sanitizers])])
  SANITIZER_CFLAGS=
  AS_IF([test "$enable_sanitizers" = yes],
    [SANITIZER_CFLAGS="-fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined"])
  AC_SUBST([SANITIZER_CFLAGS])
])

# FP_ENABLE_FUZZING
#
# For "make fuzz", which gives it.
AC_DEFUN([FP_ENABLE_FUZZING], [
  AC_ARG_ENABLE([fuzzing],
    [AS_HELP_STRING([--enable-fuzzing],
       [build for libFuzzer, with the sanitizers; needs CC=clang])])
  AS_IF([test "$enable_fuzzing" = yes], [
    fp_save_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS -fsanitize=fuzzer,address,undefined"
    AC_MSG_CHECKING([whether $CC links with libFuzzer])
    AC_LINK_IFELSE([AC_LANG_SOURCE([[
      #include <stddef.h>
      int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n);
      int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n)
      { return n && !p; }]])],
      [AC_MSG_RESULT([yes])],
      [AC_MSG_RESULT([no])
       AC_MSG_ERROR([--enable-fuzzing: $CC has no libFuzzer: install the package libclang-rt-14-dev (the number is clang's), and give CC=clang])])
    CFLAGS=$fp_save_CFLAGS
    SANITIZER_CFLAGS="-fsanitize=fuzzer-no-link,address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined"
  ])
])

# FP_CHECK_STATIC
#
# Container runtimes run ovs-footprint-cni on hosts that have few libraries, so it is
# linked statically where that works.  Sanitizers need the shared ones.  What libssl.a and
# libcrypto.a need themselves is said by pkg-config: since 3.2 that may be zlib and zstd.
AC_DEFUN([FP_CHECK_STATIC], [
  AC_CACHE_CHECK([what OpenSSL needs to be linked statically],
    [fp_cv_static_libs],
    [fp_cv_static_libs=`$PKG_CONFIG --static --libs libssl libcrypto 2>/dev/null` \
       || fp_cv_static_libs="-lssl -lcrypto"])
  AC_CACHE_CHECK([whether programs can be linked statically],
    [fp_cv_static],
    [fp_save_LIBS=$LIBS
     fp_save_LDFLAGS=$LDFLAGS
     LIBS="$LIBNL_LIBS $fp_cv_static_libs -lpthread -lm $LIBS"
     LDFLAGS="$LDFLAGS -static"
     AC_LINK_IFELSE(
       [AC_LANG_PROGRAM([[struct nl_sock *nl_socket_alloc(void);
                          int OPENSSL_init_ssl(void);]],
                        [[return nl_socket_alloc() != 0
                          && OPENSSL_init_ssl();]])],
       [fp_cv_static=yes], [fp_cv_static=no])
     LIBS=$fp_save_LIBS
     LDFLAGS=$fp_save_LDFLAGS])
  STATIC_LDFLAGS=
  STATIC_LIBS=
  AS_IF([test "$fp_cv_static" = yes && test -z "$SANITIZER_CFLAGS"],
    [STATIC_LDFLAGS=-all-static
     STATIC_LIBS=$fp_cv_static_libs])
  AC_SUBST([STATIC_LDFLAGS])
  AC_SUBST([STATIC_LIBS])
])
