/* SPDX-License-Identifier: Apache-2.0 */

/* The bridges that we serve, their ports, and who is behind each. */

#include <config.h>
#include "topology/topology.h"

#include <stdlib.h>
#include <string.h>

#include "addresses/mac-learning.h"
#include "addresses/veth-peer.h"
#include "bitmap.h"
#include "hash.h"
#include "lib/problem.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "ovsdb/footprint-keys.h"
#include "pipeline/pipeline.h"
#include "sset.h"
#include "topology/bridge-owner.h"
#include "topology/shared-zones.h"
#include "util.h"
#include "vswitch-idl.h"
#include "zones/foreign-zones.h"
#include "zones/zones.h"

VLOG_DEFINE_THIS_MODULE(topology);

struct topology {
    struct shash bridges;       /* Contains "struct bridge"s. */
    struct hmap ports;          /* Contains "struct port"s. */
    struct hmap by_zone;        /* Likewise, those with a zone. */
    struct shared_zones *shared_zones;
    struct zones *zones;
    bool has_orphans;           /* See topology_has_orphans(). */
    bool lacks_zones;           /* Is there any port that could have none? */
    uint64_t version;           /* Last given to a bridge or a port. */

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
    const struct topology_listener *listener;
    const struct foreign_zones *foreign_zones;
    bool may_allocate;
    bool peers_changed;
    bool settings_changed;
    bool zones_moved;           /* May owned zones not be allocated now? */
    bool changed;               /* Output. */
};

/* Something of 'br' or of its ports changed that the flows may depend on. */
static void
note_change(struct update *u, struct bridge *br)
{
    br->version = ++u->t->version;
    u->changed = true;
}

struct topology *
topology_create(void)
{
    struct topology *t = xzalloc(sizeof *t);

    shash_init(&t->bridges);
    hmap_init(&t->ports);
    hmap_init(&t->by_zone);
    t->shared_zones = shared_zones_create();
    t->zones = zones_create();
    return t;
}

static void
destroy_port(struct topology *t, struct port *port)
{
    hmap_remove(&t->ports, &port->name_node);
    if (port->zone) {
        hmap_remove(&t->by_zone, &port->zone_node);
    }
    ovs_list_remove(&port->bridge_node);
    ovs_list_remove(&port->sibling_node);
    port_destroy(port);
}

void
topology_remove_bridge(struct topology *t, struct bridge *br)
{
    ovs_assert(ovs_list_is_empty(&br->ports));
    shash_find_and_delete_assert(&t->bridges, br->name);
    free(br->name);
    free(br->problem);
    free(br->options_problem);
    free(br);
}

void
topology_destroy(struct topology *t)
{
    struct shash_node *node;
    struct port *port;

    if (!t) {
        return;
    }
    HMAP_FOR_EACH_SAFE (port, name_node, &t->ports) {
        destroy_port(t, port);
    }
    SHASH_FOR_EACH_SAFE (node, &t->bridges) {
        topology_remove_bridge(t, node->data);
    }
    shash_destroy(&t->bridges);
    hmap_destroy(&t->ports);
    hmap_destroy(&t->by_zone);
    shared_zones_destroy(t->shared_zones);
    zones_destroy(t->zones);
    free(t);
}

void
topology_register(struct ovsdb_idl *idl)
{
    const struct ovsdb_idl_column *columns[] = {
        &ovsrec_open_vswitch_col_bridges,
        &ovsrec_open_vswitch_col_external_ids,
        &ovsrec_bridge_col_name,
        &ovsrec_bridge_col_ports,
        &ovsrec_bridge_col_external_ids,
        &ovsrec_bridge_col_datapath_type,
        &ovsrec_port_col_name,
        &ovsrec_port_col_interfaces,
        &ovsrec_port_col_external_ids,
        &ovsrec_port_col_tag,
        &ovsrec_port_col_vlan_mode,
    };
    const struct ovsdb_idl_column *interface_columns[] = {
        &ovsrec_interface_col_name,
        &ovsrec_interface_col_type,
        &ovsrec_interface_col_ofport,
        &ovsrec_interface_col_ifindex,
        &ovsrec_interface_col_mac_in_use,
        &ovsrec_interface_col_link_speed,
        &ovsrec_interface_col_external_ids,
    };

    ovsdb_idl_add_table(idl, &ovsrec_table_open_vswitch);
    ovsdb_idl_add_table(idl, &ovsrec_table_bridge);
    ovsdb_idl_add_table(idl, &ovsrec_table_port);
    ovsdb_idl_add_table(idl, &ovsrec_table_interface);
    for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
        ovsdb_idl_add_column(idl, columns[i]);
    }

    /* Interfaces change one by one, and often: through us, above all. */
    for (size_t i = 0; i < ARRAY_SIZE(interface_columns); i++) {
        ovsdb_idl_add_column(idl, interface_columns[i]);
        ovsdb_idl_track_add_column(idl, interface_columns[i]);
    }
}

