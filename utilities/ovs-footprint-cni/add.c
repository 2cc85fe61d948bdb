/* SPDX-License-Identifier: Apache-2.0 */

/* ADD on a host with plain Open vSwitch.
 *
 * The order is such that DEL and GC find what was done, whenever an ADD is
 * killed.  First comes the veth pair, whose name says whose it is, and which a
 * second ADD for the same attachment cannot make.  Then comes the port, in the
 * database, with all that DEL needs to know.  The addresses are last, because
 * an IPAM plugin that uses DHCP only gets them when the port forwards. */

#include <config.h>
#include "plugin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "announce.h"
#include "cni-error.h"
#include "cni-result.h"
#include "ipam.h"
#include "lib/ovs-compat.h"
#include "link.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "ovsdb/footprint-keys.h"
#include "ports.h"
#include "timeval.h"
#include "util.h"
#include "vf.h"

VLOG_DEFINE_THIS_MODULE(add);

/* How long undoing may take, in milliseconds.  The IPAM plugin has one half,
 * so that the rest is undone even if it hangs. */
#define UNDO_MSEC 5000

/* The smallest MTU that RFC 8200 allows, in bytes. */
#define MIN_IPV6_MTU 1280

/* How long wait_policy() waits for ovs-footprintd, in milliseconds. */
#define POLICY_MSEC 2000

struct addition {
    struct plugin *plugin;
    const char *bridge;
    struct ports *ports;
    struct link_handle *host;
    struct link_handle *netns;
    struct vf vf;               /* Valid if conf->device_id is not null. */
    const char *port;           /* Name of the host's end and of its port. */
    struct link outer, inner;   /* The two ends. */
    struct cni_result result;

    /* What has been done, and would have to be undone. */
    bool has_device, has_port, has_addresses;
};

static struct cni_error *
kernel_error(int error, const char *what, const char *name)
{
    return cni_error(CNI_KERNEL, "%s %s: %s", what, name, ovs_strerror(error));
}

static bool
is_own_netns(const char *netns)
{
    struct stat own, other;

    return (!stat("/proc/self/ns/net", &own) && !stat(netns, &other)
            && own.st_dev == other.st_dev && own.st_ino == other.st_ino);
}

static struct cni_error *
open_namespaces(struct addition *a)
{
    const char *netns = a->plugin->env.netns;
    int error = link_open(NULL, &a->host);

    if (error) {
        return kernel_error(error, "cannot open", "rtnetlink");
    }
    if (is_own_netns(netns)) {
        return cni_error(CNI_BAD_ENVIRONMENT,
                         "CNI_NETNS=\"%s\" is invalid: it "
                         "is the host's own network namespace", netns);
    }
    error = link_open(netns, &a->netns);
    return (!error ? NULL
            : error == ENOENT
            ? cni_error(CNI_NO_CONTAINER, "CNI_NETNS=\"%s\": there is no such "
                        "network namespace", netns)
            : cni_error(CNI_BAD_ENVIRONMENT, "CNI_NETNS=\"%s\" is invalid: %s",
                        netns, ovs_strerror(error)));
}

/* Returns an error that says which of the veth pair's two names is taken. */
static struct cni_error *
name_is_taken(struct addition *a)
{
    const struct plugin *p = a->plugin;
    struct link link;

    return (!link_get(a->host, p->port, &link)
            ? cni_error(CNI_KERNEL,
                        "link %s exists: container %s was added to "
                        "network %s as %s before, DEL that first", p->port,
                        p->who.container, p->who.network, p->who.ifname)
            : cni_error(CNI_KERNEL,
                        "CNI_IFNAME=\"%s\": the container has such "
                        "an interface already", p->who.ifname));
}

/* Stores in '*mac' the address that the configuration or else CNI_ARGS asks
 * for, or a random one. */
static struct cni_error *
get_mac(const struct plugin *p, struct eth_addr *mac)
{
    const char *s = smap_get(&p->env.args, "MAC");

    if (p->conf->has_mac) {
        *mac = p->conf->mac;
    } else if (!s || !*s) {
        eth_addr_random(mac);
    } else if (!eth_addr_from_string(s, mac) || eth_addr_is_zero(*mac)
               || eth_addr_is_multicast(*mac)) {
        return cni_error(CNI_BAD_ENVIRONMENT, "CNI_ARGS: MAC=\"%s\" is "
                         "invalid: use a unicast Ethernet address", s);
    }
    return NULL;
}

