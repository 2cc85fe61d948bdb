/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "topology/zone-assignment.h"

#include <stdlib.h>

#include "bitmap.h"
#include "conntrack/ct-zone.h"
#include "hash.h"
#include "hmapx.h"
#include "lib/printable.h"
#include "lib/problem.h"
#include "openvswitch/hmap.h"
#include "openvswitch/vlog.h"
#include "ovsdb/footprint-keys.h"
#include "settings/settings.h"
#include "topology/bridge-owner.h"
#include "topology/bridge.h"
#include "topology/port.h"
#include "util.h"
#include "vswitch-idl.h"
#include "zones/foreign-zones.h"
#include "zones/zones.h"

VLOG_DEFINE_THIS_MODULE(zone_assignment);

struct zone_assignment {
    struct zones *zones;        /* Ours. */
    struct hmap ports;          /* Contains "struct port"s, by their own
                                 * zone. */
    bool moved;                 /* May zones that ports have not be allocated
                                 * any more? */
    bool incomplete;            /* See zone_assignment_is_incomplete(). */
};

/* What one run needs all the way down. */
struct run {
    struct zone_assignment *za;
    const struct hmap *ports;
    const struct zone_listener *listener;
    struct hmapx *changed;      /* Ports: output. */
};

struct zone_assignment *
zone_assignment_create(void)
{
    struct zone_assignment *za = xzalloc(sizeof *za);

    za->zones = zones_create();
    hmap_init(&za->ports);
    return za;
}

void
zone_assignment_destroy(struct zone_assignment *za)
{
    if (za) {
        zones_destroy(za->zones);
        hmap_destroy(&za->ports);
        free(za);
    }
}

const struct port *
zone_assignment_find(const struct zone_assignment *za, uint16_t zone)
{
    const struct port *port;

    HMAP_FOR_EACH_WITH_HASH (port, zone_node, hash_int(zone, 0), &za->ports) {
        if (port->zone == zone) {
            return port;
        }
    }
    return NULL;
}

bool
zone_assignment_is_incomplete(const struct zone_assignment *za)
{
    return za->incomplete;
}

const struct zones *
zone_assignment_get_zones(const struct zone_assignment *za)
{
    return za->zones;
}

/* Zones that others use must not be allocated.  Entries of others in a zone of
 * ours are no reason to leave it; flows that use the zone would be, and they
 * are looked at.  Returns true if the zones of others changed. */
static bool
update_reserved(struct zone_assignment *za, const struct foreign_zones *fz,
                const struct ovsrec_open_vswitch *cfg)
{
    unsigned long *ids = bitmap_allocate(CT_N_ZONES);
    bool changed;
    size_t id;

    foreign_zones_add_in_flows(fz, ids);
    BITMAP_FOR_EACH_1 (id, CT_N_ZONES, foreign_zones_in_conntrack(fz)) {
        if (zones_get_state(za->zones, id) != ZONE_OWNED) {
            bitmap_set1(ids, id);
        }
    }
    for (size_t i = 0; i < cfg->n_bridges; i++) {
        bridge_owner_add_ovn_zones(cfg->bridges[i], ids);
    }
    changed = zones_set_reserved(za->zones, ids);
    bitmap_free(ids);
    return changed;
}

void
zone_assignment_configure(struct zone_assignment *za,
                          const struct settings *settings,
                          const struct foreign_zones *foreign_zones,
                          const struct ovsrec_open_vswitch *cfg)
{
    za->moved |= zones_set_range(za->zones, settings->zone_min,
                                 settings->zone_max);
    za->moved |= update_reserved(za, foreign_zones, cfg);
}

void
zone_assignment_read(struct port *port, const struct ovsrec_bridge *row)
{
    port->ovn_zone = bridge_owner_get_ovn_zone(row,
                                               port->identity.logical_port);
}

/* Returns true if that is another zone than before. */
static bool
set_zone(struct zone_assignment *za, struct port *port, uint16_t zone,
         const struct zone_listener *listener)
{
    if (port->zone == zone) {
        return false;
    }
    if (port->zone) {
        hmap_remove(&za->ports, &port->zone_node);
        listener->zone_lost(port, port->zone, listener->aux);
    }
    port->zone = zone;
    if (zone) {
        hmap_insert(&za->ports, &port->zone_node, hash_int(zone, 0));
    }
    port_note_change(port);
    return true;
}