/* Zones. */

struct port *
topology_find_zone(const struct topology *t, uint16_t zone)
{
    struct port *port;

    HMAP_FOR_EACH_WITH_HASH (port, zone_node, hash_int(zone, 0),
                             &t->by_zone) {
        if (port->zone == zone) {
            return port;
        }
    }
    return NULL;
}

const struct shared_zones *
topology_get_shared_zones(const struct topology *t)
{
    return t->shared_zones;
}

/* Takes ownership of 'problem', which may be null. */
static void
set_problem(char **problemp, char *problem)
{
    if (problem_set(problemp, problem)) {
        VLOG_WARN("%s", *problemp);
    }
}

/* The ports in shared zones are known by their addresses. */
static void
update_shared_zones(struct update *u)
{
    struct port *port;

    shared_zones_clear(u->t->shared_zones);
    HMAP_FOR_EACH (port, name_node, &u->t->ports) {
        if (port->is_container && port->bridge->mode == ZONES_SHARED) {
            shared_zones_add(u->t->shared_zones, u->settings, port);
        }
    }
    HMAP_FOR_EACH (port, name_node, &u->t->ports) {
        if (port->is_container && port->bridge->mode == ZONES_SHARED) {
            set_problem(&port->problem,
                        shared_zones_check(u->t->shared_zones, port));
        }
    }
}

static void
set_zone(struct update *u, struct port *port, uint16_t zone)
{
    struct topology *t = u->t;

    if (port->zone == zone) {
        return;
    }
    if (port->zone) {
        hmap_remove(&t->by_zone, &port->zone_node);
        u->listener->zone_lost(port, port->zone, u->listener->aux);
    }
    port->zone = zone;
    if (zone) {
        hmap_insert(&t->by_zone, &port->zone_node, hash_int(zone, 0));
    }
    note_change(u, port->bridge);
}

static bool
needs_managed_zone(const struct port *port)
{
    return port->is_container && port->bridge->mode == ZONES_MANAGED;
}

static void
assign_managed_zone(struct update *u, struct port *port)
{
    uint16_t zone = zones_get(u->t->zones, port->name,
                              u->listener->flush_zone, u->listener->aux);

    set_problem(&port->problem,
                zone ? NULL
                : xasprintf("%s: no conntrack zone is left for it, widen "
                            "external_ids:"FP_CFG_ZONE_RANGE, port->name));
    set_zone(u, port, zone);
}

static void
assign_ovn_zone(struct update *u, struct port *port)
{
    const struct port *other = topology_find_zone(u->t, port->ovn_zone);
    char *problem = NULL;

    if (port->ovn_zone && other && other != port) {
        problem = xasprintf("%s: OVN's zone %"PRIu16" of logical port %s is "
                            "that of %s as well", port->name, port->ovn_zone,
                            port->identity.logical_port, other->name);
    }
    set_zone(u, port, problem ? 0 : port->ovn_zone);
    set_problem(&port->problem, problem);
}

static int compare_ports(const void *, const void *);

/* Gives every port its zone.  What we published in an earlier life is claimed
 * for all ports before any gets a new zone; those that do get one get it in
 * the order of their names. */