static struct cni_error *
make_veth(struct addition *a)
{
    const struct plugin *p = a->plugin;
    struct link_veth veth = {
        .host = p->port,
        .container = p->who.ifname,
        .mtu = p->conf->mtu,
    };
    struct cni_error *error = get_mac(p, &veth.mac);
    char *alias;
    int err;

    if (error) {
        return error;
    }
    err = link_create_veth(a->host, &veth, a->netns);
    if (err) {
        return (err == EEXIST ? name_is_taken(a)
                : kernel_error(err, "cannot create veth", p->port));
    }
    a->has_device = true;
    a->port = p->port;
    err = link_get(a->host, a->port, &a->outer);
    if (err) {
        return kernel_error(err, "cannot find", p->port);
    }
    alias = xasprintf("%s %s %s", p->who.network, p->who.container,
                      p->who.ifname);
    err = link_set_alias(a->host, a->outer.ifindex, alias);
    free(alias);
    return err ? kernel_error(err, "cannot name", p->port) : NULL;
}

/* Brings both ends up, and stores in 'a' what the kernel says of them. */
static struct cni_error *
set_up_links(struct addition *a)
{
    const char *ifname = a->plugin->who.ifname;
    int err = link_get(a->netns, ifname, &a->inner);

    if (!err) {
        err = link_set_up(a->netns, a->inner.ifindex, true);
    }
    if (!err) {
        err = link_get(a->netns, ifname, &a->inner);
    }
    if (err) {
        return kernel_error(err, "cannot set up", ifname);
    }
    err = link_get(a->host, a->port, &a->outer);
    if (!err) {
        err = link_set_up(a->host, a->outer.ifindex, true);
    }
    return err ? kernel_error(err, "cannot set up", a->port) : NULL;
}

/* Adds to 'ids' the external_ids of the port's Interface, except for the
 * addresses, which announce() adds. */
static void
get_ids(const struct addition *a, struct smap *ids)
{
    const struct plugin *p = a->plugin;
    const char *ovn_port = smap_get(&p->env.args, "OvnPort");
    char *ipam = ipam_get_text(p);

    plugin_get_ids(p, ids);
    smap_replace(ids, FP_CNI_DID, CNI_DID_ADDED);
    smap_add_format(ids, "attached-mac", ETH_ADDR_FMT,
                    ETH_ADDR_ARGS(a->inner.mac));
    if (ovn_port) {
        smap_replace(ids, "iface-id", ovn_port);
    }
    if (ipam) {
        smap_replace(ids, FP_CNI_IPAM, ipam);
        free(ipam);
    }
    if (p->conf->device_id) {
        vf_get_ids(&a->vf, ids);
    }
}

static struct cni_error *
add_port(struct addition *a)
{
    const struct net_conf *conf = a->plugin->conf;
    struct smap ids = SMAP_INITIALIZER(&ids);
    const struct port_spec spec = {
        .bridge = a->bridge,
        .name = a->port,
        .type = conf->interface_type ? conf->interface_type : "",
        .vlan = conf->vlan,
        .trunks = conf->trunks,
        .n_trunks = conf->n_trunks,
        .ofport_request = conf->ofport_request,
        .bandwidth = conf->has_bandwidth ? &conf->bandwidth : NULL,
        .ids = &ids,
    };
    struct cni_error *error;

    get_ids(a, &ids);
    /* A transaction that times out may be committed later nevertheless. */
    a->has_port = true;
    error = ports_add(a->ports, &spec, a->plugin->deadline);
    smap_destroy(&ids);
    return error;
}

static struct cni_error *
wait_link(struct addition *a)
{
    const struct net_conf *conf = a->plugin->conf;
    long long int limit = (long long int) conf->link_retries
                          * conf->link_interval;

    return (limit
            ? ports_wait_link(a->ports, a->port,
                              MIN(a->plugin->deadline, time_msec() + limit))
            : NULL);
}

/* If a policy for heavy workloads is to be in force from a container's first
 * packet on, waits until ovs-footprintd has published the class of this
 * workload, since the policy is in force by then.  The container has no
 * address yet.  If that takes too long, the ADD goes on without it. */
