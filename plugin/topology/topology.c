/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "topology/topology.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "addresses/mac-learning.h"
#include "addresses/veth-peer.h"
#include "hash.h"
#include "hmapx.h"
#include "ovsdb-idl.h"
#include "sset.h"
#include "timeval.h"
#include "topology/bridge-owner.h"
#include "topology/container-macs.h"
#include "topology/port-settings.h"
#include "topology/shared-zones.h"
#include "topology/zone-assignment.h"
#include "util.h"
#include "vswitch-idl.h"
#include "zones/foreign-zones.h"

struct topology {
    struct hmap bridges;        /* Contains "struct bridge"s, by name. */
    struct hmap ports;          /* Contains "struct port"s. */
    struct zone_assignment *zones; /* The ports' own. */
    struct shared_zones *shared_zones;
    struct ovs_list changed_ports; /* See topology_get_changed_ports(). */
    bool any_changed;           /* Then it returns null. */
    bool had_ports;             /* Was there ever any? */
    bool has_allocated;         /* Could zones ever be allocated? */
    bool has_orphans;           /* See topology_has_orphans(). */
    uint64_t port_version;      /* Last given to a port. */

    /* When last read: the versions of what else than single Interfaces the
     * picture is made of. */
    struct versions {
        uint64_t peer_seq;      /* veth_peer_get_seq(). */
        uint64_t foreign_seq;   /* foreign_zones_get_seq(). */
        bool may_allocate;
        unsigned int cfg, bridges, ports; /* Rows. */
    } versions;
};

/* What one update needs all the way down. */
struct update {
    struct topology *t;
    const struct ovsdb_idl *idl;
    const struct settings *settings;
    const struct zone_listener *listener;
    const struct foreign_zones *foreign_zones;
    bool peers_changed;
    bool settings_changed;
    bool changed;               /* Output. */
};

/* 'port' is not what it was. */
static void
list_port(struct update *u, struct port *port)
{
    if (ovs_list_is_empty(&port->changed_node)) {
        ovs_list_push_back(&u->t->changed_ports, &port->changed_node);
    }
}

/* Something of 'port' changed that its flows, if it has any, may depend on. */
static void
note_port_change(struct update *u, struct port *port)
{
    port_note_change(port);
    list_port(u, port);
    u->changed = true;
}

/* Something changed, or did not, that may concern any port. */
static void
note_any_change(struct update *u, bool changed)
{
    u->changed |= changed;
    u->t->any_changed |= changed;
}

/* Somebody may have written to what is published of 'port'. */
static void
note_row_change(struct update *u, struct port *port)
{
    port->version = ++u->t->port_version;
    list_port(u, port);
}

struct topology *
topology_create(void)
{
    struct topology *t = xzalloc(sizeof *t);

    hmap_init(&t->bridges);
    hmap_init(&t->ports);
    ovs_list_init(&t->changed_ports);
    t->zones = zone_assignment_create();
    t->shared_zones = shared_zones_create();
    return t;
}

static void
destroy_port(struct topology *t, struct port *port)
{
    hmap_remove(&t->ports, &port->name_node);
    ovs_list_remove(&port->bridge_node);
    ovs_list_remove(&port->sibling_node);
    ovs_list_remove(&port->changed_node);
    port_destroy(port);
}

static struct bridge *
find_bridge(const struct topology *t, const char *name)
{
    struct bridge *br;

    HMAP_FOR_EACH_WITH_HASH (br, name_node, hash_string(name, 0),
                             &t->bridges) {
        if (!strcmp(br->name, name)) {
            return br;
        }
    }
    return NULL;
}

static void
destroy_bridge(struct topology *t, struct bridge *br)
{
    hmap_remove(&t->bridges, &br->name_node);
    bridge_destroy(br);
}

void
topology_remove_bridge(struct topology *t, const char *name)
{
    destroy_bridge(t, find_bridge(t, name));
}

