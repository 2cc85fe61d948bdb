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

VLOG_DEFINE_THIS_MODULE(zone_prints);

COVERAGE_DEFINE(zone_prints_dump);

/* Pieces of a dump, some hundred entries each, that are taken at a time. */
#define STEPS_PER_RUN 20

struct zone {
    struct hmap_node node;      /* In zone_prints's 'zones', by 'id'. */
    uint16_t id;
    uint64_t *prints;
    size_t n, allocated;
};

struct zone_prints {
    struct ct_dump *dump;       /* Null until it is first needed. */
    struct hmap zones;          /* Contains "struct zone"s. */
    bool busy;
};

struct zone_prints *
zone_prints_create(void)
{
    struct zone_prints *zp = xzalloc(sizeof *zp);

    hmap_init(&zp->zones);
    return zp;
}

static void
forget_zones(struct zone_prints *zp)
{
    struct zone *zone;

    HMAP_FOR_EACH_SAFE (zone, node, &zp->zones) {
        hmap_remove(&zp->zones, &zone->node);
        free(zone->prints);
        free(zone);
    }
}

void
zone_prints_destroy(struct zone_prints *zp)
{
    if (zp) {
        forget_zones(zp);
        hmap_destroy(&zp->zones);
        ct_dump_close(zp->dump);
        free(zp);
    }
}

static struct zone *
find_zone(const struct zone_prints *zp, uint16_t id)
{
    struct zone *zone;

    HMAP_FOR_EACH_WITH_HASH (zone, node, hash_int(id, 0), &zp->zones) {
        if (zone->id == id) {
            return zone;
        }
    }
    return NULL;
}

int
zone_prints_start(struct zone_prints *zp, const uint16_t *zones, size_t n)
{
    int error;

    forget_zones(zp);
    zp->busy = false;
    error = zp->dump ? 0 : ct_dump_open(&zp->dump);
    if (!error) {
        error = ct_dump_start(zp->dump, n == 1 ? zones[0] : -1);
    }
    if (error) {
        return error;
    }
    COVERAGE_INC(zone_prints_dump);
    for (size_t i = 0; i < n; i++) {
        struct zone *zone = xzalloc(sizeof *zone);

        zone->id = zones[i];
        hmap_insert(&zp->zones, &zone->node, hash_int(zone->id, 0));
    }
    zp->busy = true;
    return 0;
}

bool
zone_prints_is_idle(const struct zone_prints *zp)
{
    return !zp->busy;
}

static void
add_entry(const struct ct_message *m, long long int when OVS_UNUSED,
          void *zp_)
{
    struct zone_prints *zp = zp_;
    struct zone *zone = find_zone(zp, m->zone);

    if (zone) {
        if (zone->n >= zone->allocated) {
            zone->prints = x2nrealloc(zone->prints, &zone->allocated,
                                      sizeof *zone->prints);
        }
        zone->prints[zone->n++] = visibility_print(m->id, ct_message_total(m));
    }
}

bool
zone_prints_run(struct zone_prints *zp)
{
    int error;

    if (!zp->busy) {
        return false;
    }
    error = ct_dump_run(zp->dump, STEPS_PER_RUN, add_entry, zp);
    if (!error) {
        return false;
    }
    zp->busy = false;
    if (error != EOF) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);

        VLOG_WARN_RL(&rl, "cannot look through conntrack's table (%s)",
                     ovs_strerror(error));
        forget_zones(zp);
    }
    return true;
}

void
zone_prints_wait(struct zone_prints *zp)
{
    if (zp->busy) {
        ct_dump_wait(zp->dump);
    }
}

bool
zone_prints_take(struct zone_prints *zp, uint16_t id, uint64_t **prints,
                 size_t *n)
{
    struct zone *zone = zp->busy ? NULL : find_zone(zp, id);

    if (!zone) {
        return false;
    }
    *prints = zone->prints;
    *n = zone->n;
    hmap_remove(&zp->zones, &zone->node);
    free(zone);
    return true;
}
