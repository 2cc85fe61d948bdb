/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "footprint/judge.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/evidence-collector.h"
#include "evidence/evidence.h"
#include "footprint/attribution.h"
#include "footprint/footprint.h"
#include "footprint/tracker.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "topology/port.h"
#include "topology/topology.h"
#include "util.h"
#include "uuid.h"

VLOG_DEFINE_THIS_MODULE(judge);

struct judge {
    struct evidence_collector *evidence;
    struct hmap verdicts;       /* Contains "struct verdict"s. */
    struct ovs_list evidences;  /* What is in them. */
    struct ovs_list stale;      /* Those of 'evidences' that must be judged
                                 * again. */
    struct ovs_list by_seq;     /* The verdicts, the last changed last. */
    uint64_t seq;               /* See judge_get_seq(), */
    uint64_t n_gone;            /* and judge_count_gone(). */
    uint64_t run_seq;           /* 'seq' at the end of judge_run(). */
    bool invalidated;           /* Must all be judged again? */
    long long int deadline;     /* When to do so if nothing else happens. */
    unsigned int n_heavy;
    unsigned int n_restoring;   /* See judge_is_restoring(). */
    size_t n_attributed;        /* Elephants, when last counted, */
    uint64_t n_gone_then;       /* and 'n_gone'. */
    unsigned int n_ambiguous;
};

struct judge *
judge_create(const char *remote)
{
    struct judge *judge = xzalloc(sizeof *judge);

    judge->evidence = evidence_collector_create(remote);
    hmap_init(&judge->verdicts);
    ovs_list_init(&judge->evidences);
    ovs_list_init(&judge->stale);
    ovs_list_init(&judge->by_seq);
    judge->deadline = LLONG_MAX;
    return judge;
}

/* The verdict, or its port, is not what it was. */
static void
note_change(struct judge *judge, struct verdict *v)
{
    v->seq = ++judge->seq;
    ovs_list_remove(&v->seq_node);
    ovs_list_push_back(&judge->by_seq, &v->seq_node);
}

/* Has 'v' count, or not any more, in the sums of its kind. */
static void
count_verdict(struct judge *judge, const struct verdict *v, bool counts)
{
    int n = counts ? 1 : -1;

    judge->n_heavy += v->footprint.class == FOOTPRINT_HEAVY ? n : 0;
    judge->n_restoring += v->restoring ? n : 0;
}

static void
remove_verdict(struct judge *judge, struct verdict *v)
{
    count_verdict(judge, v, false);
    judge->seq++;
    judge->n_gone++;
    hmap_remove(&judge->verdicts, &v->node);
    ovs_list_remove(&v->seq_node);
    evidence_collector_forget(judge->evidence, &v->evidence);
    evidence_destroy(&v->evidence);
    free(v->name);
    free(v);
}

void
judge_destroy(struct judge *judge)
{
    struct verdict *v;

    if (!judge) {
        return;
    }
    HMAP_FOR_EACH_SAFE (v, node, &judge->verdicts) {
        remove_verdict(judge, v);
    }
    hmap_destroy(&judge->verdicts);
    evidence_collector_destroy(judge->evidence);
    free(judge);
}

void
judge_invalidate(struct judge *judge)
{
    judge->invalidated = true;
}

/* Whom there is to judge. */

static struct verdict *
find_verdict(const struct judge *judge, const struct port *port)
{
    struct verdict *v;

    HMAP_FOR_EACH_WITH_HASH (v, node, port->name_node.hash, &judge->verdicts) {
        if (uuid_equals(&v->uuid, &port->uuid)
            && !strcmp(v->name, port->name)) {
            return v;
        }
    }
    return NULL;
}

const struct verdict *
judge_get_verdict(const struct judge *judge, const struct port *port)
{
    const struct verdict *v = find_verdict(judge, port);

    ovs_assert(v);
    return v;
}

/* A restart must not make a heavy container light: what a previous run
 * published is where we begin. */
