/* SPDX-License-Identifier: Apache-2.0 */

/* ovs-footprint-scheduler: starts up, runs the loop, shuts down. */

#include <config.h>

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "cluster-db.h"
#include "cluster.h"
#include "command-line.h"
#include "daemon.h"
#include "dirs.h"
#include "lib/command-reply.h"
#include "lib/daemon-start.h"
#include "lib/footprint-db.h"
#include "lib/http-server.h"
#include "lib/option-number.h"
#include "lib/printable.h"
#include "lib/service.h"
#include "memory.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "scheduler.h"
#include "simap.h"
#include "stream-ssl.h"
#include "stream.h"
#include "timeval.h"
#include "unixctl.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(footprint_scheduler);

#define DEFAULT_LISTEN "127.0.0.1:10260"

/* Enough for 5,000 whole Node objects of 10 kB each. */
#define MAX_BODY_MB 64

struct options {
    char *remote;               /* The database. */
    char *unixctl_path;
    struct http_server_config http;
    enum scheduler_mode mode;
    int reserve_time;           /* Seconds; -1 for the default. */
};

static void parse_options(int argc, char *argv[], struct options *);
OVS_NO_RETURN static void usage(void);

static void
handle_exit(struct unixctl_conn *conn, int argc OVS_UNUSED,
            const char *argv[] OVS_UNUSED, void *exiting_)
{
    bool *exiting = exiting_;

    *exiting = true;
    unixctl_command_reply(conn, NULL);
}

/* "explain POD|WORKLOAD NODE": an argument with two slashes is a workload's
 * key. */
static void
handle_explain(struct unixctl_conn *conn, int argc OVS_UNUSED,
               const char *argv[], void *scheduler_)
{
    struct scheduler *scheduler = scheduler_;
    struct ds s = DS_EMPTY_INITIALIZER;
    struct scheduler_pod pod;
    const char *slash = strchr(argv[1], '/');

    if (slash && strchr(slash + 1, '/')) {
        scheduler_pod_from_workload(scheduler, &pod, argv[1]);
    } else {
        scheduler_pod_from_name(scheduler, &pod, argv[1]);
    }
    scheduler_format_explanation(scheduler, &pod, argv[2], &s);
    unixctl_command_reply(conn, ds_cstr(&s));
    scheduler_pod_destroy(&pod);
    ds_destroy(&s);
}

static void
handle_show_decisions(struct unixctl_conn *conn, int argc, const char *argv[],
                      void *scheduler)
{
    unsigned int n;
    bool limited = argc > 1 && str_to_uint(argv[1], 10, &n);
    bool as_json;

    if (command_parse_format(conn, argc, argv, 1 + limited, &as_json)) {
        command_reply_report(conn, scheduler_report_decisions(
                                 scheduler, limited ? n
                                 : SCHEDULER_N_DECISIONS), as_json);
    }
}

static void
handle_show_nodes(struct unixctl_conn *conn, int argc OVS_UNUSED,
                  const char *argv[] OVS_UNUSED, void *scheduler)
{
    command_reply_json(conn, scheduler_nodes_to_json(scheduler, false));
}

static void
register_commands(struct scheduler *scheduler, bool *exiting)
{
    unixctl_command_register("exit", "", 0, 0, handle_exit, exiting);
    unixctl_command_register("explain", "POD|WORKLOAD NODE", 2, 2,
                             handle_explain, scheduler);
    unixctl_command_register("show-decisions", "[N] [--format=json]", 0, 2,
                             handle_show_decisions, scheduler);
    unixctl_command_register("show-nodes", "", 0, 0, handle_show_nodes,
                             scheduler);
}

static struct http_server *
start_http(const struct options *options, struct api *api)
{
    struct http_server *server;
    char *error;

    server = http_server_create(&options->http, api_handle, api, &error);
    if (!server) {
        VLOG_FATAL("--listen=%s", error);
    }
    VLOG_INFO("serving %s", http_server_get_url(server));
    return server;
}

