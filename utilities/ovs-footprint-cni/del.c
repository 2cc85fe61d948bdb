/* SPDX-License-Identifier: Apache-2.0 */

/* DEL and GC: removing what an ADD left, whatever of it is missing.
 *
 * Addresses are given back first, for their number is limited and nothing else is
 * needed for it.  What the database says is believed before the configuration,
 * which may have changed since the ADD.  An error does not keep the rest from
 * being removed; it is reported at the end, so that the runtime tries again. */

#include <config.h>
#include "plugin.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "cni-error.h"
#include "ipam.h"
#include "link.h"
#include "openvswitch/list.h"
#include "openvswitch/vlog.h"
#include "ovsdb/footprint-keys.h"
#include "ports.h"
#include "util.h"
#include "vf.h"
#include "vswitch-idl.h"

VLOG_DEFINE_THIS_MODULE(del);

/* How ovs-cni marks a port of its, in the Port's external_ids. */
#define OVS_CNI_OWNER "ovs-cni.network.kubevirt.io"

static bool
has(const struct smap *map, const char *key, const char *value)
{
    return value && !strcmp(smap_get_def(map, key, ""), value);
}

static bool
is_added(const struct ovsrec_interface *iface)
{
    return has(&iface->external_ids, FP_CNI_DID, "added");
}

/* Is it the port of the container's interface that a DEL is about? */
static bool
is_ours(const struct plugin *p, const struct ovsrec_interface *iface)
{
    return (smap_get(&iface->external_ids, FP_CNI_DID)
            && has(&iface->external_ids, FP_CNI_NETWORK, p->who.network)
            && has(&iface->external_ids, FP_ID_CONTAINER, p->who.container)
            && has(&iface->external_ids, FP_CNI_IFNAME, p->who.ifname));
}

/* The same, of a port that ovs-cni added, before the configuration's type was
 * changed to ours. */
static bool
is_ovs_cnis(const struct plugin *p, const struct ovsrec_port *port)
{
    const struct smap *ids = &port->external_ids;

    return (has(ids, "owner", OVS_CNI_OWNER)
            && has(ids, "contIface", p->who.ifname)
            && (has(ids, "contNetns", p->env.netns)
                || has(ids, "contPodUid",
                       smap_get(&p->env.args, "K8S_POD_UID"))));
}

/* A port that one of us added and whose link is gone: after a reboot, or because
 * the namespace went and the DEL could not reach the database. */
static bool
is_stale(const struct ovsrec_port *port, const struct ovsrec_interface *iface)
{
    return (is_added(iface) && attachment_is_port(port->name)
            && !if_nametoindex(port->name) && errno == ENODEV);
}

static enum port_fate
judge(const struct ovsrec_port *port, const struct ovsrec_interface *iface,
      void *p_)
{
    const struct plugin *p = p_;

    if (is_ours(p, iface)) {
        return is_added(iface) ? PORT_GOES : PORT_IS_FORGOTTEN;
    }
    return (!strcmp(port->name, p->port) || is_ovs_cnis(p, port)
            || is_stale(port, iface) ? PORT_GOES : PORT_STAYS);
}

static enum port_fate
judge_stale(const struct ovsrec_port *port,
            const struct ovsrec_interface *iface, void *aux OVS_UNUSED)
{
    return is_stale(port, iface) ? PORT_GOES : PORT_STAYS;
}

struct cni_error *
plugin_remove_stale_ports(struct plugin *p, struct ports *ports)
{
    return ports_sweep(ports, judge_stale, NULL, p->deadline);
}

struct cni_error *
plugin_remove_port(struct plugin *p, struct ports *ports)
{
    return ports_sweep(ports, judge, p, p->deadline);
}

static bool
is_ours_or_ovs_cnis(const struct ovsrec_interface *iface,
                    const struct ovsrec_port *port, void *p_)
{
    const struct plugin *p = p_;

    return is_ours(p, iface) || is_ovs_cnis(p, port);
}

/* Gives back addresses that were given by another configuration than the one that
 * there is now. */
