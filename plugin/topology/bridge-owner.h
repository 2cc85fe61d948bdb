/* SPDX-License-Identifier: Apache-2.0 */

#ifndef BRIDGE_OWNER_H
#define BRIDGE_OWNER_H 1

/* Who else has a hand in a bridge, as OVSDB tells. */

#include <stdbool.h>
#include <stdint.h>

#include "settings/settings.h"

struct ovsrec_bridge;
struct ovsrec_open_vswitch;

/* What ZONES_AUTO means for 'bridge': ZONES_OVN where OVN programs it,
 * ZONES_SHARED where Antrea does, otherwise ZONES_MANAGED. */
enum zones_mode bridge_owner_get_mode(const struct ovsrec_open_vswitch *,
                                      const struct ovsrec_bridge *);

/* Did we serve 'bridge' in a previous run, and not clean up? */
bool bridge_owner_was_us(const struct ovsrec_bridge *);

/* Sets in the bitmap 'ids' the zones that OVN has on 'bridge'. */
void bridge_owner_add_ovn_zones(const struct ovsrec_bridge *bridge,
                                unsigned long *ids);

/* Returns the zone that OVN gave 'logical_port' (which may be null) on
 * 'bridge', or 0. */
uint16_t bridge_owner_get_ovn_zone(const struct ovsrec_bridge *bridge,
                                   const char *logical_port);

#endif /* bridge-owner.h */
