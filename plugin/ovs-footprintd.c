/* SPDX-License-Identifier: Apache-2.0 */

/* ovs-footprintd: starts up, runs the main loop, shuts down.  What it does in
 * the loop is in node/node.c. */

#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command-line.h"
#include "commands/commands.h"
#include "daemon.h"
#include "dirs.h"
#include "lib/daemon-start.h"
#include "lib/service.h"
#include "memory.h"
#include "node/node.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "simap.h"
#include "stream.h"
#include "stream-ssl.h"
#include "timeval.h"
#include "unixctl.h"
#include "upkeep/backoff.h"
#include "util.h"
#include "vswitch-idl.h"

VLOG_DEFINE_THIS_MODULE(footprintd);

/* Two daemons would overwrite each other's flows and keys, so only the one
 * that holds this lock in the database does anything. */
#define LOCK_NAME "ovs_footprintd"

/* How long, in milliseconds, to wait at start for the lock, and for the
 * database.  A daemon that was just killed has lost its lock by then.  If
 * the database is later than that, the daemon becomes ready without it. */
#define LOCK_PATIENCE_MSEC 3000
#define DATABASE_PATIENCE_MSEC 2000

/* How often, in milliseconds, to ask a database again that grants no lock. */
#define LOCK_RETRY_MSEC 2000

/* How long, in milliseconds, "exit --cleanup" may take, and --cleanup, which
 * has to read everything first.  What is ours cannot be removed while the
 * database or ovs-vswitchd is away. */
#define CLEANUP_PATIENCE_MSEC 5000
#define CLEANUP_START_PATIENCE_MSEC 10000

/* After a transaction failed, how long, in milliseconds, to wait at first and
 * at most before the next.  It may have come too late by chance, or the
 * database's disk may be full. */
#define MIN_TXN_BACKOFF_MSEC 100
#define MAX_TXN_BACKOFF_MSEC 60000

/* From this wait on, in milliseconds, it is reported as a problem. */
#define REFUSED_MSEC 1000

struct exit_args {
    bool exiting;
    bool cleanup;
    long long int deadline;     /* When to give up the cleanup. */
    bool failed;                /* Was it given up? */
    struct unixctl_conn *conn;  /* Of the "exit" command, to be answered at the
                                 * end; null if there was none. */
};

static char *parse_options(int argc, char *argv[], char **unixctl_path,
                           bool *cleanup);
OVS_NO_RETURN static void usage(void);

static void
handle_exit(struct unixctl_conn *conn, int argc, const char *argv[],
            void *args_)
{
    struct exit_args *args = args_;

    if (argc > 1 && strcmp(argv[1], "--cleanup")) {
        char *error = xasprintf("%s: unknown option, use --cleanup or none\n",
                                argv[1]);
        unixctl_command_reply_error(conn, error);
        free(error);
        return;
    }
    args->exiting = true;
    args->cleanup = argc > 1;
    args->deadline = time_msec() + CLEANUP_PATIENCE_MSEC;
    args->conn = conn;
    poll_immediate_wake();
}

/* May the daemon exit now? */
static bool
is_done(struct exit_args *args, struct node *node,
        const struct ovsdb_idl_loop *idl_loop)
{
    if (!args->exiting) {
        return false;
    }
    if (!args->cleanup
        || (node_clean_up(node) && !idl_loop->committing_txn)) {
        return true;
    }
    args->failed = time_msec() >= args->deadline;
    poll_timer_wait_until(args->deadline);
    return args->failed;
}

/* Returns malloc()'d lines that say what may be left of ours, and why. */
static char *
describe_rest(const struct node *node, const struct ovsdb_idl *idl,
              const char *remote)
{
    return (!ovsdb_idl_has_ever_connected(idl) || !ovsdb_idl_is_connected(idl)
            ? xasprintf("all of ours may be left: the database at %s cannot "
                        "be reached: does ovsdb-server run?\n", remote)
            : !ovsdb_idl_has_lock(idl)
            ? xasprintf("all of ours may be left: the database at %s grants "
                        "no lock, as a read-only one would\n", remote)
            : node_describe_removal(node, true));
}

/* Answers the "exit" command, or prints what --cleanup did.  'removed' and
 * 'rest' are lines that say what was and was not removed, null if nothing was
 * to be. */
static void
report_exit(const struct exit_args *args, const char *removed,
            const char *rest)
{
    char *all = (removed ? xasprintf("%s%s", removed, rest) : NULL);

    if (args->conn && args->failed) {
        unixctl_command_reply_error(args->conn, all);
    } else if (args->conn) {
        unixctl_command_reply(args->conn, all);
    } else if (args->cleanup) {
        fputs(removed, stdout);
        fflush(stdout);
        fputs(rest, args->failed ? stderr : stdout);
    }
    free(all);
}

static void
run_memory_report(struct ovsdb_idl *idl)
{
    memory_run();
    if (memory_should_report()) {
        struct simap usage = SIMAP_INITIALIZER(&usage);

        ovsdb_idl_get_memory_usage(idl, &usage);
        memory_report(&usage);
        simap_destroy(&usage);
    }
    memory_wait();
}

