/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "lib/daemon-start.h"

#include <stdio.h>
#include <stdlib.h>

#include "command-line.h"
#include "daemon.h"
#include "dirs.h"
#include "fatal-signal.h"
#include "lib/ovs-compat.h"
#include "openvswitch/vlog.h"
#include "stream.h"
#include "unixctl.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(daemon_start);

void
daemon_start_init(int argc, char *argv[])
{
    ovs_cmdl_proctitle_init(argc, argv);
    ovs_set_program_name(argv[0], PACKAGE_VERSION);
}

struct unixctl_server *
daemon_start(char *unixctl_path, bool access_datapath)
{
    struct unixctl_server *unixctl;

    fatal_ignore_sigpipe();
    ovs_compat_daemonize_start(access_datapath);
    /* If this fails, it prints why. */
    if (unixctl_server_create(unixctl_path, &unixctl)) {
        exit(EXIT_FAILURE);
    }
    free(unixctl_path);
    return unixctl;
}

char *
daemon_start_parse_remote(int argc, char *argv[])
{
    if (argc > 1) {
        VLOG_FATAL("at most one argument, the database, is accepted; "
                   "use --help for usage");
    }
    if (argc == 0) {
        return xasprintf("unix:%s/db.sock", ovs_rundir());
    }
    if (stream_verify_name(argv[0])) {
        VLOG_FATAL("%s: not a way to connect to a database, use "
                   "unix:FILE, tcp:HOST:PORT or ssl:HOST:PORT", argv[0]);
    }
    return xstrdup(argv[0]);
}

void
daemon_start_usage(void)
{
    daemon_usage();
    vlog_usage();
    printf("\nOther options:\n"
           "  --unixctl=SOCKET        override default control socket name\n"
           "  -h, --help              display this help message\n"
           "  -V, --version           display version information\n");
}
