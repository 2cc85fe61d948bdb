/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "node/watched-zones.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "detector/detector.h"
#include "footprint/tracker.h"
#include "hash.h"
#include "lib/printable.h"
#include "openvswitch/hmap.h"
#include "openvswitch/vlog.h"
#include "settings/settings.h"
#include "topology/shared-zones.h"
#include "topology/topology.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(watched_zones);

/* A zone that the detector was given. */
struct watched_zone {
    struct hmap_node node;      /* In 'zones', by 'zone'. */
    uint16_t zone;
    struct elephant_threshold threshold; /* That the detector was told. */
    int error;                  /* Why the detector does not watch it: a
                                 * positive errno, otherwise 0. */
    bool wanted;                /* For mark and sweep. */
};

struct watched_zones {
    struct hmap zones;          /* Contains "struct watched_zone"s. */
    bool has_errors;            /* Does the detector refuse any? */
};

/* What a change takes all the way down. */
struct sync {
    struct watched_zones *wz;
    const struct watched_zones_targets *targets;
    bool changed;               /* Output: see watched_zones_sync(). */
};

struct watched_zones *
watched_zones_create(void)
{
    struct watched_zones *wz = xzalloc(sizeof *wz);

    hmap_init(&wz->zones);
    return wz;
}

void
watched_zones_destroy(struct watched_zones *wz)
{
    struct watched_zone *z;

    if (wz) {
        HMAP_FOR_EACH_POP (z, node, &wz->zones) {
            free(z);
        }
        hmap_destroy(&wz->zones);
        free(wz);
    }
}

static struct watched_zone *
find_zone(const struct watched_zones *wz, uint16_t zone)
{
    struct watched_zone *z;

    HMAP_FOR_EACH_WITH_HASH (z, node, hash_int(zone, 0), &wz->zones) {
        if (z->zone == zone) {
            return z;
        }
    }
    return NULL;
}

/* Tells the detector about 'z', which it is to watch for 'who'. */
static void
tell_detector(struct sync *sync, struct watched_zone *z, const char *who)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 5);
    const struct watched_zones_targets *targets = sync->targets;
    int error = detector_set_zone(targets->detector, z->zone, &z->threshold);

    tracker_set_hold(targets->tracker, z->zone, z->threshold.hold);
    sync->changed |= error != z->error;
    sync->wz->has_errors |= error != 0;
    z->error = error;
    if (targets->successor) {
        /* It will be told again when it takes over. */
        detector_set_zone(targets->successor, z->zone, &z->threshold);
    }
    if (z->error) {
        VLOG_WARN_RL(&rl, "%s: cannot watch zone %"PRIu16" (%s)",
                     printable(who), z->zone, ovs_strerror(z->error));
    }
}

/* Watches 'zone', for 'who'. */
static void
want_zone(struct sync *sync, uint16_t zone, const char *who,
          const struct elephant_threshold *threshold)
{
    struct watched_zone *z = find_zone(sync->wz, zone);
    bool is_new = !z;

    if (is_new) {
        z = xzalloc(sizeof *z);
        z->zone = zone;
        hmap_insert(&sync->wz->zones, &z->node, hash_int(zone, 0));
    }
    z->wanted = true;
    if (is_new || z->error
        || !elephant_threshold_equals(&z->threshold, threshold)) {
        z->threshold = *threshold;
        tell_detector(sync, z, who);
    }
}

static void
remove_zone(struct sync *sync, struct watched_zone *z)
{
    const struct watched_zones_targets *targets = sync->targets;
    uint64_t seq = tracker_get_seq(targets->tracker);

    detector_set_zone(targets->detector, z->zone, NULL);
    if (targets->successor) {
        detector_set_zone(targets->successor, z->zone, NULL);
    }
    tracker_remove_zone(targets->tracker, z->zone);
    sync->changed |= tracker_get_seq(targets->tracker) != seq;
    hmap_remove(&sync->wz->zones, &z->node);
    free(z);
}

/* Zones that ports have in common are watched with the node's threshold. */
static void
want_shared_zones(struct sync *sync, const struct settings *s,
                  const struct topology *t)
{
    const struct shared_zones *sz = topology_get_shared_zones(t);

    for (size_t i = 0; i < s->n_shared_zones; i++) {
        if (shared_zones_contain(sz, s->shared_zones[i])) {
            want_zone(sync, s->shared_zones[i], "shared", &s->elephant);
        }
    }
}

/* Watches the zone of 'port', if it has one of its own. */
static void
want_port(struct sync *sync, const struct port *port)
{
    if (port->zone) {
        want_zone(sync, port->zone, port->name, &port->threshold);
    }
}

static void
sync_all(struct sync *sync, const struct settings *s, const struct topology *t)
{
    struct watched_zones *wz = sync->wz;
    const struct port *port;
    struct watched_zone *z;

    wz->has_errors = false;
    HMAP_FOR_EACH (z, node, &wz->zones) {
        z->wanted = false;
    }
    HMAP_FOR_EACH (port, name_node, topology_get_ports(t)) {
        want_port(sync, port);
    }
    want_shared_zones(sync, s, t);
    HMAP_FOR_EACH_SAFE (z, node, &wz->zones) {
        if (!z->wanted) {
            remove_zone(sync, z);
        }
    }
}

/* Is any zone shared, or watched as if it were? */
static bool
has_shared_zones(const struct watched_zones *wz, const struct settings *s,
                 const struct topology *t)
{
    const struct shared_zones *sz = topology_get_shared_zones(t);

    for (size_t i = 0; i < s->n_shared_zones; i++) {
        if (shared_zones_contain(sz, s->shared_zones[i])
            || find_zone(wz, s->shared_zones[i])) {
            return true;
        }
    }
    return false;
}

/* What the detector refused it is asked for again each time. */
bool
watched_zones_sync(struct watched_zones *wz,
                   const struct watched_zones_targets *targets,
                   const struct settings *s, const struct topology *t)
{
    const struct ovs_list *changed = topology_get_changed_ports(t);
    struct sync sync = { .wz = wz, .targets = targets };
    const struct port *port;

    if (!changed || wz->has_errors || has_shared_zones(wz, s, t)) {
        sync_all(&sync, s, t);
    } else {
        LIST_FOR_EACH (port, changed_node, changed) {
            want_port(&sync, port);
        }
    }
    return sync.changed;
}

bool
watched_zones_remove(struct watched_zones *wz,
                     const struct watched_zones_targets *targets,
                     uint16_t zone)
{
    struct sync sync = { .wz = wz, .targets = targets };
    struct watched_zone *z = find_zone(wz, zone);

    if (z) {
        remove_zone(&sync, z);
    }
    return sync.changed;
}

void
watched_zones_invalidate(struct watched_zones *wz)
{
    struct watched_zone *z;

    HMAP_FOR_EACH (z, node, &wz->zones) {
        z->error = EAGAIN;
    }
    wz->has_errors = true;
}

void
watched_zones_tell(const struct watched_zones *wz, struct detector *detector)
{
    const struct watched_zone *z;

    HMAP_FOR_EACH (z, node, &wz->zones) {
        detector_set_zone(detector, z->zone, &z->threshold);
    }
}

bool
watched_zones_contain(const struct watched_zones *wz, uint16_t zone)
{
    return find_zone(wz, zone) != NULL;
}

int
watched_zones_get_error(const struct watched_zones *wz, uint16_t zone)
{
    const struct watched_zone *z = find_zone(wz, zone);

    return z ? z->error : 0;
}
