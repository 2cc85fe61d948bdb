/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "policy/queue-plan.h"

#include <inttypes.h>
#include <stdlib.h>

#include "ovsdb/footprint-keys.h"
#include "policy/policy-scope.h"
#include "settings/policy-setting.h"
#include "topology/topology.h"
#include "util.h"

/* The part of an uplink that a queue is guaranteed if nobody says how much: so
 * much that elephants are not brought to a halt by anybody, and so little that
 * mice do not notice. */
#define DEFAULT_SHARE 10        /* One tenth. */

void
queue_plan_init(struct queue_plan *plan)
{
    *plan = (struct queue_plan) { .queues = NULL };
}

void
queue_plan_destroy(struct queue_plan *plan)
{
    for (size_t i = 0; i < plan->n; i++) {
        free(plan->queues[i].port);
    }
    free(plan->queues);
    free(plan->problem);
}

static const struct queue_wish *
find_wish(const struct queue_plan *plan, uint32_t id)
{
    for (size_t i = 0; i < plan->n; i++) {
        if (plan->queues[i].id == id) {
            return &plan->queues[i];
        }
    }
    return NULL;
}

static struct queue_wish *
add_queue(struct queue_plan *plan, uint32_t id)
{
    plan->queues = xrealloc(plan->queues,
                            (plan->n + 1) * sizeof *plan->queues);
    plan->queues[plan->n] = (struct queue_wish) { .id = id };
    return &plan->queues[plan->n++];
}

/* Adds what 'policy' of 'port' says.  Of two who say different rates of one
 * queue the first has its way, in the order in which ports are listed. */
static void
add_policy(struct queue_plan *plan, const struct policy *policy,
           const char *port)
{
    struct queue_wish *q = CONST_CAST(struct queue_wish *,
                                      find_wish(plan, policy->queue));

    if (!q) {
        q = add_queue(plan, policy->queue);
    }
    if (!policy->min_rate && !policy->max_rate) {
        return;
    }
    if (!q->port) {
        q->port = xstrdup(port);
        q->min_rate = policy->min_rate;
        q->max_rate = policy->max_rate;
    } else if (!plan->problem && (q->min_rate != policy->min_rate
                                  || q->max_rate != policy->max_rate)) {
        plan->problem = xasprintf("%s and %s give queue %"PRIu32" different "
                                  "rates in external_ids:"FP_CFG_POLICY": "
                                  "those of %s are in force, use another "
                                  "queue for the other", q->port, port, q->id,
                                  q->port);
    }
}

static int
compare_queues(const void *a_, const void *b_)
{
    const struct queue_wish *a = a_;
    const struct queue_wish *b = b_;

    return a->id < b->id ? -1 : a->id > b->id;
}

static bool
asks_for_queue(const struct port *port)
{
    return (port_get_policy(port)->queue && port->is_container
            && policy_scope_has(port));
}

static bool
does_anybody_ask(const struct topology *topology)
{
    const struct port *port;

    HMAP_FOR_EACH (port, name_node, topology_get_ports(topology)) {
        if (asks_for_queue(port)) {
            return true;
        }
    }
    return false;
}

/* Adds the queues that anybody asks for, in the order of ports, so that the
 * same one counts each time where two say different things. */
static void
add_policies(struct queue_plan *plan, const struct topology *topology)
{
    const struct port **ports;
    size_t n = topology_sort_ports(topology, &ports);

    for (size_t i = 0; i < n; i++) {
        if (asks_for_queue(ports[i])) {
            add_policy(plan, port_get_policy(ports[i]), ports[i]->name);
        }
    }
    free(ports);
    qsort(plan->queues, plan->n, sizeof *plan->queues, compare_queues);
}

void
queue_plan_update(struct queue_plan *plan, const struct topology *topology)
{
    queue_plan_destroy(plan);
    queue_plan_init(plan);
    if (does_anybody_ask(topology)) {
        add_policies(plan, topology);
    }
}

bool
queue_plan_divide(const struct queue_plan *plan, uint64_t speed,
                  struct queue_wish given[])
{
    uint64_t rest = speed;

    for (size_t i = 0; i < plan->n; i++) {
        struct queue_wish *q = &given[i + 1];

        *q = plan->queues[i];
        q->max_rate = MIN(q->max_rate ? q->max_rate : speed, speed);
        if (!q->min_rate) {
            q->min_rate = MIN(speed / DEFAULT_SHARE / plan->n, q->max_rate);
        }
        if (q->min_rate > rest) {
            return false;
        }
        rest -= q->min_rate;
    }
    given[0] = (struct queue_wish) { .min_rate = rest, .max_rate = speed };
    return true;
}
