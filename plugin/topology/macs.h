/* SPDX-License-Identifier: Apache-2.0 */

#ifndef MACS_H
#define MACS_H 1

/* A set of Ethernet addresses, and who says so.  container-macs.h finds them
 * for a port. */

#include <stdbool.h>
#include <stddef.h>

#include "packets.h"

enum container_macs_source {
    CONTAINER_MACS_LEARNED,     /* By the bridge, if there are any. */
    CONTAINER_MACS_CLAIMED,     /* By external_ids or the device. */
    CONTAINER_MACS_INHERITED,   /* Those of its Interface, for an endpoint that
                                 * names none of its own. */
};

struct container_macs {
    enum container_macs_source source;
    struct eth_addr *addrs;
    size_t n;
};

void container_macs_destroy(struct container_macs *);

/* Makes the addresses the 'n' in 'addrs', of which it takes a copy.  Returns
 * true if they changed. */
bool container_macs_set(struct container_macs *, const struct eth_addr *addrs,
                        size_t n);

#endif /* macs.h */