void
zone_assignment_release(struct zone_assignment *za, struct port *port,
                        const struct zone_listener *listener)
{
    set_zone(za, port, 0, listener);
    zones_release(za->zones, port->name);
}

static void
change_zone(struct run *r, struct port *port, uint16_t zone)
{
    if (set_zone(r->za, port, zone, r->listener)) {
        hmapx_add(r->changed, port);
    }
}

/* Takes ownership of 'problem', which may be null. */
static void
set_problem(struct port *port, char *problem)
{
    if (problem_set(&port->zone_problem, problem)) {
        VLOG_WARN("%s", printable_text(problem));
    }
}

static bool
is_managed(const struct port *port)
{
    return port->is_container && port->bridge->mode == ZONES_MANAGED;
}

static bool
is_ovns(const struct port *port)
{
    return port->is_container && port->bridge->mode == ZONES_OVN;
}

static void
assign_managed(struct run *r, struct port *port)
{
    uint16_t zone = zones_get(r->za->zones, port->name,
                              r->listener->flush_zone, r->listener->aux);

    set_problem(port, zone ? NULL
                : xasprintf("%s: no conntrack zone is left for it, widen "
                            "external_ids:"FP_CFG_ZONE_RANGE, port->name));
    change_zone(r, port, zone);
}

static void
assign_ovns(struct run *r, struct port *port)
{
    const struct port *other = zone_assignment_find(r->za, port->ovn_zone);
    char *problem = NULL;

    if (port->ovn_zone && other && other != port) {
        problem = xasprintf("%s: OVN's zone %"PRIu16" of logical port %s is "
                            "that of %s as well", port->name, port->ovn_zone,
                            port->identity.logical_port, other->name);
    }
    change_zone(r, port, problem ? 0 : port->ovn_zone);
    set_problem(port, problem);
}

/* Takes the ports their zones that must not have them any more. */
static void
withdraw(struct run *r)
{
    struct port *port;

    HMAP_FOR_EACH (port, name_node, r->ports) {
        if (!is_managed(port)) {
            if (!is_ovns(port)) {
                set_problem(port, NULL);
            }
            zones_release(r->za->zones, port->name);

            /* OVN may have exchanged the zones of two ports. */
            if (!is_ovns(port) || port->zone != port->ovn_zone) {
                change_zone(r, port, 0);
            }
        }
    }
}

/* Stores in '*fresh', which the caller must free, the ports that need one of
 * our zones and have none, by bridge and name.  Returns how many. */
static size_t
find_fresh(const struct hmap *ports, struct port ***fresh)
{
    size_t n = 0;
    struct port *port;

    *fresh = xmalloc(MAX(hmap_count(ports), 1) * sizeof **fresh);
    HMAP_FOR_EACH (port, name_node, ports) {
        if (is_managed(port) && !port->zone) {
            (*fresh)[n++] = port;
        }
    }
    qsort(*fresh, n, sizeof **fresh, port_compare);
    return n;
}

/* Gives zones to the ports that have one, but maybe not that any more, and to
 * those that have OVN's. */
static void
assign_again(struct run *r)
{
    struct port *port;

    if (r->za->moved) {
        HMAP_FOR_EACH (port, name_node, r->ports) {
            if (is_managed(port) && port->zone) {
                assign_managed(r, port);
            }
        }
        r->za->moved = false;
    }
    HMAP_FOR_EACH (port, name_node, r->ports) {
        if (is_ovns(port)) {
            assign_ovns(r, port);
        }
    }
}

/* What a previous run published is claimed for all ports before any gets a new
 * zone; those that do get one get it in the order of their names. */
bool
zone_assignment_run(struct zone_assignment *za, const struct hmap *ports,
                    bool may_allocate, const struct zone_listener *listener,
                    struct hmapx *changed)
{
    struct run r = {
        .za = za, .ports = ports, .listener = listener, .changed = changed,
    };
    struct port **fresh;
    size_t n;

    withdraw(&r);
    n = find_fresh(ports, &fresh);
    for (size_t i = 0; i < n; i++) {
        zones_claim(za->zones, fresh[i]->name, fresh[i]->previous.zone);
    }
    assign_again(&r);
    za->incomplete = false;
    for (size_t i = 0; i < n; i++) {
        if (may_allocate || zones_find(za->zones, fresh[i]->name)) {
            assign_managed(&r, fresh[i]);
        }
        za->incomplete |= !fresh[i]->zone;
    }
    free(fresh);
    return !hmapx_is_empty(changed);
}
