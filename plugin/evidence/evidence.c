/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "evidence/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

void
evidence_init(struct evidence *e, struct ovs_list *list)
{
    ovs_list_push_back(list, &e->node);
    ovs_list_init(&e->stale_node);
}

void
evidence_destroy(struct evidence *e)
{
    ovs_list_remove(&e->node);
    ovs_list_remove(&e->stale_node);
    visibility_destroy(&e->wire.visibility);
    free(e->wire.reason);
}

void
evidence_add_stale(struct evidence *e, struct ovs_list *stale)
{
    if (ovs_list_is_empty(&e->stale_node)) {
        ovs_list_push_back(stale, &e->stale_node);
    }
}

void
evidence_clear_stale(struct ovs_list *stale)
{
    struct evidence *e;

    LIST_FOR_EACH_SAFE (e, stale_node, stale) {
        ovs_list_remove(&e->stale_node);
        ovs_list_init(&e->stale_node);
    }
}

void
evidence_set_port(struct evidence *e, const struct port *port,
                  struct evidence *parent)
{
    e->port = port;
    e->parent = parent;
}

void
evidence_reset_elephants(struct evidence *e)
{
    e->n_elephants = 0;
}

void
evidence_add_elephant(struct evidence *e)
{
    e->n_elephants++;
}

const char *
evidence_get_reason(const struct evidence *e)
{
    return e->wire_fault ? e->wire.reason : e->fault;
}

bool
evidence_is_denied(const struct evidence *e)
{
    return e->wire.passage.denied && e->n_elephants && !e->judge.elephant;
}

unsigned int
evidence_count_elephants(const struct evidence *e)
{
    return evidence_is_denied(e) ? 0 : e->n_elephants;
}

bool
evidence_needs_flows(const struct evidence *e)
{
    const struct evidence *owner = e->parent ? e->parent : e;

    return (!owner->elsewhere
            && (!owner->is_adaptive
                || tracking_needs_flows(&owner->tracking)));
}

bool
evidence_has_begun(const struct evidence *e)
{
    const struct evidence *owner = e->parent ? e->parent : e;

    return owner->tracking.state != TRACKING_UNKNOWN;
}

bool
evidence_is_as_wished(const struct evidence *e)
{
    return (e->fault && (!strcmp(e->fault, EVIDENCE_QUIET)
                         || !strcmp(e->fault, EVIDENCE_STARTING)
                         || !strcmp(e->fault, EVIDENCE_BEFORE)));
}