void
topology_destroy(struct topology *t)
{
    struct bridge *br;
    struct port *port;

    if (!t) {
        return;
    }
    zone_assignment_destroy(t->zones);
    HMAP_FOR_EACH_SAFE (port, name_node, &t->ports) {
        destroy_port(t, port);
    }
    HMAP_FOR_EACH_SAFE (br, name_node, &t->bridges) {
        destroy_bridge(t, br);
    }
    hmap_destroy(&t->bridges);
    hmap_destroy(&t->ports);
    shared_zones_destroy(t->shared_zones);
    free(t);
}

/* Ports. */

static struct port *
find_port(const struct topology *t, const char *name)
{
    struct port *port;

    HMAP_FOR_EACH_WITH_HASH (port, name_node, hash_string(name, 0),
                             &t->ports) {
        if (!strcmp(port->name, name)) {
            return port;
        }
    }
    return NULL;
}

static void
remove_port(struct update *u, struct port *port)
{
    struct port *child;

    LIST_FOR_EACH_SAFE (child, sibling_node, &port->children) {
        remove_port(u, child);
    }
    zone_assignment_release(u->t->zones, port, u->listener);
    note_port_change(u, port);
    u->t->has_orphans |= ovsrec_interface_get_for_uuid(u->idl, &port->uuid)
                         != NULL;
    destroy_port(u->t, port);
}

/* 'endpoint' is null for the port of the Interface itself. */
static struct port *
add_port(struct update *u, struct bridge *br,
         const struct ovsrec_interface *iface, const struct endpoint *endpoint)
{
    struct port *port = port_create(iface, endpoint);

    port->bridge = br;
    port->since = u->t->had_ports ? time_msec() : LLONG_MIN;
    hmap_insert(&u->t->ports, &port->name_node, hash_string(port->name, 0));
    ovs_list_push_back(&br->ports, &port->bridge_node);
    note_port_change(u, port);
    note_row_change(u, port);
    return port;
}

/* Makes the endpoints behind 'parent' those that its row names. */
static void
read_endpoints(struct update *u, struct port *parent,
               const struct ovsrec_interface *iface)
{
    struct port *child;
    struct endpoint *endpoints;
    char *problem;
    size_t n;

    LIST_FOR_EACH (child, sibling_node, &parent->children) {
        child->seen = false;
    }
    n = endpoints_parse(&iface->external_ids, &endpoints, &problem);
    for (size_t i = 0; i < n; i++) {
        char *name = xasprintf("%s/%s", parent->name, endpoints[i].id);
        bool changed;

        child = find_port(u->t, name);
        if (!child) {
            child = add_port(u, parent->bridge, iface, &endpoints[i]);
            child->parent = parent;
            ovs_list_push_back(&parent->children, &child->sibling_node);
        }
        child->seen = true;
        changed = port_read_endpoint(child, parent, &endpoints[i]);
        changed |= container_macs_read_endpoint(child, parent, &endpoints[i]);
        if (changed) {
            note_port_change(u, child);
        }
        free(name);
    }
    endpoints_free(endpoints, n);
    port_set_problem(&parent->endpoint_problem, problem);
    LIST_FOR_EACH_SAFE (child, sibling_node, &parent->children) {
        if (!child->seen) {
            remove_port(u, child);
            note_row_change(u, parent);
        }
    }
}

static void
mark_seen(struct port *port)
{
    struct port *child;

    port->seen = true;
    LIST_FOR_EACH (child, sibling_node, &port->children) {
        child->seen = true;
    }
}

/* Takes from the rows of 'port', and from 'bridge', what may have changed
 * since they were last read. */
