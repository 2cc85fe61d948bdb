/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "node/renewal.h"

#include "addresses/mac-learning.h"
#include "addresses/veth-peer.h"
#include "lib/printable.h"
#include "node/publication.h"
#include "node/watch.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "settings/settings.h"
#include "sset.h"
#include "timeval.h"
#include "topology/topology.h"
#include "upkeep/guard.h"
#include "upkeep/zone-cleaner.h"
#include "vswitch-idl.h"
#include "zones/foreign-zones.h"

VLOG_DEFINE_THIS_MODULE(renewal);

static void
handle_zone_lost(const struct port *port, uint16_t zone, void *renewal_)
{
    struct renewal *renewal = renewal_;

    VLOG_DBG("%s does not have zone %"PRIu16" any more",
             printable(port->name), zone);
    watch_remove_zone(renewal->watch, zone);
    guard_forget_zone(renewal->guard, zone);
    if (port->bridge->mode == ZONES_MANAGED) {
        foreign_zones_note_entries(renewal->foreign_zones, zone, true);
        zone_cleaner_add(renewal->zone_cleaner, zone, time_msec());
    }
}

/* 'zone' is about to be allocated. */
static void
handle_flush_zone(uint16_t zone, void *renewal_)
{
    struct renewal *renewal = renewal_;

    renewal->allocated = true;
    zone_cleaner_flush(renewal->zone_cleaner, renewal->foreign_zones, zone);
}

/* Tells who looks for zones of others which bridges there are. */
static void
update_bridge_names(struct renewal *renewal,
                    const struct ovsrec_open_vswitch *cfg)
{
    struct sset names = SSET_INITIALIZER(&names);

    for (size_t i = 0; i < cfg->n_bridges; i++) {
        sset_add(&names, cfg->bridges[i]->name);
    }
    foreign_zones_set_bridges(renewal->foreign_zones, &names);
    sset_destroy(&names);
}

/* Returns true if anything that the topology is made of changed since the last
 * call. */
static bool
update_versions(struct renewal *renewal)
{
    const struct renewal_versions *old = &renewal->versions;
    const struct renewal_versions new = {
        .idl = ovsdb_idl_get_seqno(renewal->idl),
        .peers = veth_peer_get_seq(),
        .users = foreign_zones_get_seq(renewal->foreign_zones),
        .may_allocate = foreign_zones_is_ready(renewal->foreign_zones,
                                               time_msec()),
        .learning = mac_learning_get_seq(renewal->mac_learning),
    };
    bool changed = (new.idl != old->idl
                    || new.peers != old->peers
                    || new.users != old->users
                    || new.may_allocate != old->may_allocate
                    || new.learning != old->learning);

    renewal->versions = new;
    return changed;
}

/* Returns true if the topology changed. */
static bool
update_topology(struct renewal *renewal, bool settings_changed)
{
    const struct zone_listener listener = {
        .zone_lost = handle_zone_lost,
        .flush_zone = handle_flush_zone,
        .aux = renewal,
    };
    const struct topology_inputs inputs = {
        .idl = renewal->idl,
        .settings = renewal->settings,
        .foreign_zones = renewal->foreign_zones,
        .mac_learning = renewal->mac_learning,
        .may_allocate = renewal->versions.may_allocate,
        .settings_changed = settings_changed,
    };
    bool changed = topology_update(renewal->topology, &inputs, &listener);

    ovsdb_idl_track_clear(renewal->idl);
    if (topology_has_orphans(renewal->topology)) {
        publication_invalidate(renewal->publication);
    }
    if (renewal->allocated) {
        /* Somebody may have taken a zone since we looked. */
        renewal->allocated = false;
        foreign_zones_refresh(renewal->foreign_zones, time_msec());
    }
    return changed;
}

enum renewal_result
renewal_run(struct renewal *renewal, bool cleaning_up)
{
    const struct ovsrec_open_vswitch *cfg
        = ovsrec_open_vswitch_first(renewal->idl);
    bool changed;

    if (!cfg || !update_versions(renewal)) {
        return RENEWAL_NOT_DUE;
    }
    changed = settings_update(renewal->settings, &cfg->external_ids);
    if (cleaning_up) {
        sset_clear(&renewal->settings->bridges);
        changed = true;
    } else {
        watch_configure(renewal->watch, renewal->settings, renewal->topology);
    }
    update_bridge_names(renewal, cfg);
    changed = update_topology(renewal, changed) || changed;
    if (!changed) {
        return RENEWAL_UNCHANGED;
    }
    watch_sync_zones(renewal->watch, renewal->settings, renewal->topology);
    return RENEWAL_CHANGED;
}

void
renewal_force(struct renewal *renewal)
{
    renewal->versions.idl--;
}

bool
renewal_may_allocate(const struct renewal *renewal)
{
    return renewal->versions.may_allocate;
}
