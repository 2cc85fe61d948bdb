/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "evidence/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "topology/published.h"
#include "util.h"

void
evidence_destroy(struct evidence *e)
{
    visibility_destroy(&e->visibility);
    free(e->wire_reason);
}

void
evidence_restore(struct evidence *e, const struct published *previous)
{
    e->restoring = true;
    e->was_seen = previous->kind == EVIDENCE_FLOWS;
    e->zone = previous->zone;
}

bool
evidence_is_denied(const struct evidence *e)
{
    return e->passage.denied && e->n_elephants && !e->judge.elephant;
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
evidence_is_as_wished(const struct evidence *e)
{
    return (e->reason && (!strcmp(e->reason, EVIDENCE_QUIET)
                          || !strcmp(e->reason, EVIDENCE_STARTING)
                          || !strcmp(e->reason, EVIDENCE_BEFORE)));
}
