/* SPDX-License-Identifier: Apache-2.0 */

/* A set of flows, each with what is wanted of it and what the switch has.
 *
 * One 'struct flow_entry' stands for one table, priority and match.  It exists
 * as long as somebody wants the flow or the switch has it:
 *
 *                     |  absent        different       like the claim
 *     ----------------+----------------------------------------------
 *     claimed         |  add           replace         nothing to do
 *     not claimed     |  (no entry)    delete          (cannot be)
 *
 * A flow that nobody claims may also be kept, see flow_table_keep(): then
 * there is nothing to do about it either.
 *
 * Entries with something to do are on 'todo'.  While a change is on its way to
 * the switch they are on 'flight' instead, and what was decided about them
 * meanwhile is made up for when the outcome is known. */

#include <config.h>

#include "pipeline/flow-table.h"

#include "hash.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/match.h"
#include "openvswitch/meta-flow.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofp-flow.h"
#include "openvswitch/ofpbuf.h"
#include "util.h"

/* What the switch has at the place of an entry, as last known. */
enum flow_presence {
    FLOW_ABSENT,                /* Nothing. */
    FLOW_DIFFERENT,             /* A flow, but not what the claim in force
                                 * says; or there is no claim. */
    FLOW_PRESENT,               /* What the claim in force says. */
};

/* The list, if any, that an entry is on. */
enum flow_queue {
    FLOW_QUEUE_NONE,            /* Nothing is to be done. */
    FLOW_QUEUE_TODO,
    FLOW_QUEUE_FLIGHT,
};

struct flow_entry {
    struct hmap_node node;      /* In flow_table's 'entries'. */
    uint8_t table_id;
    uint16_t priority;
    struct minimatch match;

    struct ovs_list claims;     /* Contains "struct flow_claim"s by rank; the
                                 * first is in force. */
    ovs_be64 cookie;            /* Cookie in the switch, if not absent. */
    enum flow_presence presence;
    bool kept;                  /* Stays although there is no claim. */

    enum flow_queue queue;
    struct ovs_list queue_node; /* In flow_table's 'todo' or 'flight'. */
    bool adding;                /* In flight: being added or replaced, as
                                 * opposed to deleted. */
    bool stale;                 /* In flight: what is being added is not what
                                 * is wanted any more. */
};

struct flow_claim {
    struct ovs_list entry_node; /* In 'entry''s 'claims'. */
    struct ovs_list owner_node; /* In the owner's list. */
    struct flow_entry *entry;
    uint32_t rank;
    ovs_be64 cookie;
    struct ofpact *ofpacts;     /* Owned. */
    size_t ofpacts_len;
};

struct flow_table {
    struct hmap entries;        /* Contains "struct flow_entry"s. */
    struct ovs_list todo;
    struct ovs_list flight;
    size_t n_there;             /* Entries that are not absent. */

    /* See flow_table_keep(). */
    flow_table_keep_cb *is_kept;
    const void *aux;
};

struct flow_table *
flow_table_create(void)
{
    struct flow_table *ft = xzalloc(sizeof *ft);

    hmap_init(&ft->entries);
    ovs_list_init(&ft->todo);
    ovs_list_init(&ft->flight);
    return ft;
}

static void
flow_entry_destroy(struct flow_table *ft, struct flow_entry *e)
{
    ovs_assert(ovs_list_is_empty(&e->claims));
    if (e->queue != FLOW_QUEUE_NONE) {
        ovs_list_remove(&e->queue_node);
    }
    hmap_remove(&ft->entries, &e->node);
    minimatch_destroy(&e->match);
    free(e);
}

void
flow_table_destroy(struct flow_table *ft)
{
    if (ft) {
        struct flow_entry *e;

        HMAP_FOR_EACH_SAFE (e, node, &ft->entries) {
            flow_entry_destroy(ft, e);
        }
        hmap_destroy(&ft->entries);
        free(ft);
    }
}

static struct flow_claim *
flow_entry_claim(const struct flow_entry *e)
{
    return (ovs_list_is_empty(&e->claims)
            ? NULL
            : CONTAINER_OF(ovs_list_front(&e->claims),
                           struct flow_claim, entry_node));
}

static uint32_t
flow_spec_hash(const struct flow_spec *spec, const struct minimatch *match)
{
    return minimatch_hash(match, hash_2words(spec->table_id, spec->priority));
}

