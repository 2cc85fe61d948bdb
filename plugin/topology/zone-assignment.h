/* SPDX-License-Identifier: Apache-2.0 */

#ifndef ZONE_ASSIGNMENT_H
#define ZONE_ASSIGNMENT_H 1

/* Which port has which conntrack zone of its own: one of ours in managed mode,
 * OVN's in OVN mode, none where ports share theirs (shared-zones.h). */

#include <stdbool.h>
#include <stdint.h>

struct hmap;
struct hmapx;
struct ovsrec_bridge;
struct ovsrec_open_vswitch;
struct port;
struct settings;
struct zone_assignment;
struct foreign_zones;
struct zones;

/* What to call when zones come and go. */
struct zone_listener {
    /* 'port' loses 'zone': it goes away or gets another zone. */
    void (*zone_lost)(const struct port *port, uint16_t zone, void *aux);

    /* 'zone' is about to be allocated: its conntrack entries must go. */
    void (*flush_zone)(uint16_t zone, void *aux);

    void *aux;
};

struct zone_assignment *zone_assignment_create(void);
void zone_assignment_destroy(struct zone_assignment *);

/* Takes note of the zones that may be allocated: those that 'settings' name,
 * but for those that others use, as 'foreign_zones' and OVN's keys in OVSDB
 * tell. */
void zone_assignment_configure(struct zone_assignment *,
                               const struct settings *settings,
                               const struct foreign_zones *foreign_zones,
                               const struct ovsrec_open_vswitch *);

/* Reads which zone OVN gave 'port', whose bridge's row is 'row'. */
void zone_assignment_read(struct port *port, const struct ovsrec_bridge *row);

/* Gives each of 'ports' its zone.  Unless 'may_allocate', only those that had
 * one before get one of ours.  Returns true if any zone changed, which was
 * noted for its bridge, and adds those ports to 'changed'. */
bool zone_assignment_run(struct zone_assignment *, const struct hmap *ports,
                         bool may_allocate, const struct zone_listener *,
                         struct hmapx *changed);

/* Could any port still get a zone, if zones might be allocated? */
bool zone_assignment_is_incomplete(const struct zone_assignment *);

/* Takes the zone from 'port', which goes away. */
void zone_assignment_release(struct zone_assignment *, struct port *port,
                             const struct zone_listener *);

/* The port whose own zone 'zone' is, or null. */
const struct port *zone_assignment_find(const struct zone_assignment *,
                                        uint16_t zone);

const struct zones *zone_assignment_get_zones(const struct zone_assignment *);

#endif /* zone-assignment.h */
