/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "topology/port.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "flow.h"
#include "ovsdb-idl.h"
#include "ovsdb/footprint-keys.h"
#include "topology/bridge.h"
#include "topology/port-kind.h"
#include "util.h"
#include "vswitch-idl.h"

struct port *
port_create(const struct ovsrec_interface *iface,
            const struct endpoint *endpoint)
{
    struct port *port = xzalloc(sizeof *port);

    port->name = (endpoint ? xasprintf("%s/%s", iface->name, endpoint->id)
                  : xstrdup(iface->name));
    port->endpoint_id = endpoint ? xstrdup(endpoint->id) : NULL;
    ovs_list_init(&port->children);
    ovs_list_init(&port->sibling_node);
    ovs_list_init(&port->changed_node);
    port->uuid = iface->header_.uuid;
    port->ofport = OFPP_NONE;
    port->policy = policy_inherit;
    port->vlan = port->endpoint_vlan = -1;
    published_parse(&port->previous, &iface->external_ids,
                    port->endpoint_id);
    return port;
}

void
port_destroy(struct port *port)
{
    identity_destroy(&port->identity);
    container_macs_destroy(&port->macs);
    free(port->name);
    free(port->endpoint_id);
    free(port->zone_problem);
    free(port->sharing_problem);
    free(port->kind_problem);
    free(port->threshold_problem);
    free(port->endpoint_problem);
    free(port->tracking_problem);
    free(port->policy_problem);
    free(port);
}

void
port_note_change(const struct port *port)
{
    if (port->ofport != OFPP_NONE) {
        bridge_note_change(port->bridge);
    }
}

int
port_compare(const void *a_, const void *b_)
{
    const struct port *const *a = a_;
    const struct port *const *b = b_;
    int cmp = strcmp((*a)->bridge->name, (*b)->bridge->name);

    return cmp ? cmp : strcmp((*a)->name, (*b)->name);
}

bool
port_is_adaptive(const struct port *port)
{
    const struct port *iface = port->parent ? port->parent : port;
    const struct bridge *br = port->bridge;
    enum tracking_mode mode = (port->tracking != TRACKING_MODE_INHERIT
                               ? port->tracking : br->tracking);

    return (mode == TRACKING_MODE_ADAPTIVE && port->is_container
            && br->wanted && br->mode == ZONES_MANAGED && !br->is_userspace
            && iface->link_ifindex);
}

const char *
port_get_zone_problem(const struct port *port)
{
    return port->zone_problem ? port->zone_problem : port->sharing_problem;
}

const struct policy *
port_get_policy(const struct port *port)
{
    return port->policy.inherit ? &port->bridge->policy : &port->policy;
}

static unsigned int
row_seqno(const struct ovsrec_port *row)
{
    unsigned int inserted, modified;

    inserted = ovsrec_port_row_get_seqno(row, OVSDB_IDL_CHANGE_INSERT);
    modified = ovsrec_port_row_get_seqno(row, OVSDB_IDL_CHANGE_MODIFY);
    return MAX(inserted, modified);
}

bool
port_is_stale(const struct port *port, const struct ovsrec_interface *iface,
              const struct ovsrec_port *row)
{
    return (port->seqno != row_seqno(row)
            || ovsrec_interface_row_get_seqno(iface, OVSDB_IDL_CHANGE_INSERT)
            || ovsrec_interface_row_get_seqno(iface, OVSDB_IDL_CHANGE_MODIFY));
}

/* Returns the VLAN of the packets from the port that have no tag, or of all
 * its packets unless it turns out to be the '*native' VLAN of a trunk, or -1.
 * As ovs-vswitchd.conf.db(5) says, a port without a mode is an access port if
 * it has a tag, and a native VLAN that is not given is 0. */
static int
get_vlan(const struct ovsrec_port *row, bool *native)
{
    const char *mode = row->vlan_mode ? row->vlan_mode : "";

    *native = !strncmp(mode, "native-", strlen("native-"));
    return (!strcmp(mode, "trunk") ? -1
            : row->n_tag ? row->tag[0]
            : *native ? 0 : -1);
}

/* Interfaces of other types have no device, or one that is the container's own
 * end and may be in its network namespace, or one that counts nothing because
 * packets bypass it. */
static int
get_link_ifindex(const struct ovsrec_interface *iface)
{
    bool is_system = !iface->type[0] || !strcmp(iface->type, "system");

    return (is_system && iface->n_ifindex && iface->ifindex[0] > 0
            && iface->ifindex[0] <= INT_MAX ? iface->ifindex[0] : 0);
}

