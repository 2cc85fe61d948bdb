/* SPDX-License-Identifier: Apache-2.0 */

#ifndef ELEPHANT_MAPS_H
#define ELEPHANT_MAPS_H 1

/* The zones, thresholds and flows that the daemon shares with BPF programs
 * that look for elephants (bpf/classify.bpf.h), from the daemon's side: for
 * the detectors that load such programs. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/elephant.h"
#include "detector/detector.h"

struct bpf_map;
struct ct_netlink;
struct elephant_maps;

/* Maps of the programs, and some of their variables.  Each has the name that
 * it has in bpf/classify.bpf.h, which says what is in it. */
struct elephant_vars {
    /* File descriptors of maps. */
    int flows;
    int more_flows;
    int zone_misses;

    /* Variables, in memory that is shared with the programs. */
    __u8 *zones;                /* ELEPHANT_N_ZONES of them. */
    struct elephant_profile *profiles; /* ELEPHANT_N_PROFILES of them. */
    __s64 *n_flows;
    __s32 *n_zone_flows;        /* ELEPHANT_N_ZONES of them. */
};

/* Has the maps of flows take all their memory at once, for kernels that cannot
 * give it to a program as it runs.  To be called before loading.  Returns a
 * file descriptor, which the caller must close after loading, or a negative
 * errno. */
int elephant_maps_preallocate(struct bpf_map *flows,
                              struct bpf_map *more_flows);

/* The programs must stay loaded as long as the maps exist. */
struct elephant_maps *elephant_maps_create(const struct elephant_vars *);
void elephant_maps_destroy(struct elephant_maps *);

/* Makes room for more flows if there are many.  To be called whenever the
 * programs may have added some. */
void elephant_maps_run(struct elephant_maps *);

/* See detector_set_zone(). */
int elephant_maps_set_zone(struct elephant_maps *, uint16_t zone,
                           const struct elephant_threshold *);

/* Returns what makes an elephant in 'zone', or null if it is not ours. */
const struct elephant_profile *elephant_maps_get_profile(
    const struct elephant_maps *, uint16_t zone);

/* Returns what the programs counted of a kind of miss in 'zone'. */
uint64_t elephant_maps_get_misses(const struct elephant_maps *,
                                  enum elephant_miss, uint16_t zone);

/* Forgets what was counted of a kind of miss, in all zones. */
void elephant_maps_forget_misses(struct elephant_maps *, enum elephant_miss);

/* Says what to do with a flow: true means that it is to be deleted. */
typedef bool elephant_maps_cb(uint64_t id, const struct elephant_flow *,
                              void *aux);

/* Calls 'cb' for each candidate and elephant. */
void elephant_maps_walk(struct elephant_maps *, elephant_maps_cb *cb,
                        void *aux);

/* Reports each present elephant to 'cb' as DETECTOR_ELEPHANT. */
void elephant_maps_report(struct elephant_maps *, detector_cb *cb,
                          void *aux);

/* See detector_refresh().  'netlink' may be null: then 'flow' is brought up to
 * the programs' latest look at it only. */
bool elephant_maps_refresh(const struct elephant_maps *,
                           struct ct_netlink *netlink, struct ct_flow *flow);

/* Reports to 'cb' what the programs' 'event' of 'size' bytes says of a flow.
 * Returns false if the event is not about a flow. */
bool elephant_event_report(const void *event, size_t size, detector_cb *cb,
                           void *aux);

/* Returns the flow in the form that the daemon's other parts use. */
struct ct_flow ct_flow_from_elephant(uint64_t id,
                                     const struct elephant_flow *);

#endif /* elephant-maps.h */