static void
read_port(struct update *u, struct port *port,
          const struct ovsrec_bridge *bridge, const struct ovsrec_port *row,
          const struct ovsrec_interface *iface)
{
    struct bridge *br = port->bridge;
    bool is_stale = port_is_stale(port, iface, row);
    struct port *child;

    if (is_stale) {
        bool flows_changed = false;

        u->changed |= port_read(port, br->name, iface, row, &flows_changed);
        if (flows_changed) {
            /* Its OpenFlow port number may have gone. */
            bridge_note_change(br);
            note_port_change(u, port);
        }

        /* Somebody may have written to keys of ours. */
        note_row_change(u, port);
        LIST_FOR_EACH (child, sibling_node, &port->children) {
            note_row_change(u, child);
        }
    }
    if (is_stale || u->peers_changed) {
        if (container_macs_read(port, iface)) {
            note_port_change(u, port);
        }
        read_endpoints(u, port, iface);
    }
    if (is_stale && port_settings_read(port, iface)) {
        note_port_change(u, port);
    }
    if (is_stale || br->mode == ZONES_OVN) {
        zone_assignment_read(port, bridge);
    }
    if (is_stale || u->settings_changed) {
        u->changed |= port_settings_read_thresholds(port, u->settings, iface);
        LIST_FOR_EACH (child, sibling_node, &port->children) {
            port_settings_inherit(child, port);
        }
    }
}

static void
update_port(struct update *u, struct bridge *br,
            const struct ovsrec_bridge *bridge, const struct ovsrec_port *row,
            const struct ovsrec_interface *iface)
{
    struct port *port = find_port(u->t, iface->name);
    bool is_new;

    /* An Interface that was deleted and added again at once has somebody else
     * behind it. */
    if (port && (port->bridge != br
                 || !uuid_equals(&port->uuid, &iface->header_.uuid))) {
        remove_port(u, port);
        port = NULL;
    }
    is_new = !port;
    if (!port) {
        port = add_port(u, br, iface, NULL);
    }
    mark_seen(port);
    port->port_uuid = row->header_.uuid;
    read_port(u, port, bridge, row, iface);

    /* A zone that is not OVN's was one of ours, with flows. */
    if (is_new && port->previous.zone
        && port->previous.zone != port->ovn_zone) {
        bridge_note_old_flows(br);
    }
}

/* Bridges. */

static struct bridge *
get_bridge(struct update *u, const char *name)
{
    struct bridge *br = find_bridge(u->t, name);

    if (!br) {
        br = bridge_create(name, u->settings);
        hmap_insert(&u->t->bridges, &br->name_node, hash_string(name, 0));
        note_any_change(u, true);
    }
    return br;
}

static void
update_bridge(struct update *u, struct bridge *br,
              const struct ovsrec_open_vswitch *cfg)
{
    const struct ovsrec_bridge *bridge = bridge_find_row(cfg, br->name);
    const struct bridge_inputs inputs = {
        .cfg = cfg, .settings = u->settings, .foreign_zones = u->foreign_zones,
    };

    note_any_change(u, bridge_read(br, bridge, &inputs));
    for (size_t i = 0; br->wanted && bridge && i < bridge->n_ports; i++) {
        const struct ovsrec_port *row = bridge->ports[i];

        for (size_t j = 0; j < row->n_interfaces; j++) {
            update_port(u, br, bridge, row, row->interfaces[j]);
        }
    }
}

/* Bridges that are not to be served any more are known by what a previous run
 * left there.  It may have removed its keys and not its flows. */
static void
update_wanted(struct update *u, const struct ovsrec_open_vswitch *cfg)
{
    struct bridge *br;
    const char *name;

    SSET_FOR_EACH (name, &u->settings->bridges) {
        get_bridge(u, name);
    }
    for (size_t i = 0; i < cfg->n_bridges; i++) {
        const struct ovsrec_bridge *row = cfg->bridges[i];

        if (!find_bridge(u->t, row->name)
            && (bridge_owner_was_us(row)
                || foreign_zones_has_our_flows(u->foreign_zones, row->name))) {
            get_bridge(u, row->name);
        }
    }
    HMAP_FOR_EACH (br, name_node, &u->t->bridges) {
        note_any_change(u, bridge_set_wanted(
            br, sset_contains(&u->settings->bridges, br->name)));
    }
}

