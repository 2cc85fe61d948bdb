/* SPDX-License-Identifier: Apache-2.0 */

/* Many nodes, and a reader, in one process, with the same code that
 * ovs-footprintd uses to write into OVS_Footprint and that the scheduler shim
 * uses to read it.
 *
 *     simulated-nodes [--nodes=N] [--heartbeat=SECONDS] [--reader=REMOTE]
 *                     [--name=NAME] [--system-id=ID] [REMOTE]
 *
 * The nodes are called node0, node1, ..., or, if it is one, NAME.  Commands of
 * ovs-appctl:
 *
 *     see NODE INSTANCE WORKLOAD CLASS [ROLE RATE]
 *     lose NODE INSTANCE
 *     crowd NODE N [FIRST MOD]
 *                         N light containers, i0 of default/deployment/web0
 *                         and so on; or beginning with FIRST, modulo MOD
 *     churn NODE N        N of its instances become heavy or light, each
 *                         second
 *     status              of each node that has a problem, what that is
 *     sent NODE           how many transactions NODE has sent
 *     observed NODE WORKLOAD
 *     learn WORKLOAD      what the reader knows
 *     workloads           whose class the reader knows, and which that is
 *     forget NODE WORKLOAD */

#include <config.h>

#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command-line.h"
#include "daemon.h"
#include "fatal-signal.h"
#include "lib/footprint-db.h"
#include "lib/option-number.h"
#include "lib/ovs-compat.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "publish/footprint-rows.h"
#include "publish/observer.h"
#include "simap.h"
#include "sset.h"
#include "stream-ssl.h"
#include "timeval.h"
#include "unixctl.h"
#include "util.h"

struct container {
    char *workload;
    enum footprint_class class;
    enum footprint_role role;
    long long int since;        /* In seconds. */
    double rate;
};

struct sim_node {
    char *name;
    struct footprint_db *db;
    struct footprint_rows *rows;
    struct observer *observer;
    struct shash containers;    /* Of struct container. */
    unsigned int churn;         /* Changes a second. */
    long long int next_churn;   /* When the next ones are due. */
    unsigned int churned;       /* How many there were. */
    struct sset changed;        /* Workloads that have changed in 'db'. */
};

static struct sim_node *nodes;
static size_t n_nodes = 1;
static struct footprint_db *reader;
static const char *system_id;
static int heartbeat = ROWS_HEARTBEAT;
static bool exiting;

static struct moment
get_moment(void)
{
    return (struct moment) { time_msec(), time_wall_msec() };
}

static void
create_node(struct sim_node *node, size_t i, const char *name,
            const char *remote)
{
    node->name = name ? xstrdup(name) : xasprintf("node%"PRIuSIZE, i);
    node->db = footprint_db_create(node->name);
    node->rows = footprint_rows_create(node->name);
    footprint_rows_set_heartbeat(node->rows, heartbeat);
    node->observer = observer_create();
    shash_init(&node->containers);
    sset_init(&node->changed);
    footprint_db_set_remote(node->db, remote);
}

static void
free_container(struct container *c)
{
    free(c->workload);
    free(c);
}

static void
destroy_node(struct sim_node *node)
{
    struct shash_node *sn;

    SHASH_FOR_EACH (sn, &node->containers) {
        free_container(sn->data);
    }
    shash_destroy(&node->containers);
    sset_destroy(&node->changed);
    footprint_rows_destroy(node->rows);
    footprint_db_destroy(node->db);
    observer_destroy(node->observer);
    free(node->name);
}

static void
see(struct sim_node *node, const char *name, const struct container *c)
{
    struct sighting s = { c->workload, c->class, c->role, c->rate, false };
    struct moment now = get_moment();

    observer_see(node->observer, name, &s, &now);
    footprint_rows_touch(node->rows, name);
}

/* Turns as many containers as are due into the opposite of what they are. */
static void
run_churn(struct sim_node *node)
{
    const struct shash_node **sorted;
    size_t n = shash_count(&node->containers);

    if (!node->churn || time_msec() < node->next_churn || !n) {
        return;
    }
    node->next_churn = time_msec() + 10;
    sorted = shash_sort(&node->containers);
    for (unsigned int i = 0; i < MAX(node->churn / 100, 1); i++) {
        const struct shash_node *sn = sorted[node->churned++ % n];
        struct container *c = sn->data;

        c->class = (c->class == FOOTPRINT_HEAVY ? FOOTPRINT_LIGHT
                    : FOOTPRINT_HEAVY);
        c->since = time_wall();
        see(node, sn->name, c);
    }
    free(sorted);
}