static struct flow_entry *
flow_table_find(const struct flow_table *ft, const struct flow_spec *spec,
                const struct minimatch *match)
{
    struct flow_entry *e;

    HMAP_FOR_EACH_WITH_HASH (e, node, flow_spec_hash(spec, match),
                             &ft->entries) {
        if (e->table_id == spec->table_id
            && e->priority == spec->priority
            && minimatch_equal(&e->match, match)) {
            return e;
        }
    }
    return NULL;
}

/* Returns the entry for 'spec', or null if there is none. */
static struct flow_entry *
flow_table_lookup(const struct flow_table *ft, const struct flow_spec *spec)
{
    struct minimatch match;
    minimatch_init(&match, spec->match);

    struct flow_entry *e = flow_table_find(ft, spec, &match);
    minimatch_destroy(&match);
    return e;
}

/* Returns the entry for 'spec', a new one if there was none. */
static struct flow_entry *
flow_table_get(struct flow_table *ft, const struct flow_spec *spec)
{
    struct minimatch match;
    minimatch_init(&match, spec->match);

    struct flow_entry *e = flow_table_find(ft, spec, &match);
    if (!e) {
        e = xzalloc(sizeof *e);
        e->table_id = spec->table_id;
        e->priority = spec->priority;
        minimatch_clone(&e->match, &match);
        ovs_list_init(&e->claims);
        hmap_insert(&ft->entries, &e->node, flow_spec_hash(spec, &match));
    }
    minimatch_destroy(&match);
    return e;
}

/* Puts 'e' where it belongs, now that what is wanted of it or what is there
 * has changed.  Frees 'e' if there is no reason left for it. */
static void
flow_entry_update(struct flow_table *ft, struct flow_entry *e)
{
    if (e->queue == FLOW_QUEUE_FLIGHT) {
        return;                 /* flow_table_finish() will come here. */
    }

    bool wanted = !ovs_list_is_empty(&e->claims);
    if (!wanted && e->presence == FLOW_ABSENT) {
        flow_entry_destroy(ft, e);
        return;
    }

    bool settled = wanted ? e->presence == FLOW_PRESENT : e->kept;
    if (settled && e->queue == FLOW_QUEUE_TODO) {
        ovs_list_remove(&e->queue_node);
        e->queue = FLOW_QUEUE_NONE;
    } else if (!settled && e->queue == FLOW_QUEUE_NONE) {
        ovs_list_push_back(&ft->todo, &e->queue_node);
        e->queue = FLOW_QUEUE_TODO;
    }
}

static void
flow_entry_set_presence(struct flow_table *ft, struct flow_entry *e,
                        enum flow_presence presence)
{
    ft->n_there -= e->presence != FLOW_ABSENT;
    ft->n_there += presence != FLOW_ABSENT;
    e->presence = presence;
    flow_entry_update(ft, e);
}

/* The claim in force on 'e' is not what it was. */
static void
flow_entry_claim_changed(struct flow_table *ft, struct flow_entry *e)
{
    if (e->queue == FLOW_QUEUE_FLIGHT) {
        e->stale = true;
    }
    flow_entry_set_presence(ft, e, (e->presence == FLOW_ABSENT
                                    ? FLOW_ABSENT : FLOW_DIFFERENT));
}

static bool
set_field_equals(const struct ofpact_set_field *a,
                 const struct ofpact_set_field *b)
{
    return (a->field == b->field
            && !memcmp(a->value, b->value, a->field->n_bytes)
            && !memcmp(ofpact_set_field_mask(a), ofpact_set_field_mask(b),
                       a->field->n_bytes));
}

/* Compares two actions, but not what is nested in them. */
static bool
action_equals(const struct ofpact *a, const struct ofpact *b)
{
    if (a->type != b->type || a->len != b->len) {
        return false;
    } else if (a->type == OFPACT_SET_FIELD) {
        return set_field_equals(ofpact_get_SET_FIELD(a),
                                ofpact_get_SET_FIELD(b));
    } else if (a->type == OFPACT_CT) {
        return !memcmp(a + 1, b + 1, offsetof(struct ofpact_conntrack, actions)
                                     - sizeof *a);
    } else if (a->type == OFPACT_CLONE) {
        return true;
    } else {
        size_t len = OFPACT_ALIGN(a->len);

        return (!memcmp(a + 1, b + 1, a->len - sizeof *a)
                || ofpacts_equal_stringwise(a, len, b, len));
    }
}

