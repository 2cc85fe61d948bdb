/* SPDX-License-Identifier: Apache-2.0 */

/* GC: removing what is left of containers that are gone, and, for every
 * command, ports whose links are gone: after a reboot, or because a DEL could
 * not reach the database.
 *
 * Only the port's external_ids still say whose addresses have to be given
 * back.  So that comes first, and if it fails, the port stays. */

#include <config.h>
#include "plugin.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "cni-error.h"
#include "ipam.h"
#include "lib/printable.h"
#include "link.h"
#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "ovsdb/footprint-keys.h"
#include "ports.h"
#include "timeval.h"
#include "util.h"
#include "vswitch-idl.h"

VLOG_DEFINE_THIS_MODULE(gc);

/* An attachment of which something is left. */
struct leftover {
    char *network;
    char *container;
    char *ifname;
    char *ipam;                 /* Or null. */
};

struct collection {
    const struct plugin *plugin;
    /* Is the container of this port gone? */
    bool (*is_leftover)(const struct plugin *, const struct ovsrec_port *,
                        const struct ovsrec_interface *);
    struct shash leftovers;     /* "struct leftover" by port's or link's
                                 * name. */
};

static const char *
get(const struct ovsrec_interface *iface, const char *key)
{
    return smap_get_def(&iface->external_ids, key, "");
}

static bool
is_added(const struct ovsrec_interface *iface)
{
    return !strcmp(get(iface, FP_CNI_DID), CNI_DID_ADDED);
}

/* Is the link gone, for ovs-vswitchd as well?  If we run in another network
 * namespace than ovs-vswitchd by mistake, we see no link at all, and must not
 * cut off every container.  The port of a virtual function is never stale: it
 * has the name of a representor, which never goes. */
static bool
is_stale(const struct plugin *p OVS_UNUSED, const struct ovsrec_port *port,
         const struct ovsrec_interface *iface)
{
    bool is_open = iface->n_ifindex && iface->ifindex[0] > 0;

    return (is_added(iface) && attachment_is_port(port->name) && !is_open
            && !if_nametoindex(port->name) && errno == ENODEV);
}

/* Does the network configuration list this attachment as valid? */
static bool
is_valid(const struct plugin *p, const char *container, const char *ifname)
{
    char *s = xasprintf("%s %s", container, ifname);
    bool valid = sset_contains(&p->conf->attachments, s);

    free(s);
    return valid;
}

/* Is it a port of this network that the configuration does not list as valid,
 * or a stale one of any network? */
static bool
is_invalid(const struct plugin *p, const struct ovsrec_port *port,
           const struct ovsrec_interface *iface)
{
    return ((smap_get(&iface->external_ids, FP_CNI_DID)
             && !strcmp(get(iface, FP_CNI_NETWORK), p->conf->name)
             && !is_valid(p, get(iface, FP_ID_CONTAINER),
                          get(iface, FP_CNI_IFNAME)))
            || is_stale(p, port, iface));
}

static void
collection_init(struct collection *c, const struct plugin *p)
{
    c->plugin = p;
    shash_init(&c->leftovers);
}

static void
leftover_destroy(struct leftover *l)
{
    free(l->network);
    free(l->container);
    free(l->ifname);
    free(l->ipam);
    free(l);
}

static void
collection_destroy(struct collection *c)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &c->leftovers) {
        leftover_destroy(node->data);
    }
    shash_destroy(&c->leftovers);
}

static void
collect(struct collection *c, const char *port, const struct attachment *who,
        const char *ipam)
{
    struct leftover *l;

    if (shash_find(&c->leftovers, port)) {
        return;
    }
    l = xmalloc(sizeof *l);
    l->network = xstrdup(who->network);
    l->container = xstrdup(who->container);
    l->ifname = xstrdup(who->ifname);
    l->ipam = nullable_xstrdup(ipam);
    shash_add(&c->leftovers, port, l);
}

static bool
collect_port(const struct ovsrec_interface *iface,
             const struct ovsrec_port *port, void *c_)
{
    struct collection *c = c_;

    if (c->is_leftover(c->plugin, port, iface)) {
        const struct attachment who = {
            get(iface, FP_CNI_NETWORK), get(iface, FP_ID_CONTAINER),
            get(iface, FP_CNI_IFNAME)
        };

        collect(c, port->name, &who,
                smap_get(&iface->external_ids, FP_CNI_IPAM));
    }
    return false;
}

/* Adds the names of the ports of all valid attachments to 'ports'. */
static void
get_valid_ports(const struct net_conf *conf, struct sset *ports)
{
    const char *s;

    SSET_FOR_EACH (s, &conf->attachments) {
        char *container = xstrdup(s);
        char *ifname = strrchr(container, ' ');
        const struct attachment who = { conf->name, container, ifname + 1 };
        char port[IFNAMSIZ];

        *ifname = '\0';
        attachment_get_port(&who, port);
        sset_add(ports, port);
        free(container);
    }
}

