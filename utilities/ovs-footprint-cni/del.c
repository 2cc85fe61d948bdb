/* SPDX-License-Identifier: Apache-2.0 */

/* DEL: removing what an ADD left, whatever of it is missing.
 *
 * Addresses are given back first, for their number is limited and nothing else
 * is needed for it.  If the configuration has changed since the ADD, the
 * former "ipam", which the database has, is asked as well.  An error does not
 * keep the rest from being removed; it is reported at the end, so that the
 * runtime tries again. */

#include <config.h>
#include "plugin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cni-error.h"
#include "ipam.h"
#include "link.h"
#include "openvswitch/vlog.h"
#include "ovsdb/footprint-keys.h"
#include "ports.h"
#include "util.h"
#include "vf.h"
#include "vswitch-idl.h"

VLOG_DEFINE_THIS_MODULE(del);

/* The "owner" of ovs-cni's ports, in the Port's external_ids. */
#define OVS_CNI_OWNER "ovs-cni.network.kubevirt.io"

static bool
has(const struct smap *map, const char *key, const char *value)
{
    return value && !strcmp(smap_get_def(map, key, ""), value);
}

static bool
is_added(const struct ovsrec_interface *iface)
{
    return has(&iface->external_ids, FP_CNI_DID, CNI_DID_ADDED);
}

/* Is it the port of the attachment that the DEL is about? */
static bool
is_ours(const struct plugin *p, const struct ovsrec_interface *iface)
{
    return (smap_get(&iface->external_ids, FP_CNI_DID)
            && has(&iface->external_ids, FP_CNI_NETWORK, p->who.network)
            && has(&iface->external_ids, FP_ID_CONTAINER, p->who.container)
            && has(&iface->external_ids, FP_CNI_IFNAME, p->who.ifname));
}

/* The same for a port that ovs-cni added, before the type in the network
 * configuration was changed to ours. */
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

static enum port_fate
judge(const struct ovsrec_port *port, const struct ovsrec_interface *iface,
      void *p_)
{
    const struct plugin *p = p_;

    if (is_ours(p, iface)) {
        return is_added(iface) ? PORT_GOES : PORT_IS_FORGOTTEN;
    }
    return (!strcmp(port->name, p->port) || is_ovs_cnis(p, port)
            ? PORT_GOES : PORT_STAYS);
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

/* Gives back the addresses if another "ipam" gave them than the network
 * configuration has now. */
static struct cni_error *
release_former_addresses(const struct plugin *p,
                         const struct ovsrec_interface *iface)
{
    const char *former = smap_get(&iface->external_ids, FP_CNI_IPAM);
    char *ipam = ipam_get_text(p);
    struct cni_error *error = NULL;

    if (former && (!ipam || strcmp(former, ipam))) {
        error = ipam_del(p, &p->who, former);
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

/* Removes what the database knows of the attachment. */
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
        plugin_grant_time(p);
    }
    if (iface && host) {
        release_vf(p, iface, host);
        if (!is_ours(p, iface)) {
            /* ovs-cni is not in the chain, or is_ours() would be true, and the
             * link would stay for ovs-cni's DEL, which may need it. */
            delete_link(host, iface->name);
        }
    }
    error = cni_error_first(error, plugin_remove_port(p, ports));
    plugin_remove_stale_ports(p, ports, 4);
    ports_close(ports);
    return error;
}

struct cni_error *
plugin_del(struct plugin *p)
{
    struct cni_error *error = NULL, *database;
    struct link_handle *host;
    int err;

    /* In a chain, the plugin that connects the container has the "ipam", and
     * this does nothing. */
    error = ipam_del(p, &p->who, NULL);
    plugin_grant_time(p);
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
        /* All that is left is a port without a link, which the next ADD, DEL
         * or GC removes: no reason for the container to stay. */
        cni_error_log(database);
        database = NULL;
    }
    return cni_error_first(error, database);
}
