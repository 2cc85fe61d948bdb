/* SPDX-License-Identifier: Apache-2.0 */

/* Feeds endpoint and published, which read what others may have changed in
 * external_ids of an Interface. */

#include <config.h>
#include "tests/fuzz/fuzz.h"
#include "topology/endpoint.h"
#include "topology/published.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct endpoint *endpoints;
    struct published published;
    struct smap ids;
    char *problem;
    size_t n;

    fuzz_take_smap(data, size, &ids);
    published_parse(&published, &ids, NULL);
    n = endpoints_parse(&ids, &endpoints, &problem);
    for (size_t i = 0; i < n; i++) {
        ovs_assert(endpoints[i].vlan >= -1 && endpoints[i].vlan < 4096);
        ovs_assert(!i || strcmp(endpoints[i - 1].id, endpoints[i].id) < 0);
        published_parse(&published, &ids, endpoints[i].id);
    }
    endpoints_free(endpoints, n);
    free(problem);
    smap_destroy(&ids);
    return 0;
}