/* Is it too early for a decision that has to be made at 'when', in time_msec()
 * time?  If so, has the poll loop wake up then. */
static bool
is_patient(long long int when)
{
    bool patient = time_msec() < when;

    if (patient) {
        poll_timer_wait_until(when);
    }
    return patient;
}

/* Exits if another daemon has the lock and keeps it.  Afterwards, losing the
 * lock for a while (when ovsdb-server restarts, say) only means waiting. */
static void
check_lock(struct ovsdb_idl *idl, const char *remote, long long int start)
{
    static bool had_lock = false;

    had_lock = had_lock || ovsdb_idl_has_lock(idl);
    if (had_lock || !ovsdb_idl_is_lock_contended(idl)
        || is_patient(start + LOCK_PATIENCE_MSEC)) {
        return;
    }
    VLOG_FATAL("another ovs-footprintd already serves %s: stop that one first "
               "(ovs-appctl -t ovs-footprintd exit)", remote);
}

/* Tells the process that started the daemon, and systemd, that it is ready:
 * when it works, or when it is known that the database is late. */
static void
check_started(struct ovsdb_idl *idl, const char *remote, long long int start)
{
    static bool started = false;

    if (started) {
        return;
    }
    if (!ovsdb_idl_has_ever_connected(idl)
        && is_patient(start + DATABASE_PATIENCE_MSEC)) {
        return;
    }
    if (ovsdb_idl_has_ever_connected(idl) && !ovsdb_idl_has_lock(idl)) {
        if (ovsdb_idl_is_lock_contended(idl)
            || is_patient(start + LOCK_PATIENCE_MSEC)) {
            return;
        }
        VLOG_WARN("%s: the database grants no lock, as a read-only one would: "
                  "waiting until it does", remote);
    } else if (!ovsdb_idl_has_ever_connected(idl)) {
        VLOG_WARN("%s: cannot reach the database yet, retrying",
                  remote);
    }
    started = true;
    VLOG_INFO("%s %s", program_name, PACKAGE_VERSION);
    daemonize_complete();
    service_ready(PACKAGE_STRING);
}

/* Returns a transaction, or null while none may be begun. */
static struct ovsdb_idl_txn *
begin(struct ovsdb_idl_loop *loop, struct backoff *backoff)
{
    bool was_committing = loop->committing_txn != NULL;
    struct ovsdb_idl_txn *txn = ovsdb_idl_loop_run(loop);

    if (was_committing && !loop->committing_txn) {
        backoff_note_success(backoff);
    }
    return backoff_is_over(backoff, time_msec()) ? txn : NULL;
}

/* Sends this iteration's transaction, if any.  One that failed is tried again,
 * but not at once. */
static void
commit(struct ovsdb_idl_loop *loop, struct backoff *backoff, struct node *node)
{
    if (!ovsdb_idl_loop_commit_and_wait(loop)) {
        backoff_note_failure(backoff, time_msec());
        node_publish_again(node);
    }
    node_note_refused(node, backoff->wait >= REFUSED_MSEC);
    if (!backoff_is_over(backoff, time_msec())) {
        poll_timer_wait_until(backoff->until);
    }
}

/* A database that was read-only when it was asked for the lock does not notify
 * us when that changes, so it is asked again and again. */
static void
run_lock(struct ovsdb_idl *idl)
{
    static long long int next;

    if (!ovsdb_idl_is_connected(idl) || ovsdb_idl_has_lock(idl)
        || ovsdb_idl_is_lock_contended(idl)) {
        next = time_msec() + LOCK_RETRY_MSEC;
    } else {
        if (time_msec() >= next) {
            ovsdb_idl_set_lock(idl, NULL);
            ovsdb_idl_set_lock(idl, LOCK_NAME);
            next = time_msec() + LOCK_RETRY_MSEC;
        }
        poll_timer_wait_until(next);
    }
}

/* What main() has, between its beginning and its end. */
struct daemon {
    char *remote;               /* The database. */
    struct ovsdb_idl_loop idl_loop;
    struct backoff backoff;     /* After transactions that failed. */
    struct node *node;
    struct unixctl_server *unixctl;
    struct exit_args exit_args;
    long long int start;        /* In time_msec() time. */
};

static void
start_serving(struct daemon *d)
{
    struct ovsdb_idl *idl = ovsdb_idl_create(d->remote, &ovsrec_idl_class,
                                             false, true);

    d->idl_loop = (struct ovsdb_idl_loop) OVSDB_IDL_LOOP_INITIALIZER(idl);
    node_register(idl);
    ovsdb_idl_set_lock(idl, LOCK_NAME);
    d->node = node_create(idl, d->remote);
    commands_init(d->node, idl, d->remote);
    d->start = time_msec();
}