static void
run_memory_report(const struct footprint_db *db, const struct cluster *cluster)
{
    memory_run();
    if (memory_should_report()) {
        struct simap usage = SIMAP_INITIALIZER(&usage);

        if (footprint_db_get_idl(db)) {
            ovsdb_idl_get_memory_usage(footprint_db_get_idl(db), &usage);
        }
        simap_increase(&usage, "instances", hmap_count(&cluster->instances));
        simap_increase(&usage, "nodes", cluster_count_nodes(cluster));
        simap_increase(&usage, "workloads", hmap_count(&cluster->workloads));
        memory_report(&usage);
        simap_destroy(&usage);
    }
    memory_wait();
}

static void
run_database(struct footprint_db *db, struct cluster_db *cluster_db,
             struct api *api)
{
    struct cluster *cluster = api->scheduler->cluster;

    footprint_db_run(db);
    cluster_run(cluster, time_wall(), time_msec());
    cluster_db_run(cluster_db, cluster, db);
    footprint_db_commit(db);
    api->connected = cluster_db_is_current(cluster_db, db);
    if (!api->loaded && api->connected) {
        api->loaded = true;
        VLOG_INFO("%s: read %"PRIuSIZE" nodes, %"PRIuSIZE" containers, "
                  "%"PRIuSIZE" workloads", api->database,
                  cluster_count_nodes(cluster),
                  hmap_count(&cluster->instances),
                  hmap_count(&cluster->workloads));
    }
    free(api->problem);
    api->problem = cluster_db_explain(cluster_db, db);
}

/* Has every part do what there is to do now, and say when to be woken up. */
static void
run(struct footprint_db *db, struct cluster_db *cluster_db, struct api *api,
    struct unixctl_server *unixctl)
{
    run_database(db, cluster_db, api);
    run_memory_report(db, api->scheduler->cluster);
    http_server_run(api->server);
    unixctl_server_run(unixctl);
    service_run();

    footprint_db_wait(db);
    cluster_db_wait(cluster_db);
    http_server_wait(api->server);
    unixctl_server_wait(unixctl);
    service_wait();
}

static void
run_until(const bool *exiting, struct footprint_db *db, struct api *api,
          struct unixctl_server *unixctl)
{
    struct cluster_db cluster_db = { .remotes = api->database };

    while (!*exiting) {
        run(db, &cluster_db, api, unixctl);
        if (*exiting) {
            poll_immediate_wake();
        }
        poll_block();
    }
    service_stopping();
    cluster_db_destroy(&cluster_db);
}

int
main(int argc, char *argv[])
{
    struct options options = { .reserve_time = -1 };
    struct unixctl_server *unixctl;
    struct scheduler scheduler;
    struct cluster cluster;
    struct footprint_db *db;
    bool exiting = false;

    daemon_start_init(argc, argv);
    parse_options(argc, argv, &options);
    unixctl = daemon_start(options.unixctl_path, false);

    cluster_init(&cluster);
    if (options.reserve_time >= 0) {
        cluster.patience = options.reserve_time * 1000LL;
    }
    scheduler_init(&scheduler, &cluster);
    scheduler.mode = options.mode;
    register_commands(&scheduler, &exiting);
    struct api api = { .scheduler = &scheduler, .database = options.remote };
    api.server = start_http(&options, &api);

    db = footprint_db_create(NULL);
    footprint_db_read_nodes_only(db);
    footprint_db_set_remote(db, options.remote);
    daemonize_complete();
    service_ready(PACKAGE_STRING);
    VLOG_INFO("%s %s", program_name, PACKAGE_VERSION);

    run_until(&exiting, db, &api, unixctl);

    http_server_destroy(api.server);
    footprint_db_destroy(db);
    free(api.problem);
    unixctl_server_destroy(unixctl);
    scheduler_destroy(&scheduler);
    cluster_destroy(&cluster);
    free(options.remote);
    return 0;
}

/* Options. */

static enum scheduler_mode
parse_mode(const char *value)
{
    if (strcmp(value, "soft") && strcmp(value, "strict")) {
        ovs_fatal(0, "--mode=%s: use soft or strict", printable(value));
    }
    return strcmp(value, "soft") ? SCHEDULER_STRICT : SCHEDULER_SOFT;
}