/* The schema lets it be any number, and others than ovs-vswitchd write it. */
static ofp_port_t
get_ofport(const struct ovsrec_interface *iface)
{
    return (iface->n_ofport && iface->ofport[0] > 0
            && iface->ofport[0] < ofp_to_u16(OFPP_MAX)
            ? u16_to_ofp(iface->ofport[0]) : OFPP_NONE);
}

/* Finds out what is behind 'port', whose identity is known. */
static void
read_kind(struct port *port, const char *bridge,
          const struct ovsrec_interface *iface, const struct ovsrec_port *row)
{
    char *problem;

    port->choice = settings_get_port_choice(&iface->external_ids,
                                            &row->external_ids, port->choice,
                                            &problem);
    const struct port_kind_inputs in = {
        .bridge = bridge,
        .name = iface->name,
        .type = iface->type,
        .dialect = port->identity.dialect,
        .is_bond = row->n_interfaces != 1,
        .inactive = port->identity.inactive,
        .choice = port->choice,
    };

    port->kind = port_kind_find(&in, &port->kind_reason);
    if (!problem && port->choice == PORT_CHOICE_CONTAINER
        && port->kind != PORT_KIND_CONTAINER) {
        problem = xasprintf("external_ids:%s=\"container\" has no effect: %s",
                            FP_CFG_PORT, port->kind_reason);
    }
    free(port->kind_problem);
    port->kind_problem = (problem
                          ? xasprintf("%s: %s", port->name, problem) : NULL);
    free(problem);
}

/* Did ovs-vswitchd ask the kernel about the device?  Dummies have none. */
static bool
has_driver(const struct ovsrec_interface *iface)
{
    return smap_get(&iface->status, "driver_name") != NULL;
}

bool
port_read(struct port *port, const char *bridge,
          const struct ovsrec_interface *iface, const struct ovsrec_port *row,
          bool *flows_changed)
{
    ofp_port_t ofport = get_ofport(iface);
    struct identity old = port->identity;
    bool was_container = port->is_container;
    bool native, changed;
    bool is_patch = !strcmp(iface->type, "patch");
    int vlan = get_vlan(row, &native);

    identity_init(&port->identity, &iface->external_ids, &row->external_ids);
    identity_add_device(&port->identity, iface->name);
    read_kind(port, bridge, iface, row);
    port->is_container = port->kind == PORT_KIND_CONTAINER;
    changed = (ofport != port->ofport
               || vlan != port->vlan || native != port->native
               || is_patch != port->is_patch
               || was_container != port->is_container);
    *flows_changed |= changed;
    changed |= (port->link_ifindex != get_link_ifindex(iface)
                || port->has_driver != has_driver(iface)
                || port->is_internal != port_kind_is_internal(iface->type)
                || !identity_equals(&old, &port->identity));
    identity_destroy(&old);
    port->seqno = row_seqno(row);
    port->ofport = ofport;
    port->vlan = vlan;
    port->native = native;
    port->is_patch = is_patch;
    port->link_ifindex = get_link_ifindex(iface);
    port->has_driver = has_driver(iface);
    port->is_internal = port_kind_is_internal(iface->type);
    return changed;
}

bool
port_read_endpoint(struct port *child, const struct port *parent,
                   const struct endpoint *e)
{
    struct identity id = { .dialect = "ovs-footprint" };
    bool has_addr = ipv6_addr_is_set(&e->addr);
    bool changed;

    id.name = xstrdup(e->name ? e->name : e->id);
    id.addrs = has_addr ? xmemdup(&e->addr, sizeof e->addr) : NULL;
    id.n_addrs = has_addr;
    id.k8s_node = nullable_xstrdup(parent->identity.k8s_node);
    identity_destroy(&child->identity);
    child->identity = id;

    changed = (child->ofport != parent->ofport
               || child->vlan != parent->vlan
               || child->native != parent->native
               || child->is_container != parent->is_container
               || child->endpoint_vlan != e->vlan
               || !ipv6_addr_equals(&child->endpoint_addr, &e->addr));
    child->ofport = parent->ofport;
    child->vlan = parent->vlan;
    child->native = parent->native;
    child->is_container = parent->is_container;
    child->kind = parent->kind;
    child->kind_reason = parent->kind_reason;
    child->endpoint_vlan = e->vlan;
    child->endpoint_addr = e->addr;
    return changed;
}
