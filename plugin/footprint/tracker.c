/* SPDX-License-Identifier: Apache-2.0 */

/* The elephants that exist now.
 *
 * A flow enters when a detector reports it and leaves when its conntrack entry
 * is deleted, when its zone is taken away, or at its deadline: its zone's hold
 * time after it last moved fast enough.  The detector does not report every
 * fast moment of an elephant, since that would cost an event per chunk of
 * bytes.  So at the deadline the tracker asks, once, and usually learns of a
 * later deadline: an elephant costs one question per hold time. */

#include <config.h>
#include "footprint/tracker.h"

#include <limits.h>
#include <stdlib.h>

#include "conntrack/ct-zone.h"
#include "hash.h"
#include "util.h"

#define DEFAULT_HOLD 30

/* What the tracker knows about one zone. */
struct zone {
    struct ovs_list elephants;  /* Contains "struct elephant"s. */
    unsigned int hold;          /* Seconds. */
};

struct tracker {
    struct hmap elephants;      /* Contains "struct elephant"s. */
    struct hmap tuples;         /* The same by zone and tuple. */
    struct zone *zones[CT_N_ZONES]; /* Null for a zone never heard of. */
    uint64_t seq;               /* See tracker_get_seq(). */
};

struct tracker *
tracker_create(void)
{
    struct tracker *t = xzalloc(sizeof *t);

    hmap_init(&t->elephants);
    hmap_init(&t->tuples);
    return t;
}

static void
elephant_destroy(struct tracker *t, struct elephant *e)
{
    t->seq++;
    hmap_remove(&t->elephants, &e->node);
    hmap_remove(&t->tuples, &e->tuple_node);
    ovs_list_remove(&e->zone_node);
    free(e);
}

void
tracker_destroy(struct tracker *t)
{
    struct elephant *e;

    if (!t) {
        return;
    }
    HMAP_FOR_EACH_SAFE (e, node, &t->elephants) {
        elephant_destroy(t, e);
    }
    hmap_destroy(&t->elephants);
    hmap_destroy(&t->tuples);
    for (size_t i = 0; i < CT_N_ZONES; i++) {
        free(t->zones[i]);
    }
    free(t);
}

static struct zone *
get_zone(struct tracker *t, uint16_t id)
{
    if (!t->zones[id]) {
        struct zone *zone = xmalloc(sizeof *zone);

        ovs_list_init(&zone->elephants);
        zone->hold = DEFAULT_HOLD;
        t->zones[id] = zone;
    }
    return t->zones[id];
}

static struct elephant *
find_elephant(const struct tracker *t, uint64_t id)
{
    struct elephant *e;

    HMAP_FOR_EACH_WITH_HASH (e, node, hash_uint64(id), &t->elephants) {
        if (e->flow.id == id) {
            return e;
        }
    }
    return NULL;
}

static bool
is_same_flow(const struct ct_flow *a, const struct ct_flow *b)
{
    return a->zone == b->zone && ct_tuple_equals(&a->tuple, &b->tuple);
}

static uint32_t
hash_tuple(const struct ct_flow *flow)
{
    return hash_int(flow->zone, ct_tuple_hash_symmetric(&flow->tuple));
}

/* Returns the elephant that is 'flow', whatever its ID, or null. */
static struct elephant *
find_tuple(const struct tracker *t, const struct ct_flow *flow)
{
    struct elephant *e;

    HMAP_FOR_EACH_WITH_HASH (e, tuple_node, hash_tuple(flow), &t->tuples) {
        if (is_same_flow(&e->flow, flow)) {
            return e;
        }
    }
    return NULL;
}

static void
set_deadline(const struct tracker *t, struct elephant *e)
{
    const struct zone *zone = t->zones[e->flow.zone];

    e->deadline = e->flow.last_fast + zone->hold * 1000LL;
}

void
tracker_set_hold(struct tracker *t, uint16_t id, unsigned int hold)
{
    struct zone *zone = get_zone(t, id);

    if (zone->hold != hold) {
        struct elephant *e;

        zone->hold = hold;
        LIST_FOR_EACH (e, zone_node, &zone->elephants) {
            set_deadline(t, e);
        }
    }
}

static struct elephant *
add_elephant(struct tracker *t, const struct ct_flow *flow, long long int now)
{
    struct elephant *e = xzalloc(sizeof *e);

    e->flow = *flow;
    e->since = now;
    t->seq++;
    hmap_insert(&t->elephants, &e->node, hash_uint64(flow->id));
    hmap_insert(&t->tuples, &e->tuple_node, hash_tuple(flow));
    ovs_list_push_back(&get_zone(t, flow->zone)->elephants, &e->zone_node);
    return e;
}

/* Gives the elephant that is 'flow' its ID, and returns it, or null. */
static struct elephant *
rename_elephant(struct tracker *t, const struct ct_flow *flow)
{
    struct elephant *e = find_tuple(t, flow);

    if (e) {
        hmap_remove(&t->elephants, &e->node);
        hmap_insert(&t->elephants, &e->node, hash_uint64(flow->id));
    }
    return e;
}