/* Returns true if two lists of actions do the same.
 *
 * ofpacts_equal() and ofpacts_equal_stringwise() see differences where there
 * are none: they look at whether an action was encoded as "load" or as
 * "set_field", which depends on the OpenFlow version, and ofpacts_equal() at
 * padding. */
bool
flow_actions_equal(const struct ofpact *a, size_t a_len,
                   const struct ofpact *b, size_t b_len)
{
    const struct ofpact *end = ofpact_end(a, a_len);

    if (a_len != b_len) {
        return false;
    }
    while (a < end) {
        if (!action_equals(a, b)) {
            return false;
        }
        a = ofpact_next_flattened(a);
        b = ofpact_next_flattened(b);
    }
    return true;
}

static bool
flow_claim_equals(const struct flow_claim *a, const struct flow_claim *b)
{
    return (a->cookie == b->cookie
            && flow_actions_equal(a->ofpacts, a->ofpacts_len,
                                  b->ofpacts, b->ofpacts_len));
}

static void
flow_entry_insert_claim(struct flow_entry *e, struct flow_claim *claim)
{
    struct flow_claim *other;

    LIST_FOR_EACH (other, entry_node, &e->claims) {
        if (claim->rank < other->rank) {
            ovs_list_insert(&other->entry_node, &claim->entry_node);
            return;
        }
    }
    ovs_list_push_back(&e->claims, &claim->entry_node);
}

void
flow_table_claim(struct flow_table *ft, const struct flow_spec *spec,
                 uint32_t rank, struct ovs_list *claims)
{
    struct flow_entry *e = flow_table_get(ft, spec);
    struct flow_claim *old = flow_entry_claim(e);
    struct flow_claim *claim = xmalloc(sizeof *claim);

    claim->entry = e;
    claim->rank = rank;
    claim->cookie = spec->cookie;
    claim->ofpacts = xmemdup(spec->ofpacts, spec->ofpacts_len);
    claim->ofpacts_len = spec->ofpacts_len;
    flow_entry_insert_claim(e, claim);
    ovs_list_push_back(claims, &claim->owner_node);

    if (flow_entry_claim(e) == claim
        && (!old || !flow_claim_equals(old, claim))) {
        flow_entry_claim_changed(ft, e);
    }
}

static void
flow_claim_release(struct flow_table *ft, struct flow_claim *claim)
{
    struct flow_entry *e = claim->entry;
    bool was_in_force = flow_entry_claim(e) == claim;

    ovs_list_remove(&claim->entry_node);
    ovs_list_remove(&claim->owner_node);
    if (was_in_force) {
        struct flow_claim *heir = flow_entry_claim(e);

        if (!heir || !flow_claim_equals(claim, heir)) {
            flow_entry_claim_changed(ft, e);
        }
    }
    free(claim->ofpacts);
    free(claim);
}

void
flow_table_release(struct flow_table *ft, struct ovs_list *claims)
{
    struct flow_claim *claim;

    LIST_FOR_EACH_SAFE (claim, owner_node, claims) {
        flow_claim_release(ft, claim);
    }
}

bool
flow_table_is_granted(const struct ovs_list *claims)
{
    const struct flow_claim *claim;

    LIST_FOR_EACH (claim, owner_node, claims) {
        if (!flow_claim_equals(claim, flow_entry_claim(claim->entry))) {
            return false;
        }
    }
    return true;
}

void
flow_table_forget(struct flow_table *ft)
{
    struct flow_entry *e;

    ovs_assert(ovs_list_is_empty(&ft->flight));
    HMAP_FOR_EACH_SAFE (e, node, &ft->entries) {
        flow_entry_set_presence(ft, e, FLOW_ABSENT);
    }
}

bool
flow_table_saw(struct flow_table *ft, const struct flow_spec *spec)
{
    struct flow_entry *e = flow_table_get(ft, spec);
    struct flow_claim *claim = flow_entry_claim(e);
    bool same = (claim
                 && !spec->transient
                 && spec->cookie == claim->cookie
                 && flow_actions_equal(spec->ofpacts, spec->ofpacts_len,
                                       claim->ofpacts, claim->ofpacts_len));
    bool news = !same || e->presence != FLOW_PRESENT;

    e->cookie = spec->cookie;
    e->kept = ft->is_kept && !spec->transient && ft->is_kept(spec, ft->aux);
    flow_entry_set_presence(ft, e, same ? FLOW_PRESENT : FLOW_DIFFERENT);
    return news;
}