static void
init_verdict(struct verdict *v, const struct published *previous,
             long long int now)
{
    if (previous->class != FOOTPRINT_UNKNOWN) {
        evidence_collector_restore(&v->evidence, previous);
        footprint_restore(&v->footprint, previous->class, previous->role,
                          previous->since, now);
        v->kind = previous->kind;
    } else {
        footprint_init(&v->footprint, false, time_wall_msec());
    }
}

static struct verdict *
add_verdict(struct judge *judge, const struct port *port, long long int now)
{
    struct verdict *v = xzalloc(sizeof *v);

    v->name = xstrdup(port->name);
    v->uuid = port->uuid;
    hmap_insert(&judge->verdicts, &v->node, port->name_node.hash);
    ovs_list_init(&v->seq_node);
    evidence_init(&v->evidence, &judge->evidences);
    init_verdict(v, &port->previous, now);
    count_verdict(judge, v, true);
    note_change(judge, v);
    return v;
}

/* Makes those who are judged the ports of 't'. */
static void
update_verdicts(struct judge *judge, const struct topology *t,
                long long int now)
{
    const struct port *port;
    struct verdict *v;

    HMAP_FOR_EACH (v, node, &judge->verdicts) {
        v->seen = false;
    }
    HMAP_FOR_EACH (port, name_node, topology_get_ports(t)) {
        v = find_verdict(judge, port);
        if (!v) {
            v = add_verdict(judge, port, now);
        }
        evidence_set_port(&v->evidence, port, NULL);
        v->seen = true;
    }
    HMAP_FOR_EACH (v, node, &judge->verdicts) {
        port = v->seen ? v->evidence.port : NULL;
        if (port && port->parent) {
            evidence_set_port(&v->evidence, port,
                              &find_verdict(judge, port->parent)->evidence);
        }
    }
    HMAP_FOR_EACH_SAFE (v, node, &judge->verdicts) {
        if (!v->seen) {
            remove_verdict(judge, v);
        }
    }
}

/* Makes 'port' that of its verdict, which may be new. */
static void
note_port(struct judge *judge, const struct port *port, long long int now)
{
    struct verdict *v = find_verdict(judge, port);

    if (!v) {
        v = add_verdict(judge, port, now);
    }
    evidence_set_port(&v->evidence, port, NULL);
    evidence_add_stale(&v->evidence, &judge->stale);
    note_change(judge, v);
}

void
judge_note_ports(struct judge *judge, const struct topology *t,
                 const struct ovs_list *changed, long long int now)
{
    const struct port *port;

    LIST_FOR_EACH (port, changed_node, changed) {
        note_port(judge, port, now);
    }
    LIST_FOR_EACH (port, changed_node, changed) {
        if (port->parent) {
            evidence_set_port(&find_verdict(judge, port)->evidence, port,
                              &find_verdict(judge, port->parent)->evidence);
        }
    }
    if (hmap_count(&judge->verdicts) != hmap_count(topology_get_ports(t))) {
        update_verdicts(judge, t, now);
    }
}

/* Counts the elephants of each port, and finds what it does with them.  Who
 * has others than before, perhaps since a port that shared its address and its
 * zone has gone, must be judged again. */