static void
wait_policy(struct addition *a)
{
    long long int limit = MIN(a->plugin->deadline, time_msec() + POLICY_MSEC);

    if (ports_have_start_policy(a->ports, a->bridge)
        && !ports_wait_class(a->ports, a->port, limit)) {
        VLOG_WARN("port %s: ovs-footprintd does not say what its workload is "
                  "known to be, so a policy for heavy workloads may not be in "
                  "force yet", a->port);
    }
}

/* Refuses an MTU that is too small for IPv6: the kernel would only say
 * "Invalid argument" when the address is added. */
static struct cni_error *
check_mtu(const struct addition *a)
{
    for (size_t i = 0; i < a->result.n_ips; i++) {
        if (!a->result.ips[i].prefix.is_v4 && a->plugin->conf->mtu
            && a->plugin->conf->mtu < MIN_IPV6_MTU) {
            return cni_error(CNI_BAD_CONFIG, "network configuration: \"mtu\" "
                             "is invalid: use %d or more, which IPv6 needs",
                             MIN_IPV6_MTU);
        }
    }
    return NULL;
}

static struct cni_error *
add_addresses(struct addition *a)
{
    const char *ifname = a->plugin->who.ifname;

    for (size_t i = 0; i < a->result.n_ips; i++) {
        struct cni_ip *ip = &a->result.ips[i];
        int err;

        if (!ip->prefix.is_v4) {
            char *name = xasprintf("ipv6/conf/%s/disable_ipv6", ifname);

            /* Some runtimes disable it where they do not expect it. */
            link_write_sysctl(a->netns, name, "0");
            free(name);
        }
        err = link_add_address(a->netns, a->inner.ifindex, &ip->prefix);
        if (err && err != EEXIST) {
            char *s = cni_prefix_to_string(&ip->prefix);
            struct cni_error *error = kernel_error(err, "cannot add address",
                                                   s);
            free(s);
            return error;
        }
        ip->interface = 1;
    }
    return NULL;
}

static struct cni_error *
add_routes(struct addition *a)
{
    for (size_t i = 0; i < a->result.n_routes; i++) {
        const struct cni_route *route = &a->result.routes[i];
        const struct in6_addr *gateway = cni_result_get_gateway(&a->result,
                                                                route);
        int err = link_add_route(a->netns, a->inner.ifindex, route, gateway);

        /* Another network may have given the container that route. */
        if (err && !(err == EEXIST
                     && link_has_route(a->netns, a->inner.ifindex, route,
                                       gateway))) {
            char *s = cni_prefix_to_string(&route->dst);
            struct cni_error *error = kernel_error(err, "cannot add a route "
                                                   "to", s);
            free(s);
            return error;
        }
    }
    return NULL;
}

/* Writes the container's addresses to the database, and announces them to its
 * network. */
static void
announce(struct addition *a)
{
    struct smap ids = SMAP_INITIALIZER(&ids);
    struct ds addresses = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < a->result.n_ips; i++) {
        const struct cni_prefix *prefix = &a->result.ips[i].prefix;
        int err = announce_address(a->netns, &a->inner, prefix);

        if (err) {
            VLOG_INFO("cannot announce the address of %s (%s)", a->port,
                      ovs_strerror(err));
        }
        ds_put_cstr(&addresses, i ? " " : "");
        ipv6_format_mapped(&prefix->addr, &addresses);
    }
    if (addresses.length) {
        smap_add(&ids, FP_ID_ADDRESSES, ds_cstr(&addresses));
    }
    cni_error_log(ports_set_ids(a->ports, a->port, &ids,
                                a->plugin->deadline));
    smap_destroy(&ids);
    ds_destroy(&addresses);
}

static struct cni_error *
give_addresses(struct addition *a)
{
    struct cni_error *error;

    a->has_addresses = a->plugin->conf->ipam != NULL;
    error = ipam_add(a->plugin, &a->result);
    if (!error) {
        error = check_mtu(a);
    }
    if (!error) {
        error = add_addresses(a);
    }
    if (!error) {
        error = add_routes(a);
    }
    if (!error) {
        announce(a);
    }
    return error;
}

