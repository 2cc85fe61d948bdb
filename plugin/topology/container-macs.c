/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "topology/container-macs.h"

#include <stdlib.h>
#include <string.h>

#include "addresses/mac-learning.h"
#include "addresses/veth-peer.h"
#include "topology/bridge.h"
#include "topology/endpoint.h"
#include "topology/port-kind.h"
#include "topology/port.h"
#include "util.h"
#include "vswitch-idl.h"

/* Stores in '*mac' the address of the container's own device, if that can be
 * told. */
static bool
get_device_mac(const struct ovsrec_interface *iface, struct eth_addr *mac)
{
    if (port_kind_is_internal(iface->type)) {
        return (iface->mac_in_use
                && eth_addr_from_string(iface->mac_in_use, mac));
    }
    return iface->n_ifindex && veth_peer_get_mac(iface->ifindex[0], mac);
}

bool
container_macs_read(struct port *port, const struct ovsrec_interface *iface)
{
    struct container_macs *macs = &port->macs;
    bool was_claimed = macs->source == CONTAINER_MACS_CLAIMED;
    struct eth_addr mac;

    macs->source = CONTAINER_MACS_CLAIMED;
    if (port->identity.n_macs) {
        return container_macs_set(macs, port->identity.macs,
                                  port->identity.n_macs);
    } else if (get_device_mac(iface, &mac)) {
        return container_macs_set(macs, &mac, 1);
    }
    macs->source = CONTAINER_MACS_LEARNED;

    /* What was learned stays, for now. */
    return was_claimed && container_macs_set(macs, NULL, 0);
}

static bool
inherit_macs(struct port *child, const struct port *parent)
{
    return container_macs_set(&child->macs, parent->macs.addrs,
                              parent->macs.n);
}

bool
container_macs_read_endpoint(struct port *child, const struct port *parent,
                             const struct endpoint *endpoint)
{
    if (eth_addr_is_zero(endpoint->mac)) {
        child->macs.source = CONTAINER_MACS_INHERITED;
        return inherit_macs(child, parent);
    }
    child->macs.source = CONTAINER_MACS_CLAIMED;
    return container_macs_set(&child->macs, &endpoint->mac, 1);
}

/* Learning. */

/* Could an address that was learned at 'port' be of use? */
static bool
needs_learning(const struct port *port)
{
    const struct bridge *br = port->bridge;

    return (port->is_container && port->macs.source == CONTAINER_MACS_LEARNED
            && port->ofport != OFPP_NONE
            && br->wanted && br->exists && br->mode == ZONES_MANAGED
            && !br->is_userspace);
}

bool
container_macs_need_learning(const struct bridge *br)
{
    const struct port *port;

    LIST_FOR_EACH (port, bridge_node, &br->ports) {
        if (needs_learning(port)) {
            return true;
        }
    }
    return false;
}

static int
compare_macs(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct eth_addr));
}

/* Stores in '*addrs', which the caller must free, what the ports of 'br'
 * claim, sorted.  Returns how many. */
static size_t
get_claimed(const struct bridge *br, struct eth_addr **addrs)
{
    size_t n = 0, allocated = 0;
    const struct port *port;

    *addrs = NULL;
    LIST_FOR_EACH (port, bridge_node, &br->ports) {
        const struct container_macs *macs = &port->macs;

        for (size_t i = 0; (macs->source == CONTAINER_MACS_CLAIMED
                            && i < macs->n); i++) {
            if (n >= allocated) {
                *addrs = x2nrealloc(*addrs, &allocated, sizeof **addrs);
            }
            (*addrs)[n++] = macs->addrs[i];
        }
    }
    if (n) {
        qsort(*addrs, n, sizeof **addrs, compare_macs);
    }
    return n;
}

/* Gives 'port' what was learned there, but for the 'n_claimed' addresses in
 * 'claimed'.  Returns true if its addresses changed. */
static bool
learn_port(struct port *port, const struct mac_learning *ml,
           const struct eth_addr *claimed, size_t n_claimed)
{
    struct eth_addr addrs[MAC_LEARNING_MAX];
    size_t n_learned, n = 0;
    struct port *child;

    n_learned = (needs_learning(port)
                 ? mac_learning_get(ml, port->bridge->name, port->ofport,
                                    addrs)
                 : 0);
    for (size_t i = 0; i < n_learned; i++) {
        if (!n_claimed || !bsearch(&addrs[i], claimed, n_claimed,
                                   sizeof *claimed, compare_macs)) {
            addrs[n++] = addrs[i];
        }
    }
    if (!container_macs_set(&port->macs, addrs, n)) {
        return false;
    }
    LIST_FOR_EACH (child, sibling_node, &port->children) {
        if (child->macs.source == CONTAINER_MACS_INHERITED) {
            inherit_macs(child, port);
        }
    }
    return true;
}

bool
container_macs_learn(struct bridge *br, const struct mac_learning *ml)
{
    struct eth_addr *claimed;
    struct port *port;
    bool changed = false;
    size_t n = get_claimed(br, &claimed);

    LIST_FOR_EACH (port, bridge_node, &br->ports) {
        if (port->macs.source == CONTAINER_MACS_LEARNED) {
            changed |= learn_port(port, ml, claimed, n);
        }
    }
    free(claimed);
    return changed;
}