static void
attribute_elephants(struct judge *judge, const struct topology *t,
                    const struct tracker *tracker)
{
    struct elephant **elephants;
    struct verdict *v;
    size_t n;

    judge->n_gone_then = judge->n_gone;
    if (!tracker_count(tracker) && !judge->n_attributed) {
        return;
    }
    HMAP_FOR_EACH (v, node, &judge->verdicts) {
        v->had_elephants = v->evidence.n_elephants;
        v->had_role = v->role;
        evidence_reset_elephants(&v->evidence);
        v->role = FOOTPRINT_NONE;
    }
    judge->n_ambiguous = 0;
    n = judge->n_attributed = tracker_get_all(tracker, &elephants);
    for (size_t i = 0; i < n; i++) {
        struct attribution parts[ATTRIBUTION_MAX];
        bool ambiguous;
        size_t n_parts = attribution_of_flow(t, &elephants[i]->flow, parts,
                                             &ambiguous);

        for (size_t j = 0; j < n_parts; j++) {
            v = find_verdict(judge, parts[j].port);
            evidence_add_elephant(&v->evidence);
            v->role |= parts[j].role;
        }
        judge->n_ambiguous += ambiguous;
    }
    free(elephants);
    HMAP_FOR_EACH (v, node, &judge->verdicts) {
        if (v->had_elephants != v->evidence.n_elephants
            || v->had_role != v->role) {
            evidence_add_stale(&v->evidence, &judge->stale);
        }
    }
}

/* The verdicts. */

/* Returns how many elephants the port has, for all that is known. */
static unsigned int
count_elephants(const struct evidence *e)
{
    return (e->kind == EVIDENCE_COUNTERS ? e->has_counted
            : e->kind == EVIDENCE_VOLUME ? 1
            : evidence_count_elephants(e));
}

/* Can the port be judged now?  That no elephant is seen says nothing as long
 * as those of a previous run of the daemon may not have been found again. */
static bool
can_judge(const struct evidence *e)
{
    bool heavy = count_elephants(e);

    return ((!e->pending || (e->kind == EVIDENCE_FLOWS && heavy))
            && (!e->restoring || heavy));
}

static bool
footprint_equals(const struct footprint *a, const struct footprint *b)
{
    return (a->class == b->class
            && a->role == b->role
            && a->n_elephants == b->n_elephants
            && a->since == b->since);
}

/* 'wall' is the time of day at 'now'.  Returns true if the verdict, as others
 * see it, differs from before. */
static bool
judge_port(struct verdict *v, unsigned int heavy_hold, long long int now,
           long long int wall)
{
    const struct footprint old = v->footprint;
    enum evidence_kind old_kind = v->kind;
    enum evidence_kind old_judged_kind = v->judged_kind;
    bool was_restoring = v->restoring;
    const struct evidence *e = &v->evidence;
    const struct footprint_inputs inputs = {
        .judged = e->kind != EVIDENCE_NONE,
        .n_elephants = count_elephants(e),
        .role = (e->kind == EVIDENCE_COUNTERS ? e->judge.role
                 : e->kind == EVIDENCE_VOLUME
                 ? counter_judge_get_role(&e->judge)
                 : v->role),
        .hold = heavy_hold,
    };

    if (can_judge(e)
        && footprint_update(&v->footprint, &inputs, now, wall)
        && e->port->is_container) {
        bool is_news = (old.class == FOOTPRINT_HEAVY
                        || v->footprint.class == FOOTPRINT_HEAVY);

        VLOG(is_news ? VLL_INFO : VLL_DBG, "%s is %s (was %s)", v->name,
             footprint_class_to_string(v->footprint.class),
             footprint_class_to_string(old.class));
    }
    if (v->footprint.class != old.class || v->kind == EVIDENCE_NONE
        || evidence_count_elephants(e) || !e->is_adaptive) {
        v->kind = e->kind;
    }
    v->restoring = e->restoring;
    v->judged_kind = e->kind;
    return (!footprint_equals(&v->footprint, &old) || v->kind != old_kind
            || v->restoring != was_restoring
            || v->judged_kind != old_judged_kind);
}

/* What judging takes all the way down. */
struct round {
    struct judge *judge;
    unsigned int heavy_hold;    /* In seconds. */
    long long int now;
    long long int wall;         /* The time of day at 'now'. */
};

