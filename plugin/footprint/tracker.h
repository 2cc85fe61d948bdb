/* SPDX-License-Identifier: Apache-2.0 */

#ifndef TRACKER_H
#define TRACKER_H 1

/* The elephants that exist now, by conntrack zone.
 *
 * Fed with what a detector reports, the tracker answers who is an elephant at
 * a given moment, and forgets those that slowed down.  Pure: it takes 'now'
 * and events, and knows neither kernel nor clock nor OVSDB.  All times are in
 * milliseconds on the clock of time_msec(). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conntrack/ct-flow.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"

/* One elephant. */
struct elephant {
    struct hmap_node node;      /* In the tracker, by flow.id. */
    struct hmap_node tuple_node; /* Likewise by zone and tuple. */
    struct ovs_list zone_node;  /* In its zone's list. */
    struct ct_flow flow;        /* As last reported. */
    long long int since;        /* When it became an elephant. */
    long long int deadline;     /* When it ceases, unless it turns out to have
                                 * been fast since 'flow' was reported. */
};

struct tracker *tracker_create(void);
void tracker_destroy(struct tracker *);

/* Sets after how many seconds below the threshold rate a flow in 'zone' ceases
 * to be an elephant. */
void tracker_set_hold(struct tracker *, uint16_t zone, unsigned int hold);

/* 'flow' is an elephant at 'now', or still one with new counters.  It is the
 * same one as before if its zone and its tuple are, though another detector
 * gave it another ID. */
void tracker_update(struct tracker *, const struct ct_flow *flow,
                    long long int now);

/* The flow with 'id' does not exist any more.  Returns false if it was not an
 * elephant. */
bool tracker_remove(struct tracker *, uint64_t id);

/* 'zone' is not ours any more, or belongs to another port: forgets its
 * flows. */
void tracker_remove_zone(struct tracker *, uint16_t zone);

/* Asks for the present state of 'flow', which is updated.  Returns false if
 * the entry does not exist any more. */
typedef bool tracker_refresh_cb(struct ct_flow *flow, void *aux);

/* Forgets the elephants that have been slow for their zone's hold time at
 * 'now'.  Before it believes that, it asks 'refresh'.  Returns the number that
 * were forgotten. */
size_t tracker_expire(struct tracker *, long long int now,
                      tracker_refresh_cb *refresh, void *aux);

/* Asks for the present state of all elephants, and forgets those that do not
 * exist any more. */
void tracker_refresh(struct tracker *, tracker_refresh_cb *refresh,
                     void *aux);

/* When tracker_expire() should be called next; LLONG_MAX if never. */
long long int tracker_get_deadline(const struct tracker *);

/* To resynchronize: call tracker_mark_all(), update all the elephants that
 * there are, then call tracker_sweep(), which forgets the others and returns
 * how many those were. */
void tracker_mark_all(struct tracker *);
size_t tracker_sweep(struct tracker *);

/* A number that changes whenever an elephant comes or goes. */
uint64_t tracker_get_seq(const struct tracker *);

size_t tracker_count(const struct tracker *);

/* The number of different conversations among the elephants.  One between two
 * containers of this node is in both their zones, and counts once. */
size_t tracker_count_conversations(const struct tracker *);

/* The elephants of 'zone', a list of "struct elephant" through 'zone_node',
 * or null if there never was one. */
const struct ovs_list *tracker_get_zone(const struct tracker *,
                                        uint16_t zone);

/* Stores a malloc()'d array of all the elephants in '*elephants', sorted by
 * zone and then by age, oldest first.  Returns how many.  The caller must free
 * the array, but not the elephants. */
size_t tracker_get_all(const struct tracker *,
                       struct elephant ***elephants);

#endif /* tracker.h */