/* Adds a link that no valid container has.  Its alias says whose it was.  If
 * it has none, the ADD was killed so early that it had got no address.  If the
 * names are too long for an alias, the addresses can only be given back by
 * means of a port. */
static void
collect_link(struct collection *c, const struct link *link)
{
    const char *own = c->plugin->conf->name;
    char network[256], container[256], ifname[IFNAMSIZ];
    const struct attachment nobody = { own, "", "" };
    const struct attachment who = { network, container, ifname };

    if (!ovs_scan(link->alias, "%255s %255s %15s", network, container,
                  ifname)) {
        collect(c, link->name, &nobody, NULL);
    } else if (!strcmp(network, own)) {
        collect(c, link->name, &who, NULL);
    }
}

/* Adds links of this network that no valid container has. */
static void
collect_links(struct collection *c, struct link_handle *host)
{
    struct sset names = SSET_INITIALIZER(&names);
    struct sset valid = SSET_INITIALIZER(&valid);
    const char *name;

    get_valid_ports(c->plugin->conf, &valid);
    link_list_veths(host, attachment_is_port, &names);
    SSET_FOR_EACH (name, &names) {
        struct link link;

        if (attachment_port_is_of(c->plugin->conf->name, name)
            && !sset_contains(&valid, name)
            && !link_get(host, name, &link)) {
            collect_link(c, &link);
        }
    }
    sset_destroy(&names);
    sset_destroy(&valid);
}

/* Gives back the addresses of all leftovers.  Where that fails, the leftover
 * leaves the collection, so that its port and link stay for another time. */
static struct cni_error *
release_addresses(struct collection *c)
{
    struct cni_error *error = NULL;
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &c->leftovers) {
        struct leftover *l = node->data;
        const struct attachment who = { l->network, l->container, l->ifname };
        struct cni_error *err = NULL;

        VLOG_INFO("removing %s: container %s is gone", printable(node->name),
                  printable(l->container));
        if (*l->container
            && (l->ipam || !strcmp(l->network, c->plugin->conf->name))) {
            err = ipam_del(c->plugin, &who, l->ipam);
        }
        if (err) {
            leftover_destroy(l);
            shash_delete(&c->leftovers, node);
        }
        error = cni_error_first(error, err);
    }
    return error;
}

static enum port_fate
judge(const struct ovsrec_port *port, const struct ovsrec_interface *iface,
      void *c_)
{
    struct collection *c = c_;

    return (!shash_find(&c->leftovers, port->name) ? PORT_STAYS
            : is_added(iface) ? PORT_GOES : PORT_IS_FORGOTTEN);
}

void
plugin_remove_stale_ports(struct plugin *p, struct ports *ports, int parts)
{
    struct collection c = { .is_leftover = is_stale };
    long long int deadline = p->deadline;

    collection_init(&c, p);
    ports_search(ports, collect_port, &c, NULL);
    if (!shash_is_empty(&c.leftovers)) {
        /* Another network's IPAM plugin may hang. */
        p->deadline = time_msec() + (deadline - time_msec()) / parts;
        cni_error_log(release_addresses(&c));
        p->deadline = deadline;
        cni_error_log(ports_sweep(ports, judge, &c, deadline));
    }
    collection_destroy(&c);
}

static void
delete_links(const struct collection *c, struct link_handle *host)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &c->leftovers) {
        struct link link;

        /* The link of a port that we only named is another plugin's. */
        if (attachment_is_port(node->name)
            && !link_get(host, node->name, &link)) {
            int error = link_delete(host, link.ifindex);

            if (error && error != ENODEV) {
                VLOG_WARN("cannot delete link %s (%s)", printable(node->name),
                          ovs_strerror(error));
            }
        }
    }
}

struct cni_error *
plugin_gc(struct plugin *p)
{
    struct collection c = { .is_leftover = is_invalid };
    struct link_handle *host;
    struct cni_error *error;
    struct ports *ports;

    if (!p->conf->has_attachments) {
        /* As an empty list, this would cut off every container. */
        return cni_error(CNI_BAD_CONFIG, "network configuration: "
                         "\"cni.dev/valid-attachments\" is missing, which GC "
                         "needs to know what to leave alone");
    }
    collection_init(&c, p);
    error = plugin_open_ports(p, &ports);
    if (ports) {
        ports_search(ports, collect_port, &c, NULL);
    }
    if (!link_open(NULL, &host)) {
        collect_links(&c, host);
    }
    error = cni_error_first(error, release_addresses(&c));
    plugin_grant_time(p);
    if (ports) {
        error = cni_error_first(error, ports_sweep(ports, judge, &c,
                                                   p->deadline));
        ports_close(ports);
    }
    if (host) {
        delete_links(&c, host);
        link_close(host);
    }
    collection_destroy(&c);
    return cni_error_first(error, ipam_gc(p));
}
