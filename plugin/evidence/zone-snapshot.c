/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "evidence/zone-snapshot.h"

#include <stdio.h>
#include <stdlib.h>

#include "conntrack/ct-dump.h"
#include "coverage.h"
#include "evidence/visibility.h"
#include "hash.h"
#include "openvswitch/hmap.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(zone_snapshot);

COVERAGE_DEFINE(zone_snapshot_dump);

/* Pieces of a dump, some hundred entries each, that are taken at a time. */
#define STEPS_PER_RUN 20

struct zone {
    struct hmap_node node;      /* In zone_snapshot's 'zones', by 'id'. */
    uint16_t id;
    struct zone_entry *entries;
    size_t n, allocated;
};

struct zone_snapshot {
    struct ct_dump *dump;       /* Null until it is first needed. */
    struct hmap zones;          /* Contains "struct zone"s. */
    bool busy;
    bool failed;                /* Did that fail? */
};

struct zone_snapshot *
zone_snapshot_create(void)
{
    struct zone_snapshot *zs = xzalloc(sizeof *zs);

    hmap_init(&zs->zones);
    return zs;
}

static void
forget_zones(struct zone_snapshot *zs)
{
    struct zone *zone;

    HMAP_FOR_EACH_SAFE (zone, node, &zs->zones) {
        hmap_remove(&zs->zones, &zone->node);
        free(zone->entries);
        free(zone);
    }
}

void
zone_snapshot_destroy(struct zone_snapshot *zs)
{
    if (zs) {
        forget_zones(zs);
        hmap_destroy(&zs->zones);
        ct_dump_close(zs->dump);
        free(zs);
    }
}

static struct zone *
find_zone(const struct zone_snapshot *zs, uint16_t id)
{
    struct zone *zone;

    HMAP_FOR_EACH_WITH_HASH (zone, node, hash_int(id, 0), &zs->zones) {
        if (zone->id == id) {
            return zone;
        }
    }
    return NULL;
}

int
zone_snapshot_start(struct zone_snapshot *zs, const uint16_t *zones, size_t n)
{
    int error;

    forget_zones(zs);
    zs->busy = false;
    error = zs->dump ? 0 : ct_dump_open(&zs->dump);
    if (!error) {
        error = ct_dump_start(zs->dump, n == 1 ? zones[0] : -1);
    }
    if (error) {
        return error;
    }
    COVERAGE_INC(zone_snapshot_dump);
    for (size_t i = 0; i < n; i++) {
        struct zone *zone = xzalloc(sizeof *zone);

        zone->id = zones[i];
        hmap_insert(&zs->zones, &zone->node, hash_int(zone->id, 0));
    }
    zs->busy = true;
    return 0;
}

bool
zone_snapshot_is_idle(const struct zone_snapshot *zs)
{
    return !zs->busy;
}

static void
add_entry(const struct ct_message *m, long long int when OVS_UNUSED,
          void *zs_)
{
    struct zone_snapshot *zs = zs_;
    struct zone *zone = find_zone(zs, m->zone);

    if (zone) {
        if (zone->n >= zone->allocated) {
            zone->entries = x2nrealloc(zone->entries, &zone->allocated,
                                       sizeof *zone->entries);
        }
        zone->entries[zone->n++] = (struct zone_entry) {
            .bytes = ct_message_total(m),
            .packets = ct_message_count_packets(m),
            .id = m->id,
            .answered = m->answered,
        };
    }
}

bool
zone_snapshot_has_failed(const struct zone_snapshot *zs)
{
    return zs->failed;
}

bool
zone_snapshot_run(struct zone_snapshot *zs)
{
    int error;

    if (!zs->busy) {
        return false;
    }
    error = ct_dump_run(zs->dump, STEPS_PER_RUN, add_entry, zs);
    if (!error) {
        return false;
    }
    zs->busy = false;
    if (error != EOF) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);

        VLOG_WARN_RL(&rl, "cannot look through conntrack's table (%s)",
                     ovs_strerror(error));
        forget_zones(zs);
    }
    zs->failed = error != EOF;
    return true;
}

void
zone_snapshot_wait(struct zone_snapshot *zs)
{
    if (zs->busy) {
        ct_dump_wait(zs->dump);
    }
}

bool
zone_snapshot_take(struct zone_snapshot *zs, uint16_t id,
                   struct zone_entry **entries, size_t *n)
{
    struct zone *zone = zs->busy ? NULL : find_zone(zs, id);

    if (!zone) {
        return false;
    }
    *entries = zone->entries;
    *n = zone->n;
    hmap_remove(&zs->zones, &zone->node);
    free(zone);
    return true;
}
