/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "addresses/addr-index.h"

#include <stdlib.h>

#include "hash.h"
#include "openvswitch/hmap.h"
#include "packets.h"
#include "util.h"

struct entry {
    struct hmap_node node;      /* By 'addr'. */
    struct in6_addr addr;
    const void *owner;
};

struct addr_index {
    struct hmap entries;        /* Contains "struct entry"s. */
};

struct addr_index *
addr_index_create(void)
{
    struct addr_index *index = xmalloc(sizeof *index);

    hmap_init(&index->entries);
    return index;
}

void
addr_index_clear(struct addr_index *index)
{
    struct entry *entry;

    HMAP_FOR_EACH_POP (entry, node, &index->entries) {
        free(entry);
    }
}

void
addr_index_destroy(struct addr_index *index)
{
    if (index) {
        addr_index_clear(index);
        hmap_destroy(&index->entries);
        free(index);
    }
}

static uint32_t
hash_addr(const struct in6_addr *addr)
{
    return hash_bytes(addr, sizeof *addr, 0);
}

void
addr_index_add(struct addr_index *index, const struct in6_addr *addr,
               const void *owner)
{
    struct entry *entry = xmalloc(sizeof *entry);

    entry->addr = *addr;
    entry->owner = owner;
    hmap_insert(&index->entries, &entry->node, hash_addr(addr));
}

size_t
addr_index_find(const struct addr_index *index, const struct in6_addr *addr,
                const void **owner)
{
    const struct entry *entry;
    size_t n = 0;

    *owner = NULL;
    HMAP_FOR_EACH_WITH_HASH (entry, node, hash_addr(addr), &index->entries) {
        if (ipv6_addr_equals(&entry->addr, addr)) {
            *owner = entry->owner;
            n++;
        }
    }
    return n;
}
