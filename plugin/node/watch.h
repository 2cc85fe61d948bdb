/* SPDX-License-Identifier: Apache-2.0 */

#ifndef WATCH_H
#define WATCH_H 1

/* The detector in use, the zones that it watches, and what it was told.
 *
 * It puts the elephants that the detector reports into the tracker. */

#include <stdbool.h>
#include <stdint.h>

struct ct_flow;
struct detector;
struct detector_options;
struct settings;
struct topology;
struct tracker;
struct watch;

/* The tracker must outlive the watch. */
struct watch *watch_create(struct tracker *);
void watch_destroy(struct watch *);

/* Makes the detector the one that 'settings' ask for, and tells it their
 * options.  A new one gets the zones of 'topology' at once, but works beside
 * the old one until it has had the time to find all elephants. */
void watch_configure(struct watch *, const struct settings *,
                     const struct topology *);

/* 'hook' and 'scan' are the shares of a processor that these detectors cost,
 * or would cost, at present.  If the settings leave the choice to the daemon,
 * it may replace one by the other (detector-load.h). */
void watch_set_costs(struct watch *, double hook, double scan,
                     long long int now);

/* Gives the detector the zones, and their thresholds, that 'topology' has
 * since its last update. */
void watch_sync_zones(struct watch *, const struct settings *,
                      const struct topology *);

/* Says whether there may be flows of anybody at 'now'.  Some time after there
 * are none any more, the detector rests. */
void watch_set_needed(struct watch *, bool needed, long long int now);

/* The port that had 'zone' does not have it any more. */
void watch_remove_zone(struct watch *, uint16_t zone);

/* Takes what the detector has to report.  If none works, tries again from time
 * to time to make the one that 'settings' ask for.  Returns true if the
 * elephants, or who sees them, may have changed since the last call. */
bool watch_run(struct watch *, const struct settings *,
               const struct topology *, long long int now);
void watch_wait(const struct watch *);

/* Brings 'flow', which is in the tracker, up to date.  Returns false if its
 * entry does not exist any more. */
bool watch_refresh(struct watch *, struct ct_flow *flow);

/* Never null, and valid until the next call of a function that takes
 * settings. */
struct detector *watch_get_detector(const struct watch *);

/* What the detector has told, so far. */
struct watch_counts {
    uint64_t became;            /* Reports of elephants. */
    uint64_t gone;              /* Of the ends of their connections. */
    uint64_t lost;              /* Of lost events. */
};
const struct watch_counts *watch_get_counts(const struct watch *);

/* What the detector was told. */
const struct detector_options *watch_get_options(const struct watch *);

/* Why there is no better detector than the one in use, or null. */
const char *watch_get_problem(const struct watch *);

/* Why the load calls for the detector in use, or null if it is the one that
 * would be used without any load, too. */
const char *watch_get_load_reason(const struct watch *);

/* What is to take over from the detector in use, or null. */
const struct detector *watch_get_successor(const struct watch *);

/* Why the detector does not watch 'zone', which a port has: a positive errno.
 * If it does, 0. */
int watch_get_error(const struct watch *, uint16_t zone);

#endif /* watch.h */
