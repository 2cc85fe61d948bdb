/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "pipeline/pipeline-elephants.h"

#include <stdlib.h>

#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "pipeline/flow-table.h"
#include "pipeline/pipeline-flows.h"
#include "pipeline/pipeline-types.h"
#include "util.h"

struct treated {
    struct hmap_node node;      /* In pipeline_elephants's 'all', by tuple. */
    struct pipeline_elephant elephant;
    struct ovs_list claims;     /* Contains the flow table's claims. */
    unsigned int round;         /* 'round' of the pipeline_elephants when this
                                 * was last asked for. */
};

struct pipeline_elephants {
    struct flow_table *ft;      /* Not owned. */
    struct hmap all;            /* Contains "struct treated"s. */
    struct pipeline_layout layout;
    bool placed;                /* Does 'layout' say anything? */
    unsigned int round;
};

/* Claims on their way to a list. */
struct claimant {
    struct flow_table *ft;
    struct ovs_list *claims;
};

struct pipeline_elephants *
pipeline_elephants_create(struct flow_table *ft)
{
    struct pipeline_elephants *pe = xzalloc(sizeof *pe);

    pe->ft = ft;
    hmap_init(&pe->all);
    return pe;
}

static void
treated_destroy(struct pipeline_elephants *pe, struct treated *t)
{
    flow_table_release(pe->ft, &t->claims);
    hmap_remove(&pe->all, &t->node);
    free(t);
}

void
pipeline_elephants_destroy(struct pipeline_elephants *pe)
{
    struct treated *t;

    if (!pe) {
        return;
    }
    HMAP_FOR_EACH_SAFE (t, node, &pe->all) {
        treated_destroy(pe, t);
    }
    hmap_destroy(&pe->all);
    free(pe);
}

static struct treated *
treated_find(const struct pipeline_elephants *pe,
             const struct pipeline_elephant *e, uint32_t hash)
{
    struct treated *t;

    HMAP_FOR_EACH_WITH_HASH (t, node, hash, &pe->all) {
        if (t->elephant.ofport == e->ofport
            && t->elephant.endpoint_vlan == e->endpoint_vlan
            && ct_tuple_equals(&t->elephant.tuple, &e->tuple)) {
            return t;
        }
    }
    return NULL;
}

static void
claim_cb(const struct flow_spec *spec, void *claimant_)
{
    struct claimant *claimant = claimant_;

    flow_table_claim(claimant->ft, spec, 0, claimant->claims);
}

/* Makes the claims of 't' what they should be now.  The new ones come before
 * the old ones go, so that flows in both are left alone. */
static void
renew_claims(struct pipeline_elephants *pe, struct treated *t)
{
    struct ovs_list new_claims = OVS_LIST_INITIALIZER(&new_claims);
    struct claimant claimant = { .ft = pe->ft, .claims = &new_claims };

    if (pe->placed) {
        pipeline_flows_for_elephant(&pe->layout, &t->elephant, claim_cb,
                                    &claimant);
    }
    flow_table_release(pe->ft, &t->claims);
    ovs_list_push_back_all(&t->claims, &new_claims);
}

static struct treated *
treated_create(struct pipeline_elephants *pe,
               const struct pipeline_elephant *e, uint32_t hash)
{
    struct treated *t = xzalloc(sizeof *t);

    t->elephant = *e;
    ovs_list_init(&t->claims);
    hmap_insert(&pe->all, &t->node, hash);
    renew_claims(pe, t);
    return t;
}

/* A flow, and whether it is an elephant's. */
struct candidate {
    const struct flow_spec *spec;
    bool is_it;
};

/* 'bare' is the flow of an elephant to whose packets nothing is done.  Where
 * packets go back by another register, it would have them go round. */
static void
compare_cb(const struct flow_spec *bare, void *candidate_)
{
    struct candidate *c = candidate_;
    const struct flow_spec *spec = c->spec;
    size_t more = spec->ofpacts_len - bare->ofpacts_len;

    c->is_it = (spec->table_id == bare->table_id
                && spec->priority == bare->priority
                && spec->cookie == bare->cookie
                && spec->ofpacts_len > bare->ofpacts_len
                && flow_actions_equal(
                       ALIGNED_CAST(const struct ofpact *,
                                    (const char *) spec->ofpacts + more),
                       bare->ofpacts_len, bare->ofpacts, bare->ofpacts_len));
}

/* Is it the flow of some elephant, where such flows are now? */
static bool
is_an_elephants(const struct flow_spec *spec, const void *pe_)
{
    const struct pipeline_elephants *pe = pe_;
    const struct pipeline_elephant idle = { .treatment = { .dscp = -1 } };
    struct candidate c = { .spec = spec };

    if (pe->placed) {
        pipeline_flows_for_elephant(&pe->layout, &idle, compare_cb, &c);
    }
    return c.is_it;
}

void
pipeline_elephants_set(struct pipeline_elephants *pe,
                       const struct pipeline_elephant *elephants, size_t n,
                       bool all)
{
    struct treated *t;

    flow_table_keep(pe->ft, all ? NULL : is_an_elephants, pe);
    pe->round++;
    for (size_t i = 0; i < n; i++) {
        const struct pipeline_elephant *e = &elephants[i];
        uint32_t hash = ct_tuple_hash_symmetric(&e->tuple);

        t = treated_find(pe, e, hash);
        if (!t) {
            t = treated_create(pe, e, hash);
        } else if (!pipeline_treatment_equal(&t->elephant.treatment,
                                             &e->treatment)) {
            t->elephant.treatment = e->treatment;
            renew_claims(pe, t);
        }
        t->round = pe->round;
    }
    HMAP_FOR_EACH_SAFE (t, node, &pe->all) {
        if (t->round != pe->round) {
            treated_destroy(pe, t);
        }
    }
}

bool
pipeline_elephants_is_empty(const struct pipeline_elephants *pe)
{
    return hmap_is_empty(&pe->all);
}

void
pipeline_elephants_place(struct pipeline_elephants *pe,
                         const struct pipeline_layout *layout)
{
    struct treated *t;

    pe->placed = layout != NULL;
    if (layout) {
        pe->layout = *layout;
    }
    HMAP_FOR_EACH (t, node, &pe->all) {
        renew_claims(pe, t);
    }
}