static void
assign_zones(struct update *u)
{
    size_t max = hmap_count(&u->t->ports);
    struct port **fresh = xmalloc(MAX(max, 1) * sizeof *fresh);
    struct port *port;
    size_t n = 0;

    HMAP_FOR_EACH (port, name_node, &u->t->ports) {
        if (!needs_managed_zone(port)) {
            zones_release(u->t->zones, port->name);

            /* OVN may have exchanged the zones of two ports. */
            if (!port->is_container || port->bridge->mode != ZONES_OVN
                || port->zone != port->ovn_zone) {
                set_zone(u, port, 0);
            }
        } else if (!port->zone) {
            fresh[n++] = port;
        }
    }
    qsort(fresh, n, sizeof *fresh, compare_ports);
    for (size_t i = 0; i < n; i++) {
        zones_claim(u->t->zones, fresh[i]->name, fresh[i]->previous.zone);
    }

    /* First those whose zone OVN may have taken. */
    if (u->zones_moved) {
        HMAP_FOR_EACH (port, name_node, &u->t->ports) {
            if (needs_managed_zone(port) && port->zone) {
                assign_managed_zone(u, port);
            }
        }
    }
    HMAP_FOR_EACH (port, name_node, &u->t->ports) {
        if (port->is_container && port->bridge->mode == ZONES_OVN) {
            assign_ovn_zone(u, port);
        }
    }
    u->t->lacks_zones = false;
    for (size_t i = 0; i < n; i++) {
        if (u->may_allocate || zones_find(u->t->zones, fresh[i]->name)) {
            assign_managed_zone(u, fresh[i]);
        }
        u->t->lacks_zones |= !fresh[i]->zone;
    }
    free(fresh);
}

/* Zones that others use must not be allocated.  Entries that are not ours in a
 * zone that is are no reason to leave it: the flows of whoever made them would
 * be, and are looked at.  Returns true if those are others than before. */
static bool
update_reserved_zones(struct topology *t, const struct foreign_zones *fz,
                      const struct ovsrec_open_vswitch *cfg)
{
    unsigned long *ids = bitmap_allocate(UINT16_MAX + 1);
    bool changed;
    size_t id;

    foreign_zones_add_in_flows(fz, ids);
    BITMAP_FOR_EACH_1 (id, UINT16_MAX + 1, foreign_zones_in_conntrack(fz)) {
        if (zones_get_state(t->zones, id) != ZONE_OWNED) {
            bitmap_set1(ids, id);
        }
    }
    for (size_t i = 0; i < cfg->n_bridges; i++) {
        bridge_owner_add_ovn_zones(cfg->bridges[i], ids);
    }
    changed = zones_set_reserved(t->zones, ids);
    bitmap_free(ids);
    return changed;
}

/* Ports. */

struct port *
topology_find_port(const struct topology *t, const char *name)
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
    set_zone(u, port, 0);
    zones_release(u->t->zones, port->name);
    note_change(u, port->bridge);
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
    hmap_insert(&u->t->ports, &port->name_node, hash_string(port->name, 0));
    ovs_list_push_back(&br->ports, &port->bridge_node);
    note_change(u, br);
    port->version = br->version;
    return port;
}

static void
update_threshold(struct update *u, struct port *port,
                 const struct ovsrec_interface *iface)
{
    uint64_t speed = iface->n_link_speed ? iface->link_speed[0] : 0;
    struct elephant_threshold old = port->threshold;
    char *problem;

    if (!port->is_container) {
        set_problem(&port->threshold_problem, NULL);
        return;
    }
    settings_get_threshold(u->settings, &iface->external_ids, speed,
                           &port->threshold, &problem);
    u->changed |= !elephant_threshold_equals(&old, &port->threshold);
    if (problem) {
        char *full = xasprintf("%s: %s", port->name, problem);
        free(problem);
        problem = full;
    }
    set_problem(&port->threshold_problem, problem);
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

        child = topology_find_port(u->t, name);
        if (!child) {
            child = add_port(u, parent->bridge, iface, &endpoints[i]);
            ovs_list_push_back(&parent->children, &child->sibling_node);
        }
        child->seen = true;
        if (port_read_endpoint(child, parent, &endpoints[i])) {
            note_change(u, parent->bridge);
        }
        free(name);
    }
    endpoints_free(endpoints, n);
    set_problem(&parent->endpoint_problem, problem);
    LIST_FOR_EACH_SAFE (child, sibling_node, &parent->children) {
        if (!child->seen) {
            remove_port(u, child);
            parent->version = ++u->t->version;
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
            note_change(u, br);
        }

        /* Somebody may have written to keys of ours. */
        port->version = ++u->t->version;
        LIST_FOR_EACH (child, sibling_node, &port->children) {
            child->version = port->version;
        }
    }
    if (is_stale || u->peers_changed) {
        if (container_macs_read(port, iface)) {
            note_change(u, br);
        }
        read_endpoints(u, port, iface);
    }
    if (is_stale || br->mode == ZONES_OVN) {
        port->ovn_zone = bridge_owner_get_ovn_zone(
            bridge, port->identity.logical_port);
    }
    if (is_stale || u->settings_changed) {
        update_threshold(u, port, iface);
        LIST_FOR_EACH (child, sibling_node, &port->children) {
            child->threshold = port->threshold;
        }
    }
}

