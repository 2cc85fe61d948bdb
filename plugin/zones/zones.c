/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "zones/zones.h"

#include <stdlib.h>
#include <string.h>

#include "bitmap.h"
#include "conntrack/ct-zone.h"
#include "openvswitch/shash.h"
#include "util.h"

struct zones {
    struct shash owners;        /* Each owner's zone, by the owner's name; see
                                 * zone_to_data(). */
    unsigned long *owned;       /* Bitmap of zones that have an owner. */
    unsigned long *reserved;    /* Bitmap: see zones_set_reserved(). */
    uint16_t min, max;          /* Range of the zones that may be owned. */
    uint16_t next;              /* Where the search for a zone begins. */
};

static void *
zone_to_data(uint16_t id)
{
    return (void *) (uintptr_t) id;
}

static uint16_t
zone_from_data(const void *data)
{
    return (uintptr_t) data;
}

struct zones *
zones_create(void)
{
    struct zones *z = xzalloc(sizeof *z);

    shash_init(&z->owners);
    z->owned = bitmap_allocate(CT_N_ZONES);
    z->reserved = bitmap_allocate(CT_N_ZONES);
    z->min = 1;
    z->max = UINT16_MAX;
    z->next = z->min;
    return z;
}

void
zones_destroy(struct zones *z)
{
    if (z) {
        shash_destroy(&z->owners);
        bitmap_free(z->owned);
        bitmap_free(z->reserved);
        free(z);
    }
}

bool
zones_set_range(struct zones *z, uint16_t min, uint16_t max)
{
    ovs_assert(min && min <= max);
    if (z->min == min && z->max == max) {
        return false;
    }
    z->min = min;
    z->max = max;
    z->next = min;
    return true;
}

bool
zones_set_reserved(struct zones *z, const unsigned long *ids)
{
    if (!memcmp(z->reserved, ids, bitmap_n_bytes(CT_N_ZONES))) {
        return false;
    }
    memcpy(z->reserved, ids, bitmap_n_bytes(CT_N_ZONES));
    return true;
}

/* May 'id' be owned? */
static bool
is_in_range(const struct zones *z, uint16_t id)
{
    return id >= z->min && id <= z->max && !bitmap_is_set(z->reserved, id);
}

uint16_t
zones_find(const struct zones *z, const char *owner)
{
    return zone_from_data(shash_find_data(&z->owners, owner));
}

static void
give(struct zones *z, const char *owner, uint16_t id)
{
    bitmap_set1(z->owned, id);
    shash_replace(&z->owners, owner, zone_to_data(id));
}

bool
zones_claim(struct zones *z, const char *owner, uint16_t id)
{
    uint16_t old = zones_find(z, owner);

    if (old == id && id) {
        return true;
    }
    if (old || !is_in_range(z, id) || bitmap_is_set(z->owned, id)) {
        return false;
    }
    give(z, owner, id);
    return true;
}

/* Returns the first zone from 'start' to 'end' that may be allocated, or 0 if
 * there is none. */
static uint16_t
find_available(const struct zones *z, uint16_t start, uint16_t end)
{
    for (unsigned int id = start; id <= end; id++) {
        if (!bitmap_is_set(z->owned, id) && !bitmap_is_set(z->reserved, id)) {
            return id;
        }
    }
    return 0;
}

uint16_t
zones_get(struct zones *z, const char *owner,
          zones_flush_cb *flush, void *aux)
{
    uint16_t id = zones_find(z, owner);

    if (id && is_in_range(z, id)) {
        return id;
    }
    zones_release(z, owner);

    id = find_available(z, z->next, z->max);
    if (!id) {
        id = find_available(z, z->min, z->max);
    }
    if (!id) {
        return 0;
    }

    flush(id, aux);
    give(z, owner, id);
    z->next = id < z->max ? id + 1 : z->min;
    return id;
}

void
zones_release(struct zones *z, const char *owner)
{
    struct shash_node *node = shash_find(&z->owners, owner);

    if (node) {
        bitmap_set0(z->owned, zone_from_data(node->data));
        shash_delete(&z->owners, node);
    }
}

enum zone_state
zones_get_state(const struct zones *z, uint16_t id)
{
    return (!id || bitmap_is_set(z->reserved, id) ? ZONE_RESERVED
            : bitmap_is_set(z->owned, id) ? ZONE_OWNED
            : ZONE_FREE);
}

void
zones_count(const struct zones *z, unsigned int *n_range,
            unsigned int *n_owned)
{
    *n_range = z->max - z->min + 1;
    *n_owned = bitmap_count1(z->owned, CT_N_ZONES);
}
