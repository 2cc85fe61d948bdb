/* SPDX-License-Identifier: Apache-2.0 */

/* CHECK: looks whether there is still what ADD made.  A later plugin of the
 * chain may have added to it, so only what prevResult names is looked for. */

#include <config.h>
#include "plugin.h"

#include <stdlib.h>
#include <string.h>

#include "cni-error.h"
#include "cni-result.h"
#include "ipam.h"
#include "link.h"
#include "ports.h"
#include "util.h"
#include "vswitch-idl.h"

/* Returns the interface of the container in prevResult, or null. */
static const struct cni_interface *
find_inner(const struct plugin *p, const struct cni_result *result)
{
    for (size_t i = 0; i < result->n_interfaces; i++) {
        if (result->interfaces[i].sandbox
            && !strcmp(result->interfaces[i].name, p->who.ifname)) {
            return &result->interfaces[i];
        }
    }
    return NULL;
}

static struct cni_error *
check_link(const struct plugin *p, const struct cni_result *result,
           const struct link *link)
{
    const struct cni_interface *inner = find_inner(p, result);
    struct eth_addr mac;

    if (!inner) {
        return cni_error(CNI_CHECK,
                         "prevResult does not name %s: it is not of "
                         "this container", p->who.ifname);
    }
    if (inner->mac && (!eth_addr_from_string(inner->mac, &mac)
                       || !eth_addr_equals(mac, link->mac))) {
        return cni_error(CNI_CHECK,
                         "%s has the address "ETH_ADDR_FMT" and not "
                         "%s", p->who.ifname, ETH_ADDR_ARGS(link->mac),
                         inner->mac);
    }
    return (link->up ? NULL
            : cni_error(CNI_CHECK, "%s is down", p->who.ifname));
}

static struct cni_error *
check_addresses(const struct plugin *p, struct link_handle *netns,
                const struct link *link, const struct cni_result *result)
{
    for (size_t i = 0; i < result->n_ips; i++) {
        const struct cni_ip *ip = &result->ips[i];
        struct cni_error *error;
        char *s;

        if ((ip->interface >= 0 && ip->interface < result->n_interfaces
             && strcmp(result->interfaces[ip->interface].name, p->who.ifname))
            || link_has_address(netns, link->ifindex, &ip->prefix)) {
            continue;
        }
        s = cni_prefix_to_string(&ip->prefix);
        error = cni_error(CNI_CHECK, "%s does not have the address %s",
                          p->who.ifname, s);
        free(s);
        return error;
    }
    return NULL;
}

static struct cni_error *
no_route(const struct plugin *p, const struct cni_route *route,
         const struct in6_addr *gateway)
{
    char *dst = cni_prefix_to_string(&route->dst);
    char *via = gateway ? cni_addr_to_string(gateway) : NULL;
    struct cni_error *error = cni_error(CNI_CHECK, "%s has no route to %s%s%s",
                                        p->who.ifname, dst,
                                        via ? " via " : "", via ? via : "");

    free(dst);
    free(via);
    return error;
}

static struct cni_error *
check_routes(const struct plugin *p, struct link_handle *netns,
             const struct link *link, const struct cni_result *result)
{
    for (size_t i = 0; i < result->n_routes; i++) {
        const struct cni_route *route = &result->routes[i];
        const struct in6_addr *gateway = cni_result_get_gateway(result, route);

        if (!link_has_route(netns, link->ifindex, route, gateway)) {
            return no_route(p, route, gateway);
        }
    }
    return NULL;
}

static struct cni_error *
check_container(const struct plugin *p, const struct cni_result *result)
{
    struct link_handle *netns;
    struct cni_error *error;
    struct link link;
    int err = link_open(p->env.netns, &netns);

    if (err) {
        return cni_error(CNI_NO_CONTAINER, "CNI_NETNS=\"%s\": %s",
                         p->env.netns, ovs_strerror(err));
    }
    err = link_get(netns, p->who.ifname, &link);
    error = (err ? cni_error(CNI_CHECK, "the container's %s: %s",
                             p->who.ifname, ovs_strerror(err))
             : check_link(p, result, &link));
    if (!error) {
        error = check_addresses(p, netns, &link, result);
    }
    if (!error) {
        error = check_routes(p, netns, &link, result);
    }
    link_close(netns);
    return error;
}