void
flow_table_keep(struct flow_table *ft, flow_table_keep_cb *is_kept,
                const void *aux)
{
    struct flow_entry *e;

    if (is_kept == ft->is_kept) {
        return;
    }
    ft->is_kept = is_kept;
    ft->aux = aux;
    if (!is_kept) {
        HMAP_FOR_EACH_SAFE (e, node, &ft->entries) {
            e->kept = false;
            flow_entry_update(ft, e);
        }
    }
}

bool
flow_table_saw_removal(struct flow_table *ft, const struct flow_spec *spec)
{
    struct flow_entry *e = flow_table_lookup(ft, spec);

    if (!e || e->presence == FLOW_ABSENT) {
        return false;
    }
    flow_entry_set_presence(ft, e, FLOW_ABSENT);
    return true;
}

bool
flow_table_has(const struct flow_table *ft, const struct flow_spec *spec)
{
    const struct flow_entry *e = flow_table_lookup(ft, spec);

    return e && e->presence != FLOW_ABSENT;
}

size_t
flow_table_count(const struct flow_table *ft)
{
    return ft->n_there;
}

bool
flow_table_is_settled(const struct flow_table *ft)
{
    return ovs_list_is_empty(&ft->todo) && ovs_list_is_empty(&ft->flight);
}

static struct ofpbuf *
flow_entry_encode(const struct flow_entry *e, enum ofputil_protocol protocol)
{
    const struct flow_claim *claim = flow_entry_claim(e);
    struct ofputil_flow_mod fm = {
        .priority = e->priority,
        .table_id = e->table_id,
        .command = claim ? OFPFC_ADD : OFPFC_DELETE_STRICT,
        .buffer_id = UINT32_MAX,
        .out_port = OFPP_ANY,
        .out_group = OFPG_ANY,
    };

    if (claim) {
        fm.new_cookie = claim->cookie;
        fm.ofpacts = claim->ofpacts;
        fm.ofpacts_len = claim->ofpacts_len;
    } else {
        /* Only ours: somebody may have put another flow there. */
        fm.cookie = e->cookie;
        fm.cookie_mask = OVS_BE64_MAX;
    }
    minimatch_clone(&fm.match, &e->match);
    struct ofpbuf *msg = ofputil_encode_flow_mod(&fm, protocol);
    minimatch_destroy(&fm.match);
    return msg;
}

/* The order in which changes take effect where they are not atomic: what is
 * jumped to is there before what jumps, and goes after it. */
static int
flow_entry_turn(const struct flow_entry *e)
{
    return (flow_entry_claim(e)
            ? (e->table_id ? 0 : 1)
            : (e->table_id ? 3 : 2));
}

static void
flow_entry_launch(struct flow_table *ft, struct flow_entry *e)
{
    const struct flow_claim *claim = flow_entry_claim(e);

    ovs_list_remove(&e->queue_node);
    ovs_list_push_back(&ft->flight, &e->queue_node);
    e->queue = FLOW_QUEUE_FLIGHT;
    e->adding = claim != NULL;
    e->stale = false;
    if (claim) {
        e->cookie = claim->cookie;
    }
}

size_t
flow_table_start(struct flow_table *ft, enum ofputil_protocol protocol,
                 struct ovs_list *requests)
{
    size_t n = 0;

    ovs_assert(ovs_list_is_empty(&ft->flight));
    for (int turn = 0; turn < 4; turn++) {
        struct flow_entry *e;

        LIST_FOR_EACH_SAFE (e, queue_node, &ft->todo) {
            if (flow_entry_turn(e) == turn) {
                struct ofpbuf *msg = flow_entry_encode(e, protocol);

                ovs_list_push_back(requests, &msg->list_node);
                flow_entry_launch(ft, e);
                n++;
            }
        }
    }
    return n;
}

void
flow_table_finish(struct flow_table *ft, bool done)
{
    struct flow_entry *e;

    LIST_FOR_EACH_POP (e, queue_node, &ft->flight) {
        e->queue = FLOW_QUEUE_NONE;
        if (!done) {
            flow_entry_update(ft, e);
        } else if (!e->adding) {
            flow_entry_set_presence(ft, e, FLOW_ABSENT);
        } else {
            flow_entry_set_presence(ft, e, (e->stale
                                            ? FLOW_DIFFERENT
                                            : FLOW_PRESENT));
        }
    }
}