/* Endpoints go first, since a port takes those behind it along. */
static void
remove_unseen_ports(struct update *u)
{
    struct port *port;

    HMAP_FOR_EACH_SAFE (port, name_node, &u->t->ports) {
        if (!port->seen && port->endpoint_id) {
            remove_port(u, port);
        }
    }
    HMAP_FOR_EACH_SAFE (port, name_node, &u->t->ports) {
        if (!port->seen) {
            remove_port(u, port);
        }
    }
}

/* Has the bridges asked that may know a container's addresses, and takes what
 * they know. */
static void
learn_macs(struct update *u, struct mac_learning *ml)
{
    struct sset names = SSET_INITIALIZER(&names);
    struct bridge *br;

    HMAP_FOR_EACH (br, name_node, &u->t->bridges) {
        if (container_macs_need_learning(br)) {
            sset_add(&names, br->name);
            if (container_macs_learn(br, ml)) {
                bridge_note_change(br);
                note_any_change(u, true);
            }
        }
    }
    mac_learning_set_bridges(ml, &names);
    sset_destroy(&names);
}

/* Reads the Interfaces that changed, while nothing else did. */
static void
update_interfaces(struct update *u, const struct ovsrec_open_vswitch *cfg)
{
    const struct ovsrec_interface *iface;

    OVSREC_INTERFACE_FOR_EACH_TRACKED (iface, u->idl) {
        struct port *port = (ovsrec_interface_is_deleted(iface)
                             ? NULL : find_port(u->t, iface->name));
        const struct ovsrec_bridge *bridge;
        const struct ovsrec_port *row;

        if (!port || !uuid_equals(&port->uuid, &iface->header_.uuid)) {
            continue;
        }
        bridge = bridge_find_row(cfg, port->bridge->name);
        row = ovsrec_port_get_for_uuid(u->idl, &port->port_uuid);
        if (bridge && row) {
            read_port(u, port, bridge, row, iface);
        }
    }
}

/* Reads everything. */
static void
update_all(struct update *u, const struct ovsrec_open_vswitch *cfg)
{
    struct topology *t = u->t;
    struct bridge *br;
    struct port *port;

    zone_assignment_configure(t->zones, u->settings, u->foreign_zones, cfg);
    update_wanted(u, cfg);
    HMAP_FOR_EACH (port, name_node, &t->ports) {
        port->seen = false;
    }
    HMAP_FOR_EACH (br, name_node, &t->bridges) {
        update_bridge(u, br, cfg);
    }
    remove_unseen_ports(u);
}

/* Begins a new list of ports that changed. */
static void
start_list(struct topology *t, bool any_changed)
{
    struct port *port;

    LIST_FOR_EACH_SAFE (port, changed_node, &t->changed_ports) {
        ovs_list_remove(&port->changed_node);
        ovs_list_init(&port->changed_node);
    }
    t->any_changed = any_changed;
}

/* Gives each port its zone. */
static void
assign_zones(struct update *u, bool may_allocate)
{
    struct hmapx changed = HMAPX_INITIALIZER(&changed);
    struct hmapx_node *node;

    u->changed |= zone_assignment_run(u->t->zones, &u->t->ports, may_allocate,
                                      u->listener, &changed);
    HMAPX_FOR_EACH (node, &changed) {
        list_port(u, node->data);
    }
    hmapx_destroy(&changed);
}

static struct versions
get_versions(const struct topology_inputs *in,
             const struct ovsrec_open_vswitch *cfg)
{
    unsigned int inserted, modified;

    inserted = ovsrec_open_vswitch_row_get_seqno(cfg, OVSDB_IDL_CHANGE_INSERT);
    modified = ovsrec_open_vswitch_row_get_seqno(cfg, OVSDB_IDL_CHANGE_MODIFY);
    return (struct versions) {
        .peer_seq = veth_peer_get_seq(),
        .foreign_seq = foreign_zones_get_seq(in->foreign_zones),
        .may_allocate = in->may_allocate,
        .cfg = MAX(inserted, modified),
        .bridges = ovsrec_bridge_get_seqno(in->idl),
        .ports = ovsrec_port_get_seqno(in->idl),
    };
}

