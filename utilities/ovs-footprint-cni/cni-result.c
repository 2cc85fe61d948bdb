/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "cni-result.h"

#include <stdlib.h>
#include <string.h>

#include "cni-error.h"
#include "cni-version.h"
#include "lib/ip-address.h"
#include "lib/ovs-compat.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/shash.h"
#include "util.h"

void
cni_result_init(struct cni_result *result)
{
    memset(result, 0, sizeof *result);
}

void
cni_result_destroy(struct cni_result *result)
{
    for (size_t i = 0; i < result->n_interfaces; i++) {
        free(result->interfaces[i].name);
        free(result->interfaces[i].mac);
        free(result->interfaces[i].sandbox);
    }
    free(result->interfaces);
    free(result->ips);
    free(result->routes);
    json_destroy(result->dns);
}

static const char *
get_string(const struct json *object, const char *key)
{
    const struct json *json = shash_find_data(json_object(object), key);

    return (json && json->type == JSON_STRING && *json_string(json)
            ? json_string(json) : NULL);
}

static int
get_int(const struct json *object, const char *key, int otherwise)
{
    const struct json *json = shash_find_data(json_object(object), key);

    return (json && json->type == JSON_INTEGER && json_integer(json) >= 0
            && json_integer(json) <= INT_MAX ? json_integer(json) : otherwise);
}

static bool
parse_prefix(const char *s, struct cni_prefix *prefix)
{
    const char *slash = strchr(s, '/');
    char *addr = slash ? xmemdup0(s, slash - s) : NULL;
    ovs_be32 ip;
    bool ok = addr && ip_address_parse(addr, &prefix->addr);

    prefix->is_v4 = ok && ip_parse(addr, &ip);
    free(addr);
    return (ok && str_to_uint(slash + 1, 10, &prefix->plen)
            && prefix->is_v4 == !!IN6_IS_ADDR_V4MAPPED(&prefix->addr)
            && prefix->plen <= (prefix->is_v4 ? 32 : 128));
}

/* Parses the member 'key' of 'object' into '*addr', zeros if it is not
 * there. */
static bool
parse_gateway(const struct json *object, const char *key,
              struct in6_addr *addr)
{
    const char *s = get_string(object, key);

    *addr = in6addr_any;
    return !s || ip_address_parse(s, addr);
}

static bool
parse_ip(const struct json *json, struct cni_ip *ip)
{
    const char *address = (json->type == JSON_OBJECT
                           ? get_string(json, "address") : NULL);

    if (!address || !parse_prefix(address, &ip->prefix)
        || !parse_gateway(json, "gateway", &ip->gateway)) {
        return false;
    }
    ip->interface = get_int(json, "interface", -1);
    return true;
}

static bool
parse_route(const struct json *json, struct cni_route *route)
{
    const char *dst = (json->type == JSON_OBJECT
                       ? get_string(json, "dst") : NULL);

    if (!dst || !parse_prefix(dst, &route->dst)
        || !parse_gateway(json, "gw", &route->gw)) {
        return false;
    }
    route->mtu = get_int(json, "mtu", 0);
    route->advmss = get_int(json, "advmss", 0);
    route->priority = get_int(json, "priority", 0);
    route->table = get_int(json, "table", -1);
    route->scope = get_int(json, "scope", -1);
    return true;
}

/* Returns the array 'key' of 'object', or null if there is none or it is
 * empty. */
static const struct json *
get_array(const struct json *object, const char *key)
{
    const struct json *json = shash_find_data(json_object(object), key);

    return (json && json->type == JSON_ARRAY && json_array_size(json)
            ? json : NULL);
}

static struct cni_error *
parse_interfaces(const struct json *json, const char *what,
                 struct cni_result *result)
{
    for (size_t i = 0; i < json_array_size(json); i++) {
        const struct json *o = json_array_at(json, i);
        const char *name = (o->type == JSON_OBJECT
                            ? get_string(o, "name") : NULL);

        if (!name) {
            return cni_error(CNI_DECODE, "%s: an interface has no \"name\"",
                             what);
        }
        cni_result_add_interface(result, name, get_string(o, "mac"),
                                 get_string(o, "sandbox"),
                                 get_int(o, "mtu", 0));
    }
    return NULL;
}

static struct cni_error *
parse_ips(const struct json *json, const char *what, struct cni_result *result)
{
    result->ips = xcalloc(json_array_size(json), sizeof *result->ips);
    for (size_t i = 0; i < json_array_size(json); i++) {
        if (!parse_ip(json_array_at(json, i), &result->ips[i])) {
            return cni_error(CNI_DECODE, "%s: address %"PRIuSIZE" is not "
                             "ADDRESS/LENGTH, or its gateway is not an "
                             "address", what, i);
        }
        result->n_ips++;
    }
    return NULL;
}

static struct cni_error *
parse_routes(const struct json *json, const char *what,
             struct cni_result *result)
{
    result->routes = xcalloc(json_array_size(json), sizeof *result->routes);
    for (size_t i = 0; i < json_array_size(json); i++) {
        if (!parse_route(json_array_at(json, i), &result->routes[i])) {
            return cni_error(CNI_DECODE, "%s: the destination of route "
                             "%"PRIuSIZE" is not ADDRESS/LENGTH, or its "
                             "gateway is not an address", what, i);
        }
        result->n_routes++;
    }
    return NULL;
}

struct cni_error *
cni_result_parse(const struct json *json, const char *what,
                 struct cni_result *result)
{
    const struct json *interfaces, *ips, *routes, *dns;
    struct cni_error *error = NULL;