static void
get_instance(const struct shash_node *sn, const void *node_,
             struct instance_facts *facts)
{
    const struct sim_node *node = node_;
    const struct container *c = sn->data;

    *facts = (struct instance_facts) {
        .interface = sn->name, .on_node = node->name,
        .workload = c->workload, .container = sn->name,
        .class = c->class, .role = c->role, .evidence = "flows",
        .since = c->since, .elephants = c->class == FOOTPRINT_HEAVY,
        .rate = c->rate,
    };
}

static void
count_containers(const struct sim_node *node, struct node_facts *self)
{
    struct shash_node *sn;

    SHASH_FOR_EACH (sn, &node->containers) {
        const struct container *c = sn->data;

        self->heavy += c->class == FOOTPRINT_HEAVY;
        self->light += c->class == FOOTPRINT_LIGHT;
        self->unknown += c->class == FOOTPRINT_UNKNOWN;
    }
}

static void
run_node(struct sim_node *node)
{
    static const struct simap no_blind_spots
        = SIMAP_INITIALIZER(&no_blind_spots);
    struct ovsdb_idl_txn *txn = footprint_db_run(node->db);
    struct moment now = get_moment();

    run_churn(node);
    if (footprint_rows_is_due(node->rows, node->db, &now)) {
        struct node_facts self = {
            .name = node->name, .hypervisor = "", .detector = "hook",
            .blind_spots = &no_blind_spots, .link_speed = 1e10,
        };
        struct rows_facts facts = {
            .observer = node->observer,
            .system_id = system_id ? system_id : node->name,
            .version = PACKAGE_VERSION, .nodes = &self, .n_nodes = 1,
            .instances = &node->containers, .get_instance = get_instance,
            .aux = node,
        };

        count_containers(node, &self);
        footprint_rows_run(node->rows, node->db, txn, &facts, &now);
    }
    if (!sset_is_empty(&node->changed)) {
        sset_clear(&node->changed);
    }
    footprint_db_get_changed(node->db, &node->changed);
    footprint_db_commit(node->db);
    footprint_db_wait(node->db);
    footprint_rows_wait(node->rows);
    if (node->churn) {
        poll_timer_wait_until(node->next_churn);
    }
}

static struct sim_node *
find_node(const char *name)
{
    for (size_t i = 0; i < n_nodes; i++) {
        if (!strcmp(nodes[i].name, name)) {
            return &nodes[i];
        }
    }
    ovs_fatal(0, "%s: no such node", name);
}

static void
handle_see(struct unixctl_conn *conn, int argc, const char *argv[],
           void *aux OVS_UNUSED)
{
    struct sim_node *node = find_node(argv[1]);
    struct container *c = shash_find_data(&node->containers, argv[2]);

    if (!c) {
        c = xzalloc(sizeof *c);
        shash_add(&node->containers, argv[2], c);
    }
    free(c->workload);
    c->workload = xstrdup(argv[3]);
    c->since = time_wall();
    if (!footprint_class_from_string(argv[4], &c->class)) {
        unixctl_command_reply_error(conn, "no class");
        return;
    }
    c->role = argc > 5 ? footprint_role_from_string(argv[5]) : FOOTPRINT_NONE;
    c->rate = argc > 6 ? atof(argv[6]) : 0;
    see(node, argv[2], c);
    unixctl_command_reply(conn, NULL);
}

static void
handle_crowd(struct unixctl_conn *conn, int argc, const char *argv[],
             void *aux OVS_UNUSED)
{
    struct sim_node *node = find_node(argv[1]);
    int first = argc > 4 ? atoi(argv[3]) : 0;
    int mod = argc > 4 ? atoi(argv[4]) : INT_MAX;

    for (int i = 0; i < atoi(argv[2]); i++) {
        struct container *c = xzalloc(sizeof *c);
        char *name = xasprintf("i%d", i);

        c->workload = xasprintf("default/deployment/web%d",
                                (first + i) % mod);
        c->class = FOOTPRINT_LIGHT;
        c->since = time_wall();
        shash_add(&node->containers, name, c);
        footprint_db_add_workload(node->db, c->workload);
        see(node, name, c);
        free(name);
    }
    unixctl_command_reply(conn, NULL);
}

