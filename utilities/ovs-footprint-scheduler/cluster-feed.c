/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "cluster-feed.h"

#include <stdlib.h>

#include "cluster.h"
#include "feed-rows.h"
#include "lib/printable.h"
#include "openvswitch/json.h"
#include "openvswitch/list.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovsdb-cs.h"
#include "ovsdb-error.h"
#include "svec.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(cluster_feed);

/* How many nodes' rows are read at a time.  If each node has 20 containers and
 * has seen 10 workloads, these are 12,000 rows, or 20 MB of JSON. */
#define PORTION 400

/* A server that has sent nothing for so long is probed.  While a portion is
 * expected, it has to look through all its rows, of which there may be a
 * million. */
#define PROBE_INTERVAL_MSEC 30000
#define READING_PROBE_INTERVAL_MSEC 120000

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 10);

/*   begin()           a portion is there              the last one is there
 *  ---------> reading -------------------> reading ... ---------> current
 *                ^          ask for more                             |
 *                +---------------------------------------------------+
 *                     begin(), when the connection has been lost        */
struct cluster_feed {
    struct cluster *cluster;
    char *remotes;
    struct ovsdb_cs *cs;
    bool replied;               /* Has the first portion arrived? */
    bool current;               /* Has everything arrived? */
    bool missed;                /* Was there an update for a row that the
                                 * cluster does not have? */

    /* Reading. */
    struct svec nodes;          /* Names of those that have a row. */
    size_t n_asked;             /* How many of these had their rows asked
                                 * for. */
    bool asked_all;             /* Were the rows of all nodes asked for? */
    unsigned int seqno;         /* ovsdb_cs_get_condition_seqno(), once what
                                 * was asked for has arrived. */
};

static struct json *
compose_monitor_requests(const struct json *schema OVS_UNUSED,
                         void *feed OVS_UNUSED)
{
    return feed_compose_monitor_requests();
}

/* Returns the condition for all rows that were asked for so far. */
static struct json *
compose_condition(const struct cluster_feed *feed)
{
    struct json *condition = json_array_create_empty();

    if (feed->asked_all) {
        json_array_add(condition, json_boolean_create(true));
        return condition;
    }
    for (size_t i = 0; i < feed->n_asked; i++) {
        json_array_add(condition, json_array_create_3(
                           json_string_create("node"),
                           json_string_create("=="),
                           json_string_create(feed->nodes.names[i])));
    }
    return condition;
}

/* Asks for the next portion. */
static void
ask_more(struct cluster_feed *feed)
{
    struct json *condition;

    feed->asked_all = feed->n_asked + PORTION >= feed->nodes.n;
    feed->n_asked = MIN(feed->n_asked + PORTION, feed->nodes.n);
    condition = compose_condition(feed);
    for (size_t i = 0; i < FEED_N_TABLES; i++) {
        feed->seqno = ovsdb_cs_set_condition(feed->cs, feed_tables[i].name,
                                             condition);
    }
    json_destroy(condition);
}

static void
collect_nodes(struct cluster_feed *feed)
{
    const struct cluster_node *node;

    svec_clear(&feed->nodes);
    CLUSTER_FOR_EACH_NODE (node, feed->cluster) {
        if (node->has_row) {
            svec_add(&feed->nodes, node->name);
        }
    }
}

/* Begins to read everything. */
static void
begin(struct cluster_feed *feed)
{
    static const struct ovsdb_cs_ops ops = { compose_monitor_requests };

    feed->replied = feed->current = feed->missed = false;
    feed->n_asked = 0;
    feed->cluster->generation++;
    collect_nodes(feed);
    ovsdb_cs_destroy(feed->cs);
    feed->cs = ovsdb_cs_create("OVS_Footprint", 3, &ops, feed);
    ovsdb_cs_set_leader_only(feed->cs, false);
    ask_more(feed);
    /* That condition is part of the monitor request, and has no number. */
    feed->seqno = ovsdb_cs_get_condition_seqno(feed->cs);
    ovsdb_cs_set_remote(feed->cs, feed->remotes, true);
    ovsdb_cs_set_probe_interval(feed->cs, READING_PROBE_INTERVAL_MSEC);
}

struct cluster_feed *
cluster_feed_create(const char *remotes, struct cluster *cluster)
{
    struct cluster_feed *feed = xzalloc(sizeof *feed);

    feed->cluster = cluster;
    feed->remotes = xstrdup(remotes);
    svec_init(&feed->nodes);
    begin(feed);
    return feed;
}

void
cluster_feed_destroy(struct cluster_feed *feed)
{
    if (feed) {
        ovsdb_cs_destroy(feed->cs);
        svec_destroy(&feed->nodes);
        free(feed->remotes);
        free(feed);
    }
}

static void
apply_table(struct cluster_feed *feed, const struct feed_table *table,
            const struct ovsdb_cs_db_update *update)
{
    const struct ovsdb_cs_table_update *rows
        = ovsdb_cs_db_update_find_table(update, table->name);

    for (size_t i = 0; rows && i < rows->n; i++) {
        if (!table->apply(feed->cluster, &rows->row_updates[i])) {
            feed->missed = true;
        }
    }
}

static void
apply_update(struct cluster_feed *feed,
             const struct ovsdb_cs_update_event *event)
{
    struct ovsdb_cs_db_update *update;
    struct ovsdb_error *error = ovsdb_cs_parse_db_update(
        event->table_updates, event->version, &update);

    if (error) {
        char *s = ovsdb_error_to_string_free(error);

        VLOG_WARN_RL(&rl, "%s: what the server sent cannot be read: %s",
                     feed->remotes, printable_text(s));
        free(s);
        return;
    }
    for (size_t i = 0; i < FEED_N_TABLES; i++) {
        apply_table(feed, &feed_tables[i], update);
    }
    ovsdb_cs_db_update_destroy(update);
    feed->replied |= event->monitor_reply;

    /* A server that does not know conditions sends everything. */
    feed->asked_all |= event->version == 1;
}

/* Goes on once the portion that was asked for has arrived. */
static void
check_portion(struct cluster_feed *feed)
{
    if (feed->current || !feed->replied
        || feed->seqno != ovsdb_cs_get_condition_seqno(feed->cs)) {
        return;
    }
    if (!feed->asked_all) {
        ask_more(feed);
    } else {
        feed->current = true;
        ovsdb_cs_set_probe_interval(feed->cs, PROBE_INTERVAL_MSEC);
        cluster_sweep_rows(feed->cluster);
        svec_clear(&feed->nodes);
        poll_immediate_wake();
    }
}

void
cluster_feed_run(struct cluster_feed *feed)
{
    struct ovsdb_cs_event *event;
    struct ovs_list events;
    bool lost = false;

    ovsdb_cs_run(feed->cs, &events);
    LIST_FOR_EACH_POP (event, list_node, &events) {
        if (event->type == OVSDB_CS_EVENT_TYPE_UPDATE && !lost) {
            apply_update(feed, &event->update);
        } else if (event->type == OVSDB_CS_EVENT_TYPE_RECONNECT) {
            /* There is one for the first connection, too. */
            lost = feed->replied;
        }
        ovsdb_cs_event_destroy(event);
    }
    if (lost || feed->missed) {
        begin(feed);
    } else {
        check_portion(feed);
    }
}

void
cluster_feed_wait(struct cluster_feed *feed)
{
    ovsdb_cs_wait(feed->cs);
}

bool
cluster_feed_is_current(const struct cluster_feed *feed)
{
    return feed->current && ovsdb_cs_is_connected(feed->cs);
}
