/* SPDX-License-Identifier: Apache-2.0 */

#ifndef BRIDGE_H
#define BRIDGE_H 1

/* One bridge that we serve: what OVSDB and the settings say of it.
 *
 * topology.c owns the bridges, finds them and puts ports on them. */

#include <stdbool.h>
#include <stdint.h>

#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "pipeline/pipeline.h"
#include "settings/settings.h"
#include "settings/zones-mode.h"

struct ovsrec_bridge;
struct ovsrec_open_vswitch;
struct foreign_zones;

/* A bridge named in footprint-bridges, or one that was and has not been
 * cleaned up yet. */
struct bridge {
    struct hmap_node name_node; /* In the topology, by 'name'. */
    char *name;
    bool wanted;                /* Named in footprint-bridges? */
    bool exists;                /* Is it in OVSDB? */
    enum zones_mode mode;       /* Never ZONES_AUTO. */
    struct pipeline_options pipeline_options;
    enum tracking_mode tracking; /* Whose packets pass conntrack, unless a
                                 * port says otherwise; never
                                 * TRACKING_MODE_INHERIT. */
    struct policy policy;       /* For elephants of its ports, unless a port
                                 * says otherwise; never inherited. */
    struct policy own_policy;   /* What its row says of that, or the last valid
                                 * thing that it said. */
    bool is_userspace;          /* datapath_type "netdev"? */
    bool fails_open;            /* Has it lost its controllers, so that
                                 * ovs-vswitchd forwards past all flows? */
    struct ovs_list ports;      /* Contains "struct port"s. */
    char *problem;              /* A sentence, or null. */
    char *tracking_problem;     /* About 'tracking', likewise. */
    char *policy_problem;       /* About 'policy', likewise. */
    char *options_problem;      /* About 'pipeline_options', likewise. */
    bool had_flows;             /* May a previous run of the daemon have left
                                 * flows though 'mode' needs none? */
    uint64_t version;           /* Grows whenever anything changes that the
                                 * bridge's flows may depend on.  No other
                                 * bridge ever had the same. */
};

/* Compares the names of two bridges, for qsort() on an array of pointers. */
int bridge_compare(const void *, const void *);

/* Makes a bridge that neither is wanted nor exists.  What its row does not say
 * of its pipeline is as in 'settings'. */
struct bridge *bridge_create(const char *name, const struct settings *);

/* Destroys a bridge that has no ports. */
void bridge_destroy(struct bridge *);

/* Something that the flows may depend on has changed, in the bridge or its
 * ports. */
void bridge_note_change(struct bridge *);

/* A previous run of the daemon may have left flows of ours there. */
void bridge_note_old_flows(struct bridge *);

/* The functions below return true if anything changed, and have noted it. */

bool bridge_set_wanted(struct bridge *, bool wanted);

/* What bridge_read() looks at. */
struct bridge_inputs {
    const struct ovsrec_open_vswitch *cfg;
    const struct settings *settings;
    const struct foreign_zones *foreign_zones; /* Knows where flows of ours
                                                * are. */
};

/* Reads what 'row', null if there is none, says of the bridge. */
bool bridge_read(struct bridge *, const struct ovsrec_bridge *row,
                 const struct bridge_inputs *);

/* Returns the row of the bridge 'name', or null. */
const struct ovsrec_bridge *bridge_find_row(const struct ovsrec_open_vswitch *,
                                            const char *name);

#endif /* bridge.h */