void
tracker_update(struct tracker *t, const struct ct_flow *flow,
               long long int now)
{
    struct elephant *e = find_elephant(t, flow->id);

    /* The kernel may use the memory of a deleted entry for a new one. */
    if (e && !is_same_flow(&e->flow, flow)) {
        elephant_destroy(t, e);
        e = NULL;
    }

    /* Another detector gives it another ID, and saw it first at another
     * time. */
    if (!e) {
        e = rename_elephant(t, flow);
    }
    if (e) {
        long long int created = MIN(e->flow.created, flow->created);

        e->flow = *flow;
        e->flow.created = created;
    } else {
        e = add_elephant(t, flow, now);
    }
    set_deadline(t, e);
}

bool
tracker_remove(struct tracker *t, uint64_t id)
{
    struct elephant *e = find_elephant(t, id);

    if (e) {
        elephant_destroy(t, e);
    }
    return e != NULL;
}

void
tracker_remove_zone(struct tracker *t, uint16_t id)
{
    struct elephant *e;

    if (t->zones[id]) {
        LIST_FOR_EACH_SAFE (e, zone_node, &t->zones[id]->elephants) {
            elephant_destroy(t, e);
        }
    }
}

size_t
tracker_expire(struct tracker *t, long long int now,
               tracker_refresh_cb *refresh, void *aux)
{
    struct elephant *e;
    size_t n = 0;

    HMAP_FOR_EACH_SAFE (e, node, &t->elephants) {
        if (e->deadline > now) {
            continue;
        }
        if (refresh(&e->flow, aux)) {
            set_deadline(t, e);
        }
        if (e->deadline <= now) {
            elephant_destroy(t, e);
            n++;
        }
    }
    return n;
}

void
tracker_refresh(struct tracker *t, tracker_refresh_cb *refresh, void *aux)
{
    struct elephant *e;

    HMAP_FOR_EACH_SAFE (e, node, &t->elephants) {
        if (refresh(&e->flow, aux)) {
            set_deadline(t, e);
        } else {
            elephant_destroy(t, e);
        }
    }
}

long long int
tracker_get_deadline(const struct tracker *t)
{
    long long int deadline = LLONG_MAX;
    const struct elephant *e;

    HMAP_FOR_EACH (e, node, &t->elephants) {
        deadline = MIN(deadline, e->deadline);
    }
    return deadline;
}

void
tracker_mark_all(struct tracker *t)
{
    struct elephant *e;

    HMAP_FOR_EACH (e, node, &t->elephants) {
        e->deadline = LLONG_MIN;
    }
}

size_t
tracker_sweep(struct tracker *t)
{
    struct elephant *e;
    size_t n = 0;

    HMAP_FOR_EACH_SAFE (e, node, &t->elephants) {
        if (e->deadline == LLONG_MIN) {
            elephant_destroy(t, e);
            n++;
        }
    }
    return n;
}

uint64_t
tracker_get_seq(const struct tracker *t)
{
    return t->seq;
}

size_t
tracker_count(const struct tracker *t)
{
    return hmap_count(&t->elephants);
}

/* One conversation, in a temporary set. */
struct conversation {
    struct hmap_node node;
    const struct ct_tuple *tuple;
};

static bool
conversation_is_known(const struct hmap *set, const struct ct_tuple *tuple,
                      uint32_t hash)
{
    const struct conversation *c;

    HMAP_FOR_EACH_WITH_HASH (c, node, hash, set) {
        if (ct_tuple_equals_symmetric(c->tuple, tuple)) {
            return true;
        }
    }
    return false;
}

size_t
tracker_count_conversations(const struct tracker *t)
{
    size_t max = hmap_count(&t->elephants);
    struct conversation *all = xmalloc(MAX(max, 1) * sizeof *all);
    struct hmap set = HMAP_INITIALIZER(&set);
    const struct elephant *e;
    size_t n = 0;

    HMAP_FOR_EACH (e, node, &t->elephants) {
        uint32_t hash = ct_tuple_hash_symmetric(&e->flow.tuple);

        if (!conversation_is_known(&set, &e->flow.tuple, hash)) {
            all[n].tuple = &e->flow.tuple;
            hmap_insert(&set, &all[n++].node, hash);
        }
    }
    hmap_destroy(&set);
    free(all);
    return n;
}

const struct ovs_list *
tracker_get_zone(const struct tracker *t, uint16_t id)
{
    return t->zones[id] ? &t->zones[id]->elephants : NULL;
}

static int
compare_elephants(const void *a_, const void *b_)
{
    const struct elephant *const *a = a_;
    const struct elephant *const *b = b_;

    if ((*a)->flow.zone != (*b)->flow.zone) {
        return (*a)->flow.zone < (*b)->flow.zone ? -1 : 1;
    }
    if ((*a)->since != (*b)->since) {
        return (*a)->since < (*b)->since ? -1 : 1;
    }
    return (*a)->flow.id < (*b)->flow.id ? -1 : (*a)->flow.id > (*b)->flow.id;
}

size_t
tracker_get_all(const struct tracker *t, struct elephant ***elephants)
{
    size_t max = hmap_count(&t->elephants);
    struct elephant **all = xmalloc(MAX(max, 1) * sizeof *all);
    struct elephant *e;
    size_t n = 0;

    HMAP_FOR_EACH (e, node, &t->elephants) {
        all[n++] = e;
    }
    qsort(all, n, sizeof *all, compare_elephants);
    *elephants = all;
    return n;
}