    cni_result_init(result);
    if (json->type != JSON_OBJECT) {
        return cni_error(CNI_DECODE, "%s: the result is not a JSON object",
                         what);
    }
    interfaces = get_array(json, "interfaces");
    ips = get_array(json, "ips");
    routes = get_array(json, "routes");
    dns = shash_find_data(json_object(json), "dns");
    if (interfaces) {
        error = parse_interfaces(interfaces, what, result);
    }
    if (!error && ips) {
        error = parse_ips(ips, what, result);
    }
    if (!error && routes) {
        error = parse_routes(routes, what, result);
    }
    if (dns && dns->type == JSON_OBJECT) {
        result->dns = json_clone(dns);
    }
    return error;
}

void
cni_result_add_interface(struct cni_result *result, const char *name,
                         const char *mac, const char *sandbox, int mtu)
{
    size_t n = result->n_interfaces++;

    result->interfaces = xrealloc(result->interfaces,
                                  (n + 1) * sizeof *result->interfaces);
    result->interfaces[n] = (struct cni_interface) {
        .name = xstrdup(name),
        .mac = nullable_xstrdup(mac),
        .sandbox = nullable_xstrdup(sandbox),
        .mtu = mtu,
    };
}

const struct in6_addr *
cni_result_get_gateway(const struct cni_result *result,
                       const struct cni_route *route)
{
    if (ipv6_addr_is_set(&route->gw)) {
        return &route->gw;
    }
    for (size_t i = 0; i < result->n_ips; i++) {
        const struct cni_ip *ip = &result->ips[i];

        if (ip->prefix.is_v4 == route->dst.is_v4
            && ipv6_addr_is_set(&ip->gateway)) {
            return &ip->gateway;
        }
    }
    return NULL;
}

char *
cni_addr_to_string(const struct in6_addr *addr)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ipv6_format_mapped(addr, &s);
    return ds_steal_cstr(&s);
}

char *
cni_prefix_to_string(const struct cni_prefix *prefix)
{
    char *addr = cni_addr_to_string(&prefix->addr);
    char *s = xasprintf("%s/%u", addr, prefix->plen);

    free(addr);
    return s;
}

static void
put_and_free(struct json *object, const char *key, char *value)
{
    json_object_put_string(object, key, value);
    free(value);
}

static void
put_positive(struct json *object, const char *key, int value)
{
    if (value > 0) {
        json_object_put(object, key, json_integer_create(value));
    }
}

static struct json *
interface_to_json(const struct cni_interface *iface, bool with_mtu)
{
    struct json *json = json_object_create();

    json_object_put_string(json, "name", iface->name);
    if (iface->mac) {
        json_object_put_string(json, "mac", iface->mac);
    }
    if (iface->sandbox) {
        json_object_put_string(json, "sandbox", iface->sandbox);
    }
    if (with_mtu) {
        put_positive(json, "mtu", iface->mtu);
    }
    return json;
}

static struct json *
ip_to_json(const struct cni_ip *ip, bool with_version)
{
    struct json *json = json_object_create();

    if (with_version) {
        json_object_put_string(json, "version", ip->prefix.is_v4 ? "4" : "6");
    }
    put_and_free(json, "address", cni_prefix_to_string(&ip->prefix));
    if (ipv6_addr_is_set(&ip->gateway)) {
        put_and_free(json, "gateway", cni_addr_to_string(&ip->gateway));
    }
    if (ip->interface >= 0) {
        json_object_put(json, "interface", json_integer_create(ip->interface));
    }
    return json;
}

static struct json *
route_to_json(const struct cni_route *route, bool with_details)
{
    struct json *json = json_object_create();

    put_and_free(json, "dst", cni_prefix_to_string(&route->dst));
    if (ipv6_addr_is_set(&route->gw)) {
        put_and_free(json, "gw", cni_addr_to_string(&route->gw));
    }
    if (with_details) {
        put_positive(json, "mtu", route->mtu);
        put_positive(json, "advmss", route->advmss);
        put_positive(json, "priority", route->priority);
        if (route->table >= 0) {
            json_object_put(json, "table", json_integer_create(route->table));
        }
        if (route->scope >= 0) {
            json_object_put(json, "scope", json_integer_create(route->scope));
        }
    }
    return json;
}

struct json *
cni_result_to_json(const struct cni_result *result, const char *version)
{
    bool is_1_0 = cni_version_is_at_least(version, "1.0.0");
    bool is_1_1 = cni_version_is_at_least(version, "1.1.0");
    struct json *interfaces = json_array_create_empty();
    struct json *ips = json_array_create_empty();
    struct json *routes = json_array_create_empty();
    struct json *json = json_object_create();

    for (size_t i = 0; i < result->n_interfaces; i++) {
        json_array_add(interfaces,
                       interface_to_json(&result->interfaces[i], is_1_1));
    }
    for (size_t i = 0; i < result->n_ips; i++) {
        json_array_add(ips, ip_to_json(&result->ips[i], !is_1_0));
    }
    for (size_t i = 0; i < result->n_routes; i++) {
        json_array_add(routes, route_to_json(&result->routes[i], is_1_1));
    }
    json_object_put_string(json, "cniVersion", version);
    json_object_put(json, "interfaces", interfaces);
    json_object_put(json, "ips", ips);
    json_object_put(json, "routes", routes);
    json_object_put(json, "dns", (result->dns ? json_clone(result->dns)
                                  : json_object_create()));
    return json;
}
