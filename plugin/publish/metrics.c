/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "publish/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detector/detector.h"
#include "util.h"

static void
put_footprints(const struct metrics_figures *f, struct openmetrics *m)
{
    openmetrics_family(m, OPENMETRICS_GAUGE, "footprint_elephants", NULL,
                       "Elephant flows at present, each counted once.");
    openmetrics_add(m, f->elephants, NULL);
    openmetrics_family(m, OPENMETRICS_GAUGE, "footprint_elephant_bytes",
                       "bytes",
                       "What the present elephants have moved so far.");
    openmetrics_add(m, f->elephant_bytes, NULL);
    openmetrics_family(m, OPENMETRICS_GAUGE, "footprint_containers", NULL,
                       "Containers on the bridges served, by class.");
    openmetrics_add(m, f->heavy, "class", "heavy", NULL);
    openmetrics_add(m, f->light, "class", "light", NULL);
    openmetrics_add(m, f->unknown, "class", "unknown", NULL);
}

static void
put_detector(const struct metrics_figures *f, struct openmetrics *m)
{
    openmetrics_family(m, OPENMETRICS_GAUGE, "footprint_detector", NULL,
                       "1 for the detector that is in use, else 0.");
    for (int kind = 0; kind < DETECTOR_N_KINDS; kind++) {
        const char *name = detector_kind_to_string(kind);

        openmetrics_add(m, !strcmp(name, f->detector), "kind", name, NULL);
    }
    openmetrics_family(m, OPENMETRICS_COUNTER, "footprint_detection_events",
                       NULL, "What the detector has told.");
    openmetrics_add(m, f->became, "event", "elephant", NULL);
    openmetrics_add(m, f->ceased, "event", "gone", NULL);
    openmetrics_add(m, f->losses, "event", "lost", NULL);
    openmetrics_family(m, OPENMETRICS_GAUGE, "footprint_blind_spots", NULL,
                       "What the detector could not see, by cause, since it "
                       "began.");
    for (size_t i = 0; i < f->n_spots; i++) {
        openmetrics_add(m, f->spots[i].count, "cause", f->spots[i].name, NULL);
    }
}

/* Most connections first. */
static int
compare_zones(const void *a_, const void *b_)
{
    const struct metrics_zone *a = a_, *b = b_;

    return (a->entries != b->entries ? (a->entries < b->entries ? 1 : -1)
            : a->zone < b->zone ? -1 : a->zone > b->zone);
}

static void
put_zones(const struct metrics_figures *f, struct openmetrics *m)
{
    unsigned int others = 0;

    qsort(f->zones, f->n_zones, sizeof *f->zones, compare_zones);
    openmetrics_family(m, OPENMETRICS_GAUGE,
                       "footprint_conntrack_zone_entries", NULL,
                       "Connections in the zones of containers, some "
                       "seconds ago; those with the most by themselves.");
    for (size_t i = 0; i < f->n_zones; i++) {
        const struct metrics_zone *z = &f->zones[i];
        char zone[8];

        if (i >= METRICS_MAX_ZONES) {
            others += z->entries;
            continue;
        }
        snprintf(zone, sizeof zone, "%"PRIu16, z->zone);
        openmetrics_add(m, z->entries, "zone", zone, "port", z->port, NULL);
    }
    if (f->n_zones > METRICS_MAX_ZONES) {
        openmetrics_add(m, others, "zone", "others", "port", "", NULL);
    }
}

static void
put_conntrack(const struct metrics_figures *f, struct openmetrics *m)
{
    if (f->entries >= 0 && f->max_entries > 0) {
        openmetrics_family(m, OPENMETRICS_GAUGE, "footprint_conntrack_entries",
                           NULL, "Connections in conntrack's table.");
        openmetrics_add(m, f->entries, NULL);
        openmetrics_family(m, OPENMETRICS_GAUGE,
                           "footprint_conntrack_entries_limit", NULL,
                           "For how many it has room.");
        openmetrics_add(m, f->max_entries, NULL);
    }
    openmetrics_family(m, OPENMETRICS_COUNTER,
                       "footprint_conntrack_refused_entries", NULL,
                       "Connections that it had no room for.");
    openmetrics_add(m, f->refused_entries, NULL);
    if (f->zones_known) {
        put_zones(f, m);
    }
    openmetrics_family(m, OPENMETRICS_GAUGE, "footprint_withdrawn_containers",
                       NULL, "Containers without flows, lest conntrack's "
                       "table become full.");
    openmetrics_add(m, f->withdrawn, NULL);
}

void
metrics_format(struct metrics_figures *f, enum openmetrics_dialect dialect,
               struct ds *s)
{
    struct openmetrics m;

    openmetrics_begin(&m, s, dialect);
    openmetrics_family(&m, OPENMETRICS_INFO, "footprint_build", NULL,
                       "The version of ovs-footprintd.");
    openmetrics_add(&m, 1, "version", PACKAGE_VERSION, NULL);
    put_footprints(f, &m);
    put_detector(f, &m);
    put_conntrack(f, &m);
    openmetrics_family(&m, OPENMETRICS_GAUGE, "footprint_database_connected",
                       NULL, "1 if the Open vSwitch database can be reached, "
                       "else 0.");
    openmetrics_add(&m, f->connected, NULL);
    openmetrics_family(&m, OPENMETRICS_GAUGE, "footprint_database_refused",
                       NULL, "1 if it refuses what is published, else 0.");
    openmetrics_add(&m, f->refused, NULL);
    openmetrics_end(&m);
}
