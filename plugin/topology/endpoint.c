/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "topology/endpoint.h"

#include <stdlib.h>
#include <string.h>

#include "lib/ip-address.h"
#include "openvswitch/shash.h"
#include "ovsdb/footprint-keys.h"
#include "sset.h"
#include "util.h"

/* Sets an attribute.  Returns null, or a phrase that says what would have been
 * right. */
typedef const char *set_attr(struct endpoint *, const char *value);

static const char *
set_vlan(struct endpoint *e, const char *value)
{
    int vlan;

    if (!str_to_int(value, 10, &vlan) || vlan < 1 || vlan > 4094) {
        return "use a VLAN from 1 to 4094";
    }
    e->vlan = vlan;
    return NULL;
}

static const char *
set_ip(struct endpoint *e, const char *value)
{
    if (!ip_address_parse(value, &e->addr)
        || !ipv6_addr_is_set(&e->addr)
        || (IN6_IS_ADDR_V4MAPPED(&e->addr)
            && !in6_addr_get_mapped_ipv4(&e->addr))) {
        e->addr = in6addr_any;
        return "use an IPv4 or IPv6 address";
    }
    return NULL;
}

static const char *
set_mac(struct endpoint *e, const char *value)
{
    if (!eth_addr_from_string(value, &e->mac) || eth_addr_is_zero(e->mac)
        || eth_addr_is_multicast(e->mac)) {
        return "use a unicast Ethernet address such as 0a:58:0a:00:00:05";
    }
    return NULL;
}

static const char *
set_name(struct endpoint *e, const char *value)
{
    free(e->name);
    e->name = xstrdup(value);
    return NULL;
}

static const struct attr {
    const char *name;
    set_attr *set;
} attrs[] = {
    { "vlan", set_vlan },
    { "ip", set_ip },
    { "mac", set_mac },
    { "name", set_name },
};

static const struct attr *
find_attr(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(attrs); i++) {
        if (!strcmp(attrs[i].name, name)) {
            return &attrs[i];
        }
    }
    return NULL;
}

static void
endpoint_uninit(struct endpoint *e)
{
    free(e->id);
    free(e->name);
}

static struct endpoint *
get_endpoint(struct shash *all, const char *id, size_t len)
{
    char *id0 = xmemdup0(id, len);
    struct endpoint *e = shash_find_data(all, id0);

    if (!e) {
        e = xzalloc(sizeof *e);
        e->id = xstrdup(id0);
        e->vlan = -1;
        shash_add(all, id0, e);
    }
    free(id0);
    return e;
}

/* Takes the attribute 'key'='value' into 'all'.  If it is invalid, adds the
 * endpoint to 'invalid' and returns a malloc()'d sentence, otherwise null. */
static char *
parse_attr(struct shash *all, struct sset *invalid, const char *key,
           const char *value)
{
    const char *id = key + strlen(FP_CFG_ENDPOINT_PREFIX);
    const char *dot = strrchr(id, '.');
    const struct attr *attr = dot ? find_attr(dot + 1) : NULL;
    struct endpoint *e;
    const char *reason;

    if (!attr || dot == id) {
        return xasprintf("external_ids:%s is invalid: use "
                         FP_CFG_ENDPOINT_PREFIX"ID.vlan, .ip, .mac or .name",
                         key);
    }
    e = get_endpoint(all, id, dot - id);
    reason = attr->set(e, value);
    if (!reason) {
        return NULL;
    }
    sset_add(invalid, e->id);
    return xasprintf("external_ids:%s=\"%s\" is invalid: %s", key, value,
                     reason);
}

/* Returns a malloc()'d sentence if 'e' does not say how to tell its packets,
 * otherwise null. */
static char *
check_endpoint(const struct endpoint *e)
{
    return (e->vlan >= 0 || ipv6_addr_is_set(&e->addr) ? NULL
            : xasprintf("endpoint %s: nothing tells its packets, set "
                        "external_ids:"FP_CFG_ENDPOINT_PREFIX"%s.vlan or .ip",
                        e->id, e->id));
}

/* Takes ownership of 'problem'; the first one is kept. */
static void
note_problem(char **problemp, char *problem)
{
    if (*problemp) {
        free(problem);
    } else {
        *problemp = problem;
    }
}

size_t
endpoints_parse(const struct smap *external_ids,
                struct endpoint **endpoints, char **problem)
{
    struct shash all = SHASH_INITIALIZER(&all);
    struct sset invalid = SSET_INITIALIZER(&invalid);
    const struct shash_node **nodes;
    const struct smap_node *node;
    struct endpoint *array;
    size_t n = 0;

    *problem = NULL;
    SMAP_FOR_EACH (node, external_ids) {
        if (!strncmp(node->key, FP_CFG_ENDPOINT_PREFIX,
                     strlen(FP_CFG_ENDPOINT_PREFIX))) {
            note_problem(problem,
                         parse_attr(&all, &invalid, node->key, node->value));
        }
    }

    array = xmalloc(MAX(shash_count(&all), 1) * sizeof *array);
    nodes = shash_sort(&all);
    for (size_t i = 0; i < shash_count(&all); i++) {
        struct endpoint *e = nodes[i]->data;
        bool is_invalid = sset_contains(&invalid, e->id);
        char *reason = is_invalid ? NULL : check_endpoint(e);

        if (is_invalid || reason) {
            note_problem(problem, reason);
            endpoint_uninit(e);
        } else {
            array[n++] = *e;
        }
    }
    free(nodes);
    shash_destroy_free_data(&all);
    sset_destroy(&invalid);
    *endpoints = array;
    return n;
}

void
endpoints_free(struct endpoint *endpoints, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        endpoint_uninit(&endpoints[i]);
    }
    free(endpoints);
}