static void
parse_options(int argc, char *argv[], struct options *o)
{
    enum {
        OPT_UNIXCTL = UCHAR_MAX + 1,
        OPT_PEER_CA_CERT,
        OPT_LISTEN,
        OPT_LISTEN_KEY,
        OPT_LISTEN_CERT,
        OPT_LISTEN_CA,
        OPT_MODE,
        OPT_RESERVE_TIME,
        OPT_MAX_BODY,
        OPT_MAX_CONNECTIONS,
        VLOG_OPTION_ENUMS,
        DAEMON_OPTION_ENUMS,
        SSL_OPTION_ENUMS,
    };
    static const struct option long_options[] = {
        {"help",        no_argument, NULL, 'h'},
        {"version",     no_argument, NULL, 'V'},
        {"unixctl",     required_argument, NULL, OPT_UNIXCTL},
        {"listen",      required_argument, NULL, OPT_LISTEN},
        {"listen-private-key", required_argument, NULL, OPT_LISTEN_KEY},
        {"listen-certificate", required_argument, NULL, OPT_LISTEN_CERT},
        {"listen-ca-cert", required_argument, NULL, OPT_LISTEN_CA},
        {"mode",        required_argument, NULL, OPT_MODE},
        {"reserve-time", required_argument, NULL, OPT_RESERVE_TIME},
        {"max-body",    required_argument, NULL, OPT_MAX_BODY},
        {"max-connections", required_argument, NULL, OPT_MAX_CONNECTIONS},
        DAEMON_LONG_OPTIONS,
        VLOG_LONG_OPTIONS,
        STREAM_SSL_LONG_OPTIONS,
        {"peer-ca-cert", required_argument, NULL, OPT_PEER_CA_CERT},
        {NULL, 0, NULL, 0},
    };
    char *short_options = ovs_cmdl_long_options_to_short_options(long_options);
    size_t max_body = MAX_BODY_MB;

    o->http.listen = DEFAULT_LISTEN;
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

        case OPT_UNIXCTL:
            o->unixctl_path = xstrdup(optarg);
            break;

        case OPT_LISTEN:
            o->http.listen = optarg;
            break;

        case OPT_LISTEN_KEY:
            o->http.private_key = optarg;
            break;

        case OPT_LISTEN_CERT:
            o->http.certificate = optarg;
            break;

        case OPT_LISTEN_CA:
            o->http.ca_cert = optarg;
            break;

        case OPT_MODE:
            o->mode = parse_mode(optarg);
            break;

        case OPT_RESERVE_TIME:
            o->reserve_time = option_number_parse("reserve-time", optarg,
                                                  0, 3600);
            break;

        case OPT_MAX_BODY:
            max_body = option_number_parse("max-body", optarg, 1, 1024);
            break;

        case OPT_MAX_CONNECTIONS:
            o->http.max_connections
                = option_number_parse("max-connections", optarg, 1, 10000);
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
    o->http.max_body = max_body << 20;
    o->http.max_bodies = o->http.max_body * 2;
    o->remote = daemon_start_parse_remote(argc - optind, argv + optind);
}

static void
usage(void)
{
    printf("%s: says where pods should go, by their traffic footprints\n"
           "usage: %s [OPTIONS] [DATABASE]\n"
           "where DATABASE is a socket on which ovsdb-server listens with\n"
           "      OVS_Footprint (default: \"unix:%s/db.sock\").\n",
           program_name, program_name, ovs_rundir());
    stream_usage("DATABASE", true, false, true);
    printf("\nHTTP options:\n"
           "  --listen=ADDRESS:PORT   where to serve HTTP (default: %s)\n"
           "  --listen-private-key=FILE, --listen-certificate=FILE\n"
           "                          serve HTTPS instead\n"
           "  --listen-ca-cert=FILE   and only to clients whose certificate\n"
           "                          this one has signed\n"
           "  --max-body=MB           largest request (default: %d)\n"
           "  --max-connections=N     clients at a time (default: 256)\n"
           "\nScheduling options:\n"
           "  --mode=soft|strict      only score nodes (default), or take\n"
           "                          full ones out as well\n"
           "  --reserve-time=SECONDS  how long a pod counts that was placed\n"
           "                          and has not been seen (default: 60)\n",
           DEFAULT_LISTEN, MAX_BODY_MB);
    daemon_start_usage();
    exit(EXIT_SUCCESS);
}