/* Does ovs-vswitchd use the port's tag, and not its trunks? */
static bool
is_access(const struct ovsrec_port *port)
{
    return (port->vlan_mode ? !strcmp(port->vlan_mode, "access")
            : port->n_tag > 0);
}

static bool
is_trunk(const struct ovsrec_port *port)
{
    return (port->vlan_mode ? !strcmp(port->vlan_mode, "trunk")
            : !port->n_tag);
}

/* Are the port's VLANs as the configuration has them? */
static bool
has_vlans(const struct net_conf *conf, const struct ovsrec_port *port)
{
    if (conf->n_trunks || conf->vlan < 0) {
        return (is_trunk(port) && port->n_trunks == conf->n_trunks
                && (!conf->n_trunks
                    || !memcmp(port->trunks, conf->trunks,
                               conf->n_trunks * sizeof *conf->trunks)));
    }
    return is_access(port) && port->n_tag && port->tag[0] == conf->vlan;
}

/* Checks the port of the host's end, whose name is in prevResult. */
static struct cni_error *
check_port(const struct plugin *p, const struct ports *ports,
           const char *name)
{
    const struct ovsrec_port *port = ports_find_port(ports, name);
    const struct ovsrec_interface *iface = ports_find_interface(ports, name);
    const struct ovsrec_bridge *br = ports_find_bridge_of(ports, name);
    const char *bridge = plugin_get_bridge(p);

    if (!port || !iface || !br) {
        return cni_error(CNI_CHECK, "Open vSwitch has no port %s", name);
    }
    if (bridge && strcmp(bridge, br->name)) {
        return cni_error(CNI_CHECK, "port %s is on bridge %s and not on %s",
                         name, br->name, bridge);
    }
    if (!iface->n_ofport || iface->ofport[0] <= 0) {
        return cni_error(CNI_CHECK, "ovs-vswitchd cannot use port %s: %s",
                         name, iface->error ? iface->error : "see its log");
    }
    if (!has_vlans(p->conf, port)) {
        return cni_error(CNI_CHECK, "port %s has other VLANs than the network "
                         "configuration", name);
    }
    return plugin_check_name(p, iface);
}

/* Checks whether the host's end is up: otherwise the container is cut off,
 * although all else is in order. */
static struct cni_error *
check_outer(const char *name)
{
    struct link_handle *host;
    struct link link;
    int err = link_open(NULL, &host);

    if (!err) {
        err = link_get(host, name, &link);
    }
    link_close(host);
    return (err ? cni_error(CNI_CHECK, "the host's %s: %s", name,
                            ovs_strerror(err))
            : link.up ? NULL
            : cni_error(CNI_CHECK, "the host's %s is down", name));
}

static struct cni_error *
check_ports(struct plugin *p, const struct cni_result *result)
{
    struct ports *ports;
    struct cni_error *error = plugin_open_ports(p, &ports);

    for (size_t i = 0; i < result->n_interfaces && !error; i++) {
        const char *name = result->interfaces[i].name;

        if (!result->interfaces[i].sandbox) {
            error = check_port(p, ports, name);
            if (!error) {
                error = check_outer(name);
            }
            break;
        }
    }
    ports_close(ports);
    return error;
}

struct cni_error *
plugin_check(struct plugin *p)
{
    struct cni_result result;
    struct cni_error *error;

    error = cni_result_parse(p->conf->prev_result, "prevResult", &result);
    if (!error) {
        error = check_container(p, &result);
    }
    if (!error) {
        error = check_ports(p, &result);
    }
    cni_result_destroy(&result);
    return error ? error : ipam_check(p);
}