/* Brings 'v' and the sums up to date. */
static void
judge_again(struct round *round, struct verdict *v)
{
    struct judge *judge = round->judge;

    count_verdict(judge, v, false);
    if (judge_port(v, round->heavy_hold, round->now, round->wall)) {
        note_change(judge, v);
    }
    count_verdict(judge, v, true);
    if (can_judge(&v->evidence)) {
        long long int deadline
            = footprint_get_deadline(&v->footprint, round->heavy_hold);

        judge->deadline = MIN(judge->deadline, deadline);
    }
}

static void
judge_all(struct round *round)
{
    struct verdict *v;

    round->judge->deadline = LLONG_MAX;
    HMAP_FOR_EACH (v, node, &round->judge->verdicts) {
        judge_again(round, v);
    }
}

static void
judge_stale(struct round *round)
{
    const struct evidence *e;

    LIST_FOR_EACH (e, stale_node, &round->judge->stale) {
        judge_again(round, CONTAINER_OF(e, struct verdict, evidence));
    }
}

enum judge_result
judge_run(struct judge *judge, const struct judge_inputs *in,
          long long int now)
{
    const struct evidence_inputs evidence = {
        .evidences = &judge->evidences,
        .stale = &judge->stale,
        .topology = in->topology,
        .view = in->view,
        .force = judge->invalidated,
    };
    struct round round = {
        .judge = judge, .heavy_hold = in->heavy_hold,
        .now = now, .wall = time_wall_msec(),
    };
    enum evidence_extent extent;
    bool any_changed;

    if (judge->invalidated) {
        judge->invalidated = false;
        update_verdicts(judge, in->topology, now);
    }
    if (evidence.force || !ovs_list_is_empty(&judge->stale)
        || judge->n_gone != judge->n_gone_then) {
        attribute_elephants(judge, in->topology, in->tracker);
    }
    extent = evidence_collector_run(judge->evidence, &evidence, now);
    if (evidence.force || extent == EVIDENCE_ALL || now >= judge->deadline) {
        judge_all(&round);
    } else {
        judge_stale(&round);
    }
    evidence_clear_stale(&judge->stale);
    any_changed = judge->seq != judge->run_seq;
    judge->run_seq = judge->seq;
    return (evidence.force ? JUDGE_ALL
            : any_changed ? JUDGE_SOME
            : JUDGE_NO_CHANGE);
}

void
judge_wait(const struct judge *judge)
{
    evidence_collector_wait(judge->evidence);
    if (judge->invalidated || !ovs_list_is_empty(&judge->stale)) {
        poll_immediate_wake();
    }
    poll_timer_wait_until(judge->deadline);
}

uint64_t
judge_get_seq(const struct judge *judge)
{
    return judge->seq;
}

const struct verdict *
judge_get_changed(const struct judge *judge, uint64_t seq,
                  const struct verdict *v)
{
    const struct ovs_list *list = v ? &v->seq_node : &judge->by_seq;

    if (list->prev == &judge->by_seq) {
        return NULL;
    }
    v = CONTAINER_OF(list->prev, struct verdict, seq_node);
    return v->seq > seq ? v : NULL;
}

uint64_t
judge_count_gone(const struct judge *judge)
{
    return judge->n_gone;
}

bool
judge_needs_flows(const struct judge *judge, const struct port *port)
{
    const struct verdict *v = find_verdict(judge, port);

    if (v && !evidence_needs_flows(&v->evidence)) {
        return false;
    }
    return ((v && evidence_has_begun(&v->evidence))
            || !port_is_adaptive(port));
}

uint64_t
judge_get_tracking_seq(const struct judge *judge)
{
    return evidence_collector_get_tracking_seq(judge->evidence);
}

bool
judge_is_anybody_tracked(const struct judge *judge)
{
    return evidence_collector_is_anybody_tracked(judge->evidence);
}

unsigned int
judge_count_heavy(const struct judge *judge)
{
    return judge->n_heavy;
}

bool
judge_is_restoring(const struct judge *judge)
{
    return judge->n_restoring > 0;
}

unsigned int
judge_count_ambiguous(const struct judge *judge)
{
    return judge->n_ambiguous;
}
