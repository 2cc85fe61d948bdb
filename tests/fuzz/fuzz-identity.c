/* SPDX-License-Identifier: Apache-2.0 */

/* Feeds identity: external_ids of an Interface, an empty line, and those of
 * its Port. */

#include <config.h>
#include "lib/identity.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

#include "util.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct identity a, b;
    struct smap iface, port;
    size_t n = fuzz_take_smap(data, size, &iface);

    fuzz_take_smap(data + n, size - n, &port);
    identity_init(&a, &iface, &port);
    identity_init(&b, &iface, &port);
    ovs_assert(identity_equals(&a, &b));
    for (size_t i = 0; i < a.n_addrs; i++) {
        ovs_assert(identity_has_addr(&a, &a.addrs[i]));
    }
    free(identity_to_string(&a));
    identity_destroy(&a);
    identity_destroy(&b);
    smap_destroy(&iface);
    smap_destroy(&port);
    return 0;
}