static struct cni_error *
release_former_addresses(const struct plugin *p,
                         const struct ovsrec_interface *iface)
{
    const char *former = smap_get(&iface->external_ids, FP_CNI_IPAM);
    char *ipam = ipam_get_text(p);
    struct cni_error *error = NULL;

    if (former && (!ipam || strcmp(former, ipam))) {
        error = ipam_del(p, NULL, NULL, former);
    }
    free(ipam);
    return error;
}

static void
delete_link(struct link_handle *host, const char *name)
{
    struct link link;
    int error = link_get(host, name, &link);

    if (!error) {
        error = link_delete(host, link.ifindex);
    }
    if (error && error != ENODEV) {
        VLOG_WARN("cannot delete link %s (%s)", name, ovs_strerror(error));
    }
}

/* Gives a virtual function back to the host. */
static void
release_vf(const struct plugin *p, const struct ovsrec_interface *iface,
           struct link_handle *host)
{
    struct link_handle *netns = NULL;
    struct vf vf;

    if (!vf_from_ids(&vf, &iface->external_ids)) {
        return;
    }
    if (p->env.netns) {
        link_open(p->env.netns, &netns);
    }
    vf_restore(&vf, host, netns, p->who.ifname);
    link_close(netns);
}

/* What the database knows of the attachment. */
static struct cni_error *
del_from_database(struct plugin *p, struct link_handle *host)
{
    const struct ovsrec_interface *iface;
    const struct ovsrec_port *port;
    struct ports *ports;
    struct cni_error *error = plugin_open_ports(p, &ports);

    if (error) {
        return error;
    }
    iface = ports_search(ports, is_ours_or_ovs_cnis, p, &port);
    if (iface) {
        error = release_former_addresses(p, iface);
    }
    if (iface && host) {
        release_vf(p, iface, host);
        if (is_ovs_cnis(p, port)) {
            delete_link(host, iface->name);
        }
    }
    error = cni_error_first(error, plugin_remove_port(p, ports));
    ports_close(ports);
    return error;
}

struct cni_error *
plugin_del(struct plugin *p)
{
    struct cni_error *error = NULL, *database;
    struct link_handle *host;
    int err;

    /* Behind another plugin, IPAM is that one's. */
    error = ipam_del(p, NULL, NULL, NULL);
    err = link_open(NULL, &host);
    if (err) {
        error = cni_error_first(error, cni_error(
            CNI_KERNEL, "cannot open rtnetlink: %s", ovs_strerror(err)));
    }
    database = del_from_database(p, host);
    if (host) {
        delete_link(host, p->port);
        link_close(host);
    }
    if (database && database->code == CNI_TRY_AGAIN && !p->conf->device_id) {
        /* All that is left is a port without a link, which the next ADD, DEL or
         * GC removes: no reason for the container to stay. */
        cni_error_log(database);
        database = NULL;
    }
    return cni_error_first(error, database);
}

/* A container's interface that GC found and that is in the list of the valid
 * ones no more. */
struct leftover {
    struct ovs_list node;
    char *container;
    char *ifname;
    char *ipam;                 /* Or null. */
};

struct collection {
    const struct plugin *plugin;
    struct ovs_list leftovers;
};

static void
collect(struct collection *c, const char *container, const char *ifname,
        const char *ipam)
{
    struct leftover *l = xmalloc(sizeof *l);

    l->container = xstrdup(container);
    l->ifname = xstrdup(ifname);
    l->ipam = nullable_xstrdup(ipam);
    ovs_list_push_back(&c->leftovers, &l->node);
}

static bool
is_valid(const struct plugin *p, const char *container, const char *ifname)
{
    char *s = xasprintf("%s %s", container, ifname);
    bool valid = sset_contains(&p->conf->attachments, s);

    free(s);
    return valid;
}

/* Is it a port of this network whose container is gone? */
static bool
is_leftover(const struct plugin *p, const struct ovsrec_interface *iface)
{
    const struct smap *ids = &iface->external_ids;

    return (smap_get(ids, FP_CNI_DID)
            && has(ids, FP_CNI_NETWORK, p->conf->name)
            && !is_valid(p, smap_get_def(ids, FP_ID_CONTAINER, ""),
                         smap_get_def(ids, FP_CNI_IFNAME, "")));
}

