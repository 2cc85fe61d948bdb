/* SPDX-License-Identifier: Apache-2.0 */

/* Drives plugin/topology/endpoint.c.
 *
 *     parse [KEY=VALUE|...]      shows the endpoints that external_ids name */

#include <config.h>
#include "tests/unit/test-pure.h"
#include "topology/endpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"

static void
show(const struct endpoint *e)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    if (e->vlan >= 0) {
        ds_put_format(&s, ", vlan %d", e->vlan);
    }
    if (ipv6_addr_is_set(&e->addr)) {
        ds_put_cstr(&s, ", address ");
        ipv6_format_mapped(&e->addr, &s);
    }
    if (!eth_addr_is_zero(e->mac)) {
        ds_put_format(&s, ", mac "ETH_ADDR_FMT, ETH_ADDR_ARGS(e->mac));
    }
    if (e->name) {
        ds_put_format(&s, ", name %s", e->name);
    }
    printf("%s%s\n", e->id, ds_cstr(&s));
    ds_destroy(&s);
}

static bool
run(const char *command, struct words *words)
{
    struct smap ids = SMAP_INITIALIZER(&ids);
    struct endpoint *endpoints;
    char *problem;
    size_t n;

    if (strcmp(command, "parse")) {
        return false;
    }
    smap_destroy(&ids);
    words_take_smap(words, &ids);
    n = endpoints_parse(&ids, &endpoints, &problem);
    for (size_t i = 0; i < n; i++) {
        show(&endpoints[i]);
    }
    printf("%"PRIuSIZE" endpoints%s%s\n", n, problem ? "; " : "",
           problem ? problem : "");
    free(problem);
    endpoints_free(endpoints, n);
    smap_destroy(&ids);
    return true;
}

const struct driver test_endpoint = { "endpoint", run, NULL };