static void
update_port(struct update *u, struct bridge *br,
            const struct ovsrec_bridge *bridge, const struct ovsrec_port *row,
            const struct ovsrec_interface *iface)
{
    struct port *port = topology_find_port(u->t, iface->name);
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
        br->had_flows = true;
    }
}

/* Bridges. */

static struct bridge *
get_bridge(struct update *u, const char *name)
{
    struct bridge *br = shash_find_data(&u->t->bridges, name);

    if (!br) {
        br = xzalloc(sizeof *br);
        br->name = xstrdup(name);
        br->mode = ZONES_MANAGED;
        br->pipeline_options = u->settings->pipeline;
        ovs_list_init(&br->ports);
        shash_add(&u->t->bridges, name, br);
        note_change(u, br);
    }
    return br;
}

/* Takes ownership of 'problem', which may be null. */
static void
set_bridge_problem(char **problemp, const struct bridge *br, char *problem)
{
    set_problem(problemp, problem ? xasprintf("bridge %s: %s", br->name,
                                              problem)
                : NULL);
    free(problem);
}

static void
update_pipeline_options(struct update *u, struct bridge *br,
                        const struct ovsrec_bridge *bridge)
{
    struct pipeline_options options = br->pipeline_options;
    char *problem;

    settings_get_pipeline_options(u->settings, &bridge->external_ids, &options,
                                  &problem);
    set_bridge_problem(&br->options_problem, br, problem);
    if (!pipeline_options_equal(&options, &br->pipeline_options)) {
        br->pipeline_options = options;
        note_change(u, br);
    }
}

static void
update_mode(struct update *u, struct bridge *br,
            const struct ovsrec_open_vswitch *cfg,
            const struct ovsrec_bridge *bridge)
{
    enum zones_mode mode = u->settings->zones;
    char *problem = settings_parse_zones_mode(&bridge->external_ids, &mode);

    set_bridge_problem(&br->problem, br, problem);
    if (mode == ZONES_AUTO) {
        mode = bridge_owner_get_mode(cfg, bridge);
    }
    if (mode != br->mode) {
        VLOG_INFO("bridge %s: zones are now \"%s\" (were \"%s\")", br->name,
                  zones_mode_to_string(mode), zones_mode_to_string(br->mode));
        br->mode = mode;
        note_change(u, br);
    }
}

static const struct ovsrec_bridge *
find_row(const struct ovsrec_open_vswitch *cfg, const char *name)
{
    for (size_t i = 0; i < cfg->n_bridges; i++) {
        if (!strcmp(cfg->bridges[i]->name, name)) {
            return cfg->bridges[i];
        }
    }
    return NULL;
}

static void
update_bridge(struct update *u, struct bridge *br,
              const struct ovsrec_open_vswitch *cfg)
{
    const struct ovsrec_bridge *bridge = find_row(cfg, br->name);

    if (br->exists != (bridge != NULL)) {
        br->exists = bridge != NULL;
        note_change(u, br);
    }
    if (!br->wanted) {
        set_problem(&br->problem, NULL);
        set_problem(&br->options_problem, NULL);
        return;
    }
    if (!bridge) {
        set_problem(&br->problem,
                    xasprintf("bridge %s does not exist: waiting for it to be "
                              "added (or take it out of external_ids:"
                              FP_CFG_BRIDGES")", br->name));
        return;
    }
    update_mode(u, br, cfg, bridge);
    update_pipeline_options(u, br, bridge);
    if (br->is_userspace != !strcmp(bridge->datapath_type, "netdev")) {
        br->is_userspace = !br->is_userspace;
        note_change(u, br);
    }
    if (!br->had_flows
        && foreign_zones_has_our_flows(u->foreign_zones, br->name)) {
        br->had_flows = true;
        br->version = ++u->t->version;
    }
    for (size_t i = 0; i < bridge->n_ports; i++) {
        const struct ovsrec_port *row = bridge->ports[i];

        for (size_t j = 0; j < row->n_interfaces; j++) {
            update_port(u, br, bridge, row, row->interfaces[j]);
        }
    }
}

