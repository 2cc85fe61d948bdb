/* SPDX-License-Identifier: Apache-2.0 */

/* The footprints of all ports. */

#include <config.h>
#include "footprint/judge.h"

#include <limits.h>
#include <stdlib.h>

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

VLOG_DEFINE_THIS_MODULE(judge);

struct judge {
    struct evidence_collector *evidence;
    bool recalled;              /* Must all be judged again? */
    long long int deadline;     /* When to do so if nothing else happens. */
    unsigned int n_heavy;
    bool settling;              /* See judge_is_settling(). */
    unsigned int n_ambiguous;
};

struct judge *
judge_create(const char *remote)
{
    struct judge *judge = xzalloc(sizeof *judge);

    judge->evidence = evidence_collector_create(remote);
    judge->deadline = LLONG_MAX;
    return judge;
}

void
judge_destroy(struct judge *judge)
{
    if (judge) {
        evidence_collector_destroy(judge->evidence);
        free(judge);
    }
}

void
judge_recall(struct judge *judge)
{
    judge->recalled = true;
}

/* Counts for each port the elephants that are its, and what it does with
 * them. */
static void
attribute_elephants(struct judge *judge, const struct topology *t,
                    const struct tracker *tracker)
{
    struct elephant **elephants;
    struct port *port;
    size_t n;

    HMAP_FOR_EACH (port, name_node, topology_get_ports(t)) {
        port->n_elephants = 0;
        port->role = FOOTPRINT_NONE;
    }
    judge->n_ambiguous = 0;
    n = tracker_get_all(tracker, &elephants);
    for (size_t i = 0; i < n; i++) {
        struct attribution parts[ATTRIBUTION_MAX];
        bool ambiguous;
        size_t n_parts = attribution_of_flow(t, &elephants[i]->flow, parts,
                                             &ambiguous);

        for (size_t j = 0; j < n_parts; j++) {
            parts[j].port->n_elephants++;
            parts[j].port->role |= parts[j].role;
        }
        judge->n_ambiguous += ambiguous;
    }
    free(elephants);
}

/* Returns how many elephants 'port' has, for all that is known. */
static unsigned int
count_elephants(const struct port *port)
{
    const struct evidence *e = &port->evidence;

    return (e->kind == EVIDENCE_COUNTERS ? e->judge.elephant
            : port->n_elephants);
}

/* Can 'port' be judged now?  That no elephant is seen says nothing as long as
 * those of an earlier life of the daemon may not have been found again. */
static bool
can_judge(const struct port *port)
{
    const struct evidence *e = &port->evidence;

    return !e->pending && (!e->settling || count_elephants(port));
}

/* 'wall' is the time of day at 'now'. */
static void
judge_port(struct port *port, unsigned int heavy_hold, long long int now,
           long long int wall)
{
    const struct evidence *e = &port->evidence;
    bool by_counters = e->kind == EVIDENCE_COUNTERS;
    enum footprint_class old = port->footprint.class;

    if (can_judge(port)
        && footprint_update(&port->footprint, e->kind != EVIDENCE_NONE,
                            count_elephants(port),
                            by_counters ? e->judge.role : port->role,
                            heavy_hold, now, wall)
        && port->is_container) {
        bool is_news = (old == FOOTPRINT_HEAVY
                        || port->footprint.class == FOOTPRINT_HEAVY);

        VLOG(is_news ? VLL_INFO : VLL_DBG, "%s is %s (was %s)", port->name,
             footprint_class_to_string(port->footprint.class),
             footprint_class_to_string(old));
    }
}

static void
judge_ports(struct judge *judge, const struct topology *t,
            unsigned int heavy_hold, long long int now)
{
    long long int wall = time_wall_msec();
    struct port *port;

    judge->n_heavy = 0;
    judge->settling = false;
    judge->deadline = LLONG_MAX;
    HMAP_FOR_EACH (port, name_node, topology_get_ports(t)) {
        judge_port(port, heavy_hold, now, wall);
        judge->n_heavy += port->footprint.class == FOOTPRINT_HEAVY;
        judge->settling |= port->evidence.settling;
        if (can_judge(port)) {
            long long int deadline
                = footprint_get_deadline(&port->footprint, heavy_hold);

            judge->deadline = MIN(judge->deadline, deadline);
        }
    }
}

bool
judge_run(struct judge *judge, const struct topology *t,
          const struct tracker *tracker, const struct evidence_eyes *eyes,
          unsigned int heavy_hold, long long int now)
{
    bool recalled = judge->recalled;

    judge->recalled = false;
    if (recalled) {
        attribute_elephants(judge, t, tracker);
    }
    if (!evidence_collector_run(judge->evidence, t, eyes, recalled, now)
        && !recalled && now < judge->deadline) {
        return false;
    }
    judge_ports(judge, t, heavy_hold, now);
    return true;
}

void
judge_wait(const struct judge *judge)
{
    evidence_collector_wait(judge->evidence);
    if (judge->recalled) {
        poll_immediate_wake();
    }
    poll_timer_wait_until(judge->deadline);
}

unsigned int
judge_count_heavy(const struct judge *judge)
{
    return judge->n_heavy;
}

bool
judge_is_settling(const struct judge *judge)
{
    return judge->settling;
}

unsigned int
judge_count_ambiguous(const struct judge *judge)
{
    return judge->n_ambiguous;
}
