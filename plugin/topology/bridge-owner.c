/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "topology/bridge-owner.h"

#include <stdlib.h>
#include <string.h>

#include "bitmap.h"
#include "ovsdb/footprint-keys.h"
#include "smap.h"
#include "util.h"
#include "vswitch-idl.h"

/* OVN owns the bridge that it is configured to use, and any other to which it
 * wrote its zones. */
static bool
is_owned_by_ovn(const struct ovsrec_open_vswitch *cfg,
                const struct ovsrec_bridge *bridge)
{
    const struct smap_node *node;

    if (smap_get(&cfg->external_ids, "ovn-remote")
        && !strcmp(bridge->name, smap_get_def(&cfg->external_ids,
                                              "ovn-bridge", "br-int"))) {
        return true;
    }
    SMAP_FOR_EACH (node, &bridge->external_ids) {
        if (!strncmp(node->key, OVN_KEY_CT_ZONE_PREFIX,
                     strlen(OVN_KEY_CT_ZONE_PREFIX))) {
            return true;
        }
    }
    return false;
}

/* Antrea, whose pods share a zone, names them on their Ports. */
static bool
is_owned_by_antrea(const struct ovsrec_bridge *bridge)
{
    for (size_t i = 0; i < bridge->n_ports; i++) {
        const struct smap *ids = &bridge->ports[i]->external_ids;

        if (!smap_is_empty(ids)
            && smap_get(ids, "pod-name") && smap_get(ids, "container-id")) {
            return true;
        }
    }
    return false;
}

enum zones_mode
bridge_owner_get_mode(const struct ovsrec_open_vswitch *cfg,
                      const struct ovsrec_bridge *bridge)
{
    return (is_owned_by_ovn(cfg, bridge) ? ZONES_OVN
            : is_owned_by_antrea(bridge) ? ZONES_SHARED
            : ZONES_MANAGED);
}

bool
bridge_owner_was_us(const struct ovsrec_bridge *bridge)
{
    for (size_t i = 0; i < bridge->n_ports; i++) {
        const struct ovsrec_port *row = bridge->ports[i];

        for (size_t j = 0; j < row->n_interfaces; j++) {
            if (smap_get(&row->interfaces[j]->external_ids, FP_KEY_ZONE)) {
                return true;
            }
        }
    }
    return false;
}

void
bridge_owner_add_ovn_zones(const struct ovsrec_bridge *bridge,
                           unsigned long *ids)
{
    const struct smap_node *node;

    SMAP_FOR_EACH (node, &bridge->external_ids) {
        unsigned int id;

        if (!strncmp(node->key, OVN_KEY_CT_ZONE_PREFIX,
                     strlen(OVN_KEY_CT_ZONE_PREFIX))
            && str_to_uint(node->value, 10, &id) && id <= UINT16_MAX) {
            bitmap_set1(ids, id);
        }
    }
}

uint16_t
bridge_owner_get_ovn_zone(const struct ovsrec_bridge *bridge,
                          const char *logical_port)
{
    unsigned int zone;
    char *key;

    if (!logical_port) {
        return 0;
    }
    key = xasprintf(OVN_KEY_CT_ZONE_PREFIX"%s", logical_port);
    zone = smap_get_uint(&bridge->external_ids, key, 0);
    free(key);
    return zone <= UINT16_MAX ? zone : 0;
}