/* Bridges that are not to be served any more are known by what an earlier life
 * of the daemon left there.  It may have removed its keys and not its flows. */
static void
update_wanted(struct update *u, const struct ovsrec_open_vswitch *cfg)
{
    struct shash_node *node;
    const char *name;

    SSET_FOR_EACH (name, &u->settings->bridges) {
        get_bridge(u, name);
    }
    for (size_t i = 0; i < cfg->n_bridges; i++) {
        const struct ovsrec_bridge *row = cfg->bridges[i];

        if (!shash_find(&u->t->bridges, row->name)
            && (bridge_owner_was_us(row)
                || foreign_zones_has_our_flows(u->foreign_zones, row->name))) {
            get_bridge(u, row->name);
        }
    }
    SHASH_FOR_EACH (node, &u->t->bridges) {
        struct bridge *br = node->data;
        bool wanted = sset_contains(&u->settings->bridges, br->name);

        if (wanted != br->wanted) {
            br->wanted = wanted;
            note_change(u, br);
        }
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
    struct shash_node *node;

    SHASH_FOR_EACH (node, &u->t->bridges) {
        struct bridge *br = node->data;

        if (container_macs_need_learning(br)) {
            sset_add(&names, br->name);
            if (container_macs_learn(br, ml)) {
                note_change(u, br);
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
                             ? NULL : topology_find_port(u->t, iface->name));
        const struct ovsrec_bridge *bridge;
        const struct ovsrec_port *row;

        if (!port || !uuid_equals(&port->uuid, &iface->header_.uuid)) {
            continue;
        }
        bridge = find_row(cfg, port->bridge->name);
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
    struct shash_node *node;
    struct port *port;

    u->zones_moved = zones_set_range(t->zones, u->settings->zone_min,
                                     u->settings->zone_max);
    u->zones_moved |= update_reserved_zones(t, u->foreign_zones, cfg);
    update_wanted(u, cfg);
    HMAP_FOR_EACH (port, name_node, &t->ports) {
        port->seen = false;
    }
    SHASH_FOR_EACH (node, &t->bridges) {
        update_bridge(u, node->data, cfg);
    }
    remove_unseen_ports(u);
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
                const struct topology_listener *listener)
{
    const struct ovsrec_open_vswitch *cfg
        = ovsrec_open_vswitch_first(in->idl);
    struct update u = {
        .t = t, .idl = in->idl, .settings = in->settings,
        .listener = listener,
        .foreign_zones = in->foreign_zones,
        .may_allocate = in->may_allocate,
        .settings_changed = in->settings_changed,
    };
    struct versions versions;
    bool all;

    t->has_orphans = false;
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
    if (all || u.changed || t->lacks_zones) {
        assign_zones(&u);
    }
    if (u.changed) {
        update_shared_zones(&u);
    }
    return u.changed;
}

bool
topology_has_orphans(const struct topology *t)
{
    return t->has_orphans;
}

const struct shash *
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
    return t->zones;
}

static int
compare_ports(const void *a_, const void *b_)
{
    const struct port *const *a = a_;
    const struct port *const *b = b_;
    int cmp = strcmp((*a)->bridge->name, (*b)->bridge->name);

    return cmp ? cmp : strcmp((*a)->name, (*b)->name);
}

size_t
topology_sort_ports(const struct topology *t, struct port ***ports)
{
    size_t max = hmap_count(&t->ports);
    struct port **all = xmalloc(MAX(max, 1) * sizeof *all);
    struct port *port;
    size_t n = 0;

    HMAP_FOR_EACH (port, name_node, &t->ports) {
        all[n++] = port;
    }
    qsort(all, n, sizeof *all, compare_ports);
    *ports = all;
    return n;
}