static bool
collect_port(const struct ovsrec_interface *iface,
             const struct ovsrec_port *port OVS_UNUSED, void *c_)
{
    const struct smap *ids = &iface->external_ids;
    struct collection *c = c_;

    if (is_leftover(c->plugin, iface) && is_added(iface)) {
        collect(c, smap_get_def(ids, FP_ID_CONTAINER, ""),
                smap_get_def(ids, FP_CNI_IFNAME, ""),
                smap_get(ids, FP_CNI_IPAM));
    }
    return false;
}

static enum port_fate
judge_leftover(const struct ovsrec_port *port,
               const struct ovsrec_interface *iface, void *p_)
{
    const struct plugin *p = p_;

    if (is_leftover(p, iface)) {
        return is_added(iface) ? PORT_GOES : PORT_IS_FORGOTTEN;
    }
    return is_stale(port, iface) ? PORT_GOES : PORT_STAYS;
}

/* The names of the links that valid containers have. */
static void
get_valid_names(const struct plugin *p, struct sset *names)
{
    const char *s;

    SSET_FOR_EACH (s, &p->conf->attachments) {
        char *container = xmemdup0(s, strcspn(s, " "));
        struct attachment a = {
            p->conf->name, container, s + strlen(container) + 1
        };
        char port[IFNAMSIZ];

        attachment_get_port(&a, port);
        sset_add(names, port);
        free(container);
    }
}

/* Takes those of the links 'names' that nobody valid has; their aliases say whose
 * they were.  Links of other networks are left alone. */
static void
collect_links(struct collection *c, struct link_handle *host,
              struct sset *names)
{
    const struct plugin *p = c->plugin;
    struct sset valid = SSET_INITIALIZER(&valid);
    const char *name;

    get_valid_names(p, &valid);
    SSET_FOR_EACH_SAFE (name, names) {
        char network[256], container[256], ifname[IFNAMSIZ];
        struct link link;

        if (sset_contains(&valid, name)
            || !attachment_port_is_of(p->conf->name, name)
            || link_get(host, name, &link)) {
            sset_find_and_delete(names, name);
        } else if (ovs_scan(link.alias, "%255s %255s %15s", network,
                            container, ifname)) {
            if (strcmp(network, p->conf->name)) {
                sset_find_and_delete(names, name);
            } else {
                collect(c, container, ifname, NULL);
            }
        }
    }
    sset_destroy(&valid);
}

static struct cni_error *
release_addresses(struct collection *c)
{
    struct cni_error *error = NULL;
    struct leftover *l;

    LIST_FOR_EACH_SAFE (l, node, &c->leftovers) {
        VLOG_INFO("removing %s of container %s, which is gone", l->ifname,
                  l->container);
        error = cni_error_first(error, ipam_del(c->plugin, l->container,
                                                l->ifname, l->ipam));
        ovs_list_remove(&l->node);
        free(l->container);
        free(l->ifname);
        free(l->ipam);
        free(l);
    }
    return error;
}

struct cni_error *
plugin_gc(struct plugin *p)
{
    struct collection c = { .plugin = p };
    struct sset links = SSET_INITIALIZER(&links);
    struct link_handle *host;
    struct cni_error *error;
    struct ports *ports;
    const char *name;

    if (!p->conf->has_attachments) {
        /* To take this for "none" would cut off every container. */
        return cni_error(CNI_BAD_CONFIG, "network configuration: "
                         "\"cni.dev/valid-attachments\" is missing, which GC "
                         "needs to know what to leave alone");
    }
    ovs_list_init(&c.leftovers);
    error = plugin_open_ports(p, &ports);
    if (ports) {
        ports_search(ports, collect_port, &c, NULL);
    }
    if (!link_open(NULL, &host)) {
        link_list_veths(host, attachment_is_port, &links);
        collect_links(&c, host, &links);
    }
    error = cni_error_first(error, release_addresses(&c));
    if (ports) {
        error = cni_error_first(error, ports_sweep(ports, judge_leftover, p,
                                                   p->deadline));
        ports_close(ports);
    }
    SSET_FOR_EACH (name, &links) {
        delete_link(host, name);
    }
    link_close(host);
    sset_destroy(&links);
    return cni_error_first(error, ipam_gc(p));
}
