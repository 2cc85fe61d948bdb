/* SPDX-License-Identifier: Apache-2.0 */

/* ADD and CHECK in a chain, after another plugin that connects the container
 * to Open vSwitch: writes to the database which container is behind the port,
 * and passes on what that plugin returned, byte for byte.
 *
 * The port is found in one of three ways.  The results of some plugins name
 * the host's end of a veth pair.  The kernel knows it for every veth.  For a
 * container without a veth, the external_ids that the other plugin wrote say
 * whose port it is. */

#include <config.h>
#include "plugin.h"

#include <stdlib.h>
#include <string.h>

#include "cni-error.h"
#include "cni-result.h"
#include "lib/identity.h"
#include "link.h"
#include "openvswitch/vlog.h"
#include "ovsdb/footprint-keys.h"
#include "ports.h"
#include "util.h"
#include "vswitch-idl.h"

VLOG_DEFINE_THIS_MODULE(chained);

/* Returns an Interface of the host that the result names, or null. */
static const struct ovsrec_interface *
find_by_name(const struct ports *ports, const struct cni_result *result)
{
    for (size_t i = 0; i < result->n_interfaces; i++) {
        const struct cni_interface *iface = &result->interfaces[i];

        if (!iface->sandbox) {
            const struct ovsrec_interface *row
                = ports_find_interface(ports, iface->name);

            /* A bridge's own port is not a container's. */
            if (row && !ports_find_bridge(ports, row->name)) {
                return row;
            }
        }
    }
    return NULL;
}

/* Returns the Interface that is the other end of the container's veth, or
 * null. */
static const struct ovsrec_interface *
find_by_veth(const struct plugin *p, const struct ports *ports)
{
    const struct ovsrec_interface *iface = NULL;
    struct link_handle *netns = NULL, *host = NULL;
    struct link inner, outer;

    if (!link_open(p->env.netns, &netns) && !link_open(NULL, &host)
        && !link_get(netns, p->who.ifname, &inner) && inner.is_veth
        && !link_get_by_ifindex(host, inner.peer, &outer) && outer.is_veth
        && outer.peer == inner.ifindex) {
        iface = ports_find_interface(ports, outer.name);
    }
    link_close(netns);
    link_close(host);
    return iface;
}

static bool
same(const char *a, const char *b)
{
    return a && b && !strcmp(a, b);
}

/* Is it a port of the pod, by its external_ids? */
static bool
is_the_pods(const struct ovsrec_interface *iface,
            const struct ovsrec_port *port, void *p_)
{
    const struct plugin *p = p_;
    struct identity id;
    bool is_it;

    identity_init(&id, &iface->external_ids, &port->external_ids);
    is_it = (same(id.container, p->who.container)
             || (same(id.name, smap_get(&p->env.args, "K8S_POD_NAME"))
                 && same(id.namespace,
                         smap_get(&p->env.args, "K8S_POD_NAMESPACE"))));
    identity_destroy(&id);
    return is_it;
}

static const struct ovsrec_interface *
find_interface(struct plugin *p, const struct ports *ports,
               const struct cni_result *result)
{
    const struct ovsrec_interface *iface = find_by_name(ports, result);

    if (!iface) {
        iface = find_by_veth(p, ports);
    }
    return iface ? iface : ports_search(ports, is_the_pods, p, NULL);
}

/* Did add.c make the port, and so write all there is to write? */
static bool
is_added(const struct ovsrec_interface *iface)
{
    return same(smap_get(&iface->external_ids, FP_CNI_DID), CNI_DID_ADDED);
}

/* Has anybody but the daemon and this plugin said what the workload is? */
static bool
has_workload(const struct smap *ids)
{
    const char *workload = smap_get(ids, FP_CFG_WORKLOAD);

    return (workload && !same(workload, smap_get(ids, FP_KEY_WORKLOAD_DERIVED))
            && !same(smap_get(ids, FP_CNI_DID), CNI_DID_NAMED_WORKLOAD));
}

/* Writes to 'iface' which container is behind it.  A workload that somebody
 * chose stays; what was written of an earlier container does not. */
static struct cni_error *
name_interface(struct plugin *p, struct ports *ports,
               const struct ovsrec_interface *iface)
{
    struct smap ids = SMAP_INITIALIZER(&ids);
    struct cni_error *error;

    plugin_get_ids(p, &ids);
    if (has_workload(&iface->external_ids)) {
        smap_remove(&ids, FP_CFG_WORKLOAD);
    }
    smap_add(&ids, FP_CNI_DID, (smap_get(&ids, FP_CFG_WORKLOAD)
                                ? CNI_DID_NAMED_WORKLOAD : CNI_DID_NAMED));
    error = ports_set_ids(ports, iface->name, &ids, p->deadline);
    smap_destroy(&ids);
    return error;
}

static struct cni_error *
get_prev_result(const struct plugin *p, struct cni_result *result)
{
    cni_result_init(result);
    return (p->conf->prev_result
            ? cni_result_parse(p->conf->prev_result, "prevResult", result)
            : cni_error(CNI_BAD_CONFIG,
                        "network configuration: \"prevResult\" "
                        "is missing, which CHECK needs"));
}

/* Opens the database, and finds the container's port.  That it has none is not
 * an error: its network may not be Open vSwitch's at all. */
static struct cni_error *
find_port(struct plugin *p, struct ports **ports,
          const struct ovsrec_interface **iface)
{
    struct cni_result result;
    struct cni_error *error = get_prev_result(p, &result);

    *ports = NULL;
    *iface = NULL;
    if (!error) {
        error = plugin_open_ports(p, ports);
    }
    if (!error) {
        *iface = find_interface(p, *ports, &result);
        if (!*iface) {
            VLOG_WARN("container %s: no port of Open vSwitch was found for "
                      "its %s, so none is marked as its port",
                      p->who.container, p->who.ifname);
        }
    }
    cni_result_destroy(&result);
    return error;
}

struct cni_error *
plugin_chained_add(struct plugin *p, char **output)
{
    const struct ovsrec_interface *iface;
    struct ports *ports;
    struct cni_error *error = find_port(p, &ports, &iface);
    const char *raw;
    size_t len;

    if (!error && iface && !is_added(iface)) {
        error = name_interface(p, ports, iface);
    }
    ports_close(ports);
    if (!error) {
        *output = (net_conf_find_raw(p->conf->input, "prevResult", &raw, &len)
                   ? xmemdup0(raw, len)
                   : json_to_string(p->conf->prev_result, JSSF_SORT));
    }
    return error;
}

struct cni_error *
plugin_chained_check(struct plugin *p)
{
    const struct ovsrec_interface *iface;
    struct ports *ports;
    struct cni_error *error = find_port(p, &ports, &iface);

    if (!error && iface) {
        error = plugin_check_name(p, iface);
    }
    ports_close(ports);
    return error;
}