static void
handle_lose(struct unixctl_conn *conn, int argc OVS_UNUSED,
            const char *argv[], void *aux OVS_UNUSED)
{
    struct sim_node *node = find_node(argv[1]);
    struct container *c = shash_find_and_delete(&node->containers, argv[2]);
    struct moment now = get_moment();

    if (c) {
        free_container(c);
        observer_lose(node->observer, argv[2], &now);
        footprint_rows_touch(node->rows, argv[2]);
    }
    unixctl_command_reply(conn, NULL);
}

static void
handle_churn(struct unixctl_conn *conn, int argc OVS_UNUSED,
             const char *argv[], void *aux OVS_UNUSED)
{
    find_node(argv[1])->churn = atoi(argv[2]);
    unixctl_command_reply(conn, NULL);
}

static void
handle_status(struct unixctl_conn *conn, int argc OVS_UNUSED,
              const char *argv[] OVS_UNUSED, void *aux OVS_UNUSED)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < n_nodes; i++) {
        char *why = footprint_db_explain(nodes[i].db);
        const char *problem = footprint_rows_get_problem(nodes[i].rows);

        if (why || problem) {
            ds_put_format(&s, "%s: %s\n", nodes[i].name, why ? why : problem);
        }
        free(why);
    }
    unixctl_command_reply(conn, ds_cstr(&s));
    ds_destroy(&s);
}

static void
handle_sent(struct unixctl_conn *conn, int argc OVS_UNUSED,
            const char *argv[], void *aux OVS_UNUSED)
{
    char *s = xasprintf("%u\n",
                        footprint_db_count_sent(find_node(argv[1])->db));

    unixctl_command_reply(conn, s);
    free(s);
}

static void
handle_observed(struct unixctl_conn *conn, int argc OVS_UNUSED,
                const char *argv[], void *aux OVS_UNUSED)
{
    struct moment now = get_moment();
    struct observation o;
    char *s;

    if (!observer_get(find_node(argv[1])->observer, argv[2], &now, &o)) {
        unixctl_command_reply(conn, "nothing\n");
        return;
    }
    s = xasprintf("%.2f of %.2f trials are heavy\n", o.heavy_trials,
                  o.trials);
    unixctl_command_reply(conn, s);
    free(s);
}

static void
format_learned(const char *workload, struct ds *s)
{
    struct learned l;

    footprint_db_learn(reader, workload, NULL, time_wall(), &l);
    ds_put_format(s, "%s: %s, %.1f trials of %"PRIuSIZE" node(s)%s%s\n",
                  workload, workload_class_to_string(l.class), l.trials,
                  l.n_nodes, l.ignored ? ", ignoring: " : "",
                  l.ignored ? l.ignored : "");
}

static void
handle_learn(struct unixctl_conn *conn, int argc OVS_UNUSED,
             const char *argv[], void *aux OVS_UNUSED)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    format_learned(argv[1], &s);
    unixctl_command_reply(conn, ds_cstr(&s));
    ds_destroy(&s);
}

static void
handle_workloads(struct unixctl_conn *conn, int argc OVS_UNUSED,
                 const char *argv[] OVS_UNUSED, void *aux OVS_UNUSED)
{
    struct sset names = SSET_INITIALIZER(&names);
    struct ds s = DS_EMPTY_INITIALIZER;
    const char **sorted;

    footprint_db_get_workloads(reader, &names);
    sorted = sset_sort(&names);
    for (size_t i = 0; i < sset_count(&names); i++) {
        format_learned(sorted[i], &s);
    }
    unixctl_command_reply(conn, ds_cstr(&s));
    free(sorted);
    sset_destroy(&names);
    ds_destroy(&s);
}

static void
handle_forget(struct unixctl_conn *conn, int argc OVS_UNUSED,
              const char *argv[], void *aux OVS_UNUSED)
{
    struct sim_node *node = find_node(argv[1]);
    struct moment now = get_moment();

    observer_forget(node->observer, argv[2], &now);
    footprint_rows_invalidate(node->rows);
    unixctl_command_reply(conn, NULL);
}

static void
handle_exit(struct unixctl_conn *conn, int argc OVS_UNUSED,
            const char *argv[] OVS_UNUSED, void *aux OVS_UNUSED)
{
    exiting = true;
    unixctl_command_reply(conn, NULL);
}