static bool
versions_equal(const struct versions *a, const struct versions *b)
{
    return (a->peer_seq == b->peer_seq
            && a->foreign_seq == b->foreign_seq
            && a->may_allocate == b->may_allocate
            && a->cfg == b->cfg
            && a->bridges == b->bridges
            && a->ports == b->ports);
}

bool
topology_update(struct topology *t, const struct topology_inputs *in,
                const struct zone_listener *listener)
{
    const struct ovsrec_open_vswitch *cfg
        = ovsrec_open_vswitch_first(in->idl);
    struct update u = {
        .t = t, .idl = in->idl, .settings = in->settings,
        .listener = listener,
        .foreign_zones = in->foreign_zones,
        .settings_changed = in->settings_changed,
    };
    struct versions versions;
    bool all;

    t->has_orphans = false;
    start_list(t, in->settings_changed
               || (in->may_allocate && !t->has_allocated));
    t->has_allocated |= in->may_allocate;
    if (!cfg) {
        return false;
    }
    versions = get_versions(in, cfg);
    all = (in->settings_changed
           || !versions_equal(&versions, &t->versions));
    u.peers_changed = versions.peer_seq != t->versions.peer_seq;
    t->versions = versions;
    if (all) {
        update_all(&u, cfg);
    } else {
        update_interfaces(&u, cfg);
    }
    learn_macs(&u, in->mac_learning);
    if (all || u.changed || zone_assignment_is_incomplete(t->zones)) {
        assign_zones(&u, in->may_allocate);
    }
    if (u.changed) {
        shared_zones_update(t->shared_zones, in->settings, &t->ports);
    }
    t->had_ports |= !hmap_is_empty(&t->ports);
    return u.changed;
}

const struct ovs_list *
topology_get_changed_ports(const struct topology *t)
{
    return t->any_changed ? NULL : &t->changed_ports;
}

bool
topology_has_orphans(const struct topology *t)
{
    return t->has_orphans;
}

const struct hmap *
topology_get_bridges(const struct topology *t)
{
    return &t->bridges;
}

const struct hmap *
topology_get_ports(const struct topology *t)
{
    return &t->ports;
}

const struct zones *
topology_get_zones(const struct topology *t)
{
    return zone_assignment_get_zones(t->zones);
}

const struct shared_zones *
topology_get_shared_zones(const struct topology *t)
{
    return t->shared_zones;
}

const struct port *
topology_find_zone(const struct topology *t, uint16_t zone)
{
    return zone_assignment_find(t->zones, zone);
}

const struct port *
topology_find_port(const struct topology *t, const char *name)
{
    return find_port(t, name);
}

size_t
topology_sort_bridges(const struct topology *t, const struct bridge ***bridges)
{
    size_t max = hmap_count(&t->bridges);
    const struct bridge **all = xmalloc(MAX(max, 1) * sizeof *all);
    const struct bridge *br;
    size_t n = 0;

    HMAP_FOR_EACH (br, name_node, &t->bridges) {
        all[n++] = br;
    }
    qsort(all, n, sizeof *all, bridge_compare);
    *bridges = all;
    return n;
}

size_t
topology_sort_ports(const struct topology *t, const struct port ***ports)
{
    size_t max = hmap_count(&t->ports);
    const struct port **all = xmalloc(MAX(max, 1) * sizeof *all);
    const struct port *port;
    size_t n = 0;

    HMAP_FOR_EACH (port, name_node, &t->ports) {
        all[n++] = port;
    }
    qsort(all, n, sizeof *all, port_compare);
    *ports = all;
    return n;
}