/* Has every part do what there is to do now, and say when to be woken up. */
static void
run(struct daemon *d)
{
    struct ovsdb_idl *idl = d->idl_loop.idl;
    struct ovsdb_idl_txn *txn = begin(&d->idl_loop, &d->backoff);

    run_lock(idl);
    run_memory_report(idl);
    check_lock(idl, d->remote, d->start);
    check_started(idl, d->remote, d->start);
    if (ovsdb_idl_has_lock(idl)) {
        node_run(d->node, txn);
        node_wait(d->node);
    }
    /* Not while exiting: that would free 'exit_args.conn' if its client
     * disconnects. */
    if (!d->exit_args.exiting) {
        unixctl_server_run(d->unixctl);
        unixctl_server_wait(d->unixctl);
    }
    commit(&d->idl_loop, &d->backoff, d->node);
    service_run();
    service_wait();
}

static void
stop_serving(struct daemon *d)
{
    char *removed = NULL, *rest = NULL;

    if (d->exit_args.cleanup) {
        removed = node_describe_removal(d->node, false);
        rest = (d->exit_args.failed
                ? describe_rest(d->node, d->idl_loop.idl, d->remote)
                : xstrdup(removed[0] ? "" : "there was nothing to remove\n"));
    }
    commands_destroy();
    node_destroy(d->node);
    ovsdb_idl_loop_destroy(&d->idl_loop);
    report_exit(&d->exit_args, removed, rest);
    unixctl_server_destroy(d->unixctl);
    free(d->remote);
    free(removed);
    free(rest);
}

int
main(int argc, char *argv[])
{
    struct daemon d = {
        .backoff = BACKOFF_INITIALIZER(MIN_TXN_BACKOFF_MSEC,
                                       MAX_TXN_BACKOFF_MSEC),
    };
    char *unixctl_path = NULL;

    daemon_start_init(argc, argv);
    d.remote = parse_options(argc, argv, &unixctl_path,
                             &d.exit_args.cleanup);
    d.unixctl = daemon_start(unixctl_path, true);
    unixctl_command_register("exit", "[--cleanup]", 0, 1, handle_exit,
                             &d.exit_args);

    start_serving(&d);
    if (d.exit_args.cleanup) {
        d.exit_args.exiting = true;
        d.exit_args.deadline = d.start + CLEANUP_START_PATIENCE_MSEC;
    }
    while (!is_done(&d.exit_args, d.node, &d.idl_loop)) {
        run(&d);
        poll_block();
    }
    service_stopping();
    stop_serving(&d);

    /* A daemon that was told to exit succeeds even if the cleanup failed, so
     * that no supervisor starts it again. */
    return d.exit_args.failed && !d.exit_args.conn ? EXIT_FAILURE : 0;
}

static char *
parse_options(int argc, char *argv[], char **unixctl_path, bool *cleanup)
{
    enum {
        OPT_UNIXCTL = UCHAR_MAX + 1,
        OPT_PEER_CA_CERT,
        OPT_CLEANUP,
        VLOG_OPTION_ENUMS,
        DAEMON_OPTION_ENUMS,
        SSL_OPTION_ENUMS,
    };
    static const struct option long_options[] = {
        {"help",        no_argument, NULL, 'h'},
        {"version",     no_argument, NULL, 'V'},
        {"cleanup",     no_argument, NULL, OPT_CLEANUP},
        {"unixctl",     required_argument, NULL, OPT_UNIXCTL},
        DAEMON_LONG_OPTIONS,
        VLOG_LONG_OPTIONS,
        STREAM_SSL_LONG_OPTIONS,
        {"peer-ca-cert", required_argument, NULL, OPT_PEER_CA_CERT},
        {NULL, 0, NULL, 0},
    };
    char *short_options = ovs_cmdl_long_options_to_short_options(long_options);

    for (;;) {
        int c = getopt_long(argc, argv, short_options, long_options, NULL);

        if (c == -1) {
            break;
        }
        switch (c) {
        case 'h':
            usage();

        case 'V':
            ovs_print_version(0, 0);
            exit(EXIT_SUCCESS);

        case OPT_CLEANUP:
            *cleanup = true;
            break;

        case OPT_UNIXCTL:
            *unixctl_path = xstrdup(optarg);
            break;

        DAEMON_OPTION_HANDLERS
        VLOG_OPTION_HANDLERS
        STREAM_SSL_OPTION_HANDLERS

        case OPT_PEER_CA_CERT:
            stream_ssl_set_peer_ca_cert_file(optarg);
            break;

        case '?':
            exit(EXIT_FAILURE);

        default:
            abort();
        }
    }
    free(short_options);

    if (*cleanup && get_detach()) {
        VLOG_FATAL("--cleanup says what it did when it exits: leave out "
                   "--detach");
    }
    return daemon_start_parse_remote(argc - optind, argv + optind);
}

static void
usage(void)
{
    printf("%s: traffic footprints of the containers on Open vSwitch\n"
           "usage: %s [OPTIONS] [DATABASE]\n"
           "where DATABASE is a socket on which ovsdb-server is listening\n"
           "      (default: \"unix:%s/db.sock\").\n",
           program_name, program_name, ovs_rundir());
    stream_usage("DATABASE", true, false, true);
    daemon_start_usage();
    printf("  --cleanup               remove what a daemon that does not run "
           "left, and exit\n");
    exit(EXIT_SUCCESS);
}
