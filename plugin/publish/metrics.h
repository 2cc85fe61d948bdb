/* SPDX-License-Identifier: Apache-2.0 */

#ifndef METRICS_H
#define METRICS_H 1

/* What Prometheus is told of the node, as text.  Pure.
 *
 * No label has more values than there are detectors, causes of loss, or
 * METRICS_MAX_ZONES: with more zones than that, those with the most
 * connections are told, and the rest in sum. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/openmetrics.h"

struct detector_blind_spot;
struct ds;

#define METRICS_MAX_ZONES 100

/* A conntrack zone of ours. */
struct metrics_zone {
    const char *port;           /* Name of the port that it is of. */
    uint16_t zone;
    unsigned int entries;
};

struct metrics_figures {
    unsigned int elephants;     /* Conversations, each counted once. */
    uint64_t elephant_bytes;    /* That the present elephants have moved. */
    unsigned int heavy, light, unknown; /* Containers. */
    uint64_t became, ceased;    /* Flows that became elephants, or ended as
                                 * such. */
    uint64_t losses;            /* How often events were lost. */

    const char *detector;       /* "hook", "scan", "poll" or "none". */
    const struct detector_blind_spot *spots;
    size_t n_spots;

    long long int entries, max_entries; /* Of conntrack's table; -1 if that is
                                         * not known. */
    uint64_t refused_entries;   /* For which it had no room. */
    struct metrics_zone *zones; /* Get sorted. */
    size_t n_zones;
    bool zones_known;           /* Have they been counted yet? */

    unsigned int withdrawn;     /* Containers that the guard has withdrawn. */
    bool connected;             /* Can the Open vSwitch database be reached? */
    bool refused;               /* Does it refuse what is published? */
};

/* Appends 'figures' to 's'. */
void metrics_format(struct metrics_figures *figures, enum openmetrics_dialect,
                    struct ds *s);

#endif /* metrics.h */
