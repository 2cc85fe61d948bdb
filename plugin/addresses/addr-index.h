/* SPDX-License-Identifier: Apache-2.0 */

#ifndef ADDR_INDEX_H
#define ADDR_INDEX_H 1

/* Who has which IP address: a multimap, since nothing keeps two networks on
 * one node from using the same addresses. */

#include <netinet/in.h>
#include <stddef.h>

struct addr_index;

struct addr_index *addr_index_create(void);
void addr_index_destroy(struct addr_index *);

void addr_index_clear(struct addr_index *);

/* 'owner' has 'addr' (IPv4-mapped for IPv4).  The index does not own it. */
void addr_index_add(struct addr_index *, const struct in6_addr *addr,
                    const void *owner);

/* Returns how many owners 'addr' has, and stores one of them, null if there is
 * none, in '*owner'. */
size_t addr_index_find(const struct addr_index *,
                       const struct in6_addr *addr, const void **owner);

#endif /* addr-index.h */
