/* SPDX-License-Identifier: Apache-2.0 */

#ifndef TOPOLOGY_H
#define TOPOLOGY_H 1

/* The bridges that we serve, their ports, and who is behind each: what OVSDB
 * says, in the shape that the rest of the daemon needs.
 *
 * Besides mirroring OVSDB it has each container port get its conntrack zone
 * (zone-assignment.h) and its Ethernet addresses (container-macs.h).  It
 * writes nothing to OVSDB and nothing to a switch. */

#include <stdbool.h>
#include <stdint.h>

#include "openvswitch/hmap.h"
#include "topology/bridge.h"
#include "topology/port.h"
#include "topology/zone-assignment.h"

struct mac_learning;
struct ovsdb_idl;
struct settings;
struct shared_zones;
struct foreign_zones;
struct zones;

struct topology;

struct topology *topology_create(void);
void topology_destroy(struct topology *);

/* What topology_update() looks at. */
struct topology_inputs {
    const struct ovsdb_idl *idl;
    const struct settings *settings;
    const struct foreign_zones *foreign_zones; /* Zones not to allocate, and
                                                * bridges that have flows of
                                                * ours. */
    struct mac_learning *mac_learning;
    bool may_allocate;          /* Is 'foreign_zones' complete?  Until then
                                 * only ports that had a zone before get
                                 * one. */
    bool settings_changed;      /* Since the last time? */
};

/* Brings the picture up to date.  Returns true if anything changed but that
 * somebody may have written to what is published of a port.
 *
 * It needs the Interfaces that the IDL says have changed since it was last
 * called: the caller must not have cleared what was tracked before, but should
 * afterwards. */
bool topology_update(struct topology *, const struct topology_inputs *,
                     const struct zone_listener *);

/* Returns a list, through 'changed_node', of the ports that the last
 * topology_update() added or changed, or whose rows may have other keys of
 * ours; or null if it may have changed any. */
const struct ovs_list *topology_get_changed_ports(const struct topology *);

/* Did the last topology_update() forget ports whose Interfaces are still
 * there? */
bool topology_has_orphans(const struct topology *);

/* Forgets the bridge 'name', which must have no ports. */
void topology_remove_bridge(struct topology *, const char *name);

/* All bridges and all ports, through their 'name_node'.  Outside topology/,
 * each of them is const. */
const struct hmap *topology_get_bridges(const struct topology *);
const struct hmap *topology_get_ports(const struct topology *);

/* The port whose own zone 'zone' is, or null. */
const struct port *topology_find_zone(const struct topology *, uint16_t zone);

/* The ports that have no zone of their own. */
const struct shared_zones *topology_get_shared_zones(const struct topology *);

const struct port *topology_find_port(const struct topology *,
                                      const char *name);

const struct zones *topology_get_zones(const struct topology *);

/* Stores a malloc()'d array of all bridges in '*bridges', sorted by name.
 * Returns how many.  The caller must free the array. */
size_t topology_sort_bridges(const struct topology *,
                             const struct bridge ***bridges);

/* Stores a malloc()'d array of all ports in '*ports', sorted by bridge and
 * name.  Returns how many.  The caller must free the array. */
size_t topology_sort_ports(const struct topology *,
                           const struct port ***ports);

#endif /* topology.h */