static void
register_commands(void)
{
    unixctl_command_register("exit", "", 0, 0, handle_exit, NULL);
    unixctl_command_register("see", "NODE INSTANCE WORKLOAD CLASS [ROLE RATE]",
                             4, 6, handle_see, NULL);
    unixctl_command_register("lose", "NODE INSTANCE", 2, 2, handle_lose, NULL);
    unixctl_command_register("crowd", "NODE N [FIRST MOD]", 2, 4, handle_crowd,
                             NULL);
    unixctl_command_register("churn", "NODE N", 2, 2, handle_churn, NULL);
    unixctl_command_register("status", "", 0, 0, handle_status, NULL);
    unixctl_command_register("sent", "NODE", 1, 1, handle_sent, NULL);
    unixctl_command_register("observed", "NODE WORKLOAD", 2, 2,
                             handle_observed, NULL);
    unixctl_command_register("learn", "WORKLOAD", 1, 1, handle_learn, NULL);
    unixctl_command_register("workloads", "", 0, 0, handle_workloads, NULL);
    unixctl_command_register("forget", "NODE WORKLOAD", 2, 2, handle_forget,
                             NULL);
}

struct options {
    const char *remote, *name, *reader, *unixctl;
};

static void
parse_options(int argc, char *argv[], struct options *o)
{
    enum { OPT_NODES = UCHAR_MAX + 1, OPT_HEARTBEAT, OPT_READER, OPT_NAME,
           OPT_SYSTEM_ID, OPT_UNIXCTL, VLOG_OPTION_ENUMS, DAEMON_OPTION_ENUMS,
           SSL_OPTION_ENUMS };
    static const struct option options[] = {
        {"nodes", required_argument, NULL, OPT_NODES},
        {"heartbeat", required_argument, NULL, OPT_HEARTBEAT},
        {"reader", required_argument, NULL, OPT_READER},
        {"name", required_argument, NULL, OPT_NAME},
        {"system-id", required_argument, NULL, OPT_SYSTEM_ID},
        {"unixctl", required_argument, NULL, OPT_UNIXCTL},
        VLOG_LONG_OPTIONS,
        DAEMON_LONG_OPTIONS,
        STREAM_SSL_LONG_OPTIONS,
        {NULL, 0, NULL, 0},
    };
    int c;

    while ((c = getopt_long(argc, argv, "v:", options, NULL)) != -1) {
        switch (c) {
        case OPT_NODES:
            n_nodes = option_number_parse("nodes", optarg, 1, INT_MAX);
            break;
        case OPT_HEARTBEAT:
            heartbeat = option_number_parse("heartbeat", optarg, 1, 3600);
            break;
        case OPT_READER: o->reader = optarg; break;
        case OPT_NAME: o->name = optarg; break;
        case OPT_SYSTEM_ID: system_id = optarg; break;
        case OPT_UNIXCTL: o->unixctl = optarg; break;
        VLOG_OPTION_HANDLERS
        DAEMON_OPTION_HANDLERS
        STREAM_SSL_OPTION_HANDLERS
        default: exit(EXIT_FAILURE);
        }
    }
    o->remote = argv[optind];
}

static void
run_reader(void)
{
    if (reader) {
        footprint_db_run(reader);
        footprint_db_commit(reader);
        footprint_db_wait(reader);
    }
}

int
main(int argc, char *argv[])
{
    struct options options = { .remote = NULL };
    struct unixctl_server *unixctl;

    ovs_cmdl_proctitle_init(argc, argv);
    ovs_set_program_name(argv[0], PACKAGE_VERSION);
    parse_options(argc, argv, &options);
    fatal_ignore_sigpipe();
    ovs_compat_daemonize_start(false);
    if (unixctl_server_create(options.unixctl, &unixctl)) {
        exit(EXIT_FAILURE);
    }
    register_commands();
    nodes = xcalloc(n_nodes, sizeof *nodes);
    for (size_t i = 0; i < n_nodes; i++) {
        create_node(&nodes[i], i, options.name, options.remote);
    }
    if (options.reader) {
        reader = footprint_db_create(NULL);
        footprint_db_set_remote(reader, options.reader);
    }
    daemonize_complete();
    while (!exiting) {
        for (size_t i = 0; i < n_nodes; i++) {
            run_node(&nodes[i]);
        }
        run_reader();
        unixctl_server_run(unixctl);
        unixctl_server_wait(unixctl);
        if (exiting) {
            poll_immediate_wake();
        }
        poll_block();
    }
    for (size_t i = 0; i < n_nodes; i++) {
        destroy_node(&nodes[i]);
    }
    free(nodes);
    footprint_db_destroy(reader);
    unixctl_server_destroy(unixctl);
    return 0;
}
