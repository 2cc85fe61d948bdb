/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "topology/macs.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

void
container_macs_destroy(struct container_macs *macs)
{
    free(macs->addrs);
}

bool
container_macs_set(struct container_macs *macs, const struct eth_addr *addrs,
                   size_t n)
{
    size_t size = n * sizeof *addrs;

    if (n == macs->n && (!n || !memcmp(addrs, macs->addrs, size))) {
        return false;
    }
    free(macs->addrs);
    macs->addrs = n ? xmemdup(addrs, size) : NULL;
    macs->n = n;
    return true;
}