static struct cni_error *
make_device(struct addition *a)
{
    struct cni_error *error;

    if (!a->plugin->conf->device_id) {
        return make_veth(a);
    }
    error = vf_find(&a->vf, a->plugin->conf->device_id, a->host);
    if (!error) {
        a->port = a->vf.representor;
        a->has_device = true;
        error = vf_move(&a->vf, a->host, a->netns, a->plugin->who.ifname,
                        a->plugin->conf->mtu);
    }
    return error;
}

/* Finds the bridge, before anything is done that would have to be undone. */
static struct cni_error *
find_bridge(struct addition *a)
{
    const struct plugin *p = a->plugin;

    a->bridge = plugin_get_bridge(p);
    if (!a->bridge && p->conf->device_id) {
        a->bridge = vf_find_bridge(p->conf->device_id, a->ports);
    }
    if (!a->bridge) {
        return cni_error(CNI_BAD_CONFIG,
                         "network configuration: \"bridge\" is "
                         "missing: name one that \"ovs-vsctl list-br\" "
                         "shows");
    }
    return (ports_find_bridge(a->ports, a->bridge) ? NULL
            : cni_error(CNI_OPEN_VSWITCH, "there is no bridge \"%s\": add it "
                        "with \"ovs-vsctl add-br %s\"", a->bridge,
                        a->bridge));
}

static struct cni_error *
do_add(struct addition *a)
{
    struct cni_error *error = plugin_open_ports(a->plugin, &a->ports);

    if (!error) {
        error = find_bridge(a);
    }
    if (!error) {
        plugin_remove_stale_ports(a->plugin, a->ports, 4);
        error = open_namespaces(a);
    }
    if (!error) {
        error = make_device(a);
    }
    if (!error) {
        error = set_up_links(a);
    }
    if (!error) {
        error = add_port(a);
    }
    if (!error) {
        error = wait_link(a);
    }
    if (error) {
        return error;
    }
    wait_policy(a);
    return give_addresses(a);
}

/* Undoes what a failed ADD did, and nothing that an earlier ADD for the same
 * attachment did. */
static void
undo(struct addition *a)
{
    struct plugin *p = a->plugin;

    p->deadline = time_msec() + UNDO_MSEC / 2;
    if (a->has_addresses) {
        cni_error_log(ipam_del(p, &p->who, NULL));
    }
    p->deadline = time_msec() + UNDO_MSEC / 2;
    if (a->has_port) {
        cni_error_log(plugin_remove_port(p, a->ports));
    }
    if (a->has_device && p->conf->device_id) {
        vf_restore(&a->vf, a->host, a->netns, p->who.ifname);
    } else if (a->has_device) {
        link_delete(a->host, a->outer.ifindex);
    }
}

static char *
format_result(const struct addition *a)
{
    struct json *json = cni_result_to_json(&a->result,
                                           a->plugin->conf->version);
    char *s = json_to_string(json, JSSF_SORT);

    json_destroy(json);
    return s;
}

/* Adds to the result all but the addresses and routes.  The host's end is the
 * first interface, as in ovs-cni's results; add_addresses() says that the
 * addresses are the second one's. */
static void
complete_result(struct addition *a)
{
    const struct plugin *p = a->plugin;
    char *outer = xasprintf(ETH_ADDR_FMT, ETH_ADDR_ARGS(a->outer.mac));
    char *inner = xasprintf(ETH_ADDR_FMT, ETH_ADDR_ARGS(a->inner.mac));

    cni_result_add_interface(&a->result, a->port, outer, NULL, a->outer.mtu);
    cni_result_add_interface(&a->result, p->who.ifname, inner, p->env.netns,
                             a->inner.mtu);
    free(outer);
    free(inner);
    if (p->conf->dns && !shash_is_empty(json_object(p->conf->dns))) {
        json_destroy(a->result.dns);
        a->result.dns = json_clone(p->conf->dns);
    }
}

struct cni_error *
plugin_add(struct plugin *p, char **output)
{
    struct addition a = { .plugin = p };
    struct cni_error *error;

    cni_result_init(&a.result);
    error = do_add(&a);
    if (error) {
        undo(&a);
    } else {
        complete_result(&a);
        *output = format_result(&a);
    }
    cni_result_destroy(&a.result);
    ports_close(a.ports);
    link_close(a.host);
    link_close(a.netns);
    return error;
}
