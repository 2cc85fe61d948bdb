/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "node/watch.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "coverage.h"
#include "detector/detector-choice.h"
#include "detector/detector.h"
#include "footprint/tracker.h"
#include "hash.h"
#include "lib/printable.h"
#include "lib/problem.h"
#include "openvswitch/hmap.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "settings/settings.h"
#include "timeval.h"
#include "topology/shared-zones.h"
#include "topology/topology.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(watch);

COVERAGE_DEFINE(watch_elephant_seen);
COVERAGE_DEFINE(watch_elephant_gone);
COVERAGE_DEFINE(watch_events_lost);

/* While no detector works, how often to try again, in milliseconds.  The
 * reason may go away: nf_conntrack is a module that Open vSwitch loads. */
#define RETRY_MSEC 10000

/* How long after the last of its zones got quiet the detector rests, in
 * milliseconds: it is a little work to wake it up. */
#define REST_MSEC 60000

/* How often to see whether the detector still works, in milliseconds. */
#define CHECK_MSEC 2000

/* A zone that the detector was given. */
struct watched_zone {
    struct hmap_node node;      /* In the watch's 'zones', by 'zone'. */
    uint16_t zone;
    struct elephant_threshold threshold; /* That the detector was told. */
    int error;                  /* Why the detector does not watch it: a
                                 * positive errno, otherwise 0. */
    bool wanted;                /* For mark and sweep. */
};

struct watch {
    struct tracker *tracker;
    struct detector *detector;
    bool chosen;                /* Was choose_detector() called yet? */
    enum detector_choice choice; /* What 'detector' was made for. */
    struct detector_options options; /* What it was told. */
    char *problem;              /* Why not a better one; or null. */
    long long int retry;        /* When to try again; LLONG_MAX: never. */
    long long int next_check;   /* When to see whether it still works. */
    struct hmap zones;          /* Contains "struct watched_zone"s. */
    bool changed;               /* What watch_run() will return. */
    struct watch_counts counts;
    bool resting;               /* Was the detector told to rest? */
    long long int rest_at;      /* When it is to be; LLONG_MAX for never. */
};

struct watch *
watch_create(struct tracker *tracker)
{
    struct watch *watch = xzalloc(sizeof *watch);
    char *error;

    watch->tracker = tracker;
    watch->detector = detector_create(DETECTOR_NONE, &error);
    watch->retry = watch->rest_at = LLONG_MAX;
    hmap_init(&watch->zones);
    return watch;
}

static void
clear_zones(struct watch *watch)
{
    struct watched_zone *z;

    HMAP_FOR_EACH_POP (z, node, &watch->zones) {
        free(z);
    }
}

void
watch_destroy(struct watch *watch)
{
    if (watch) {
        detector_destroy(watch->detector);
        clear_zones(watch);
        hmap_destroy(&watch->zones);
        free(watch->problem);
        free(watch);
    }
}

static bool
has_detector(const struct watch *watch)
{
    return detector_get_kind(watch->detector) != DETECTOR_NONE;
}

/* Zones. */

static struct watched_zone *
find_zone(const struct watch *watch, uint16_t zone)
{
    struct watched_zone *z;

    HMAP_FOR_EACH_WITH_HASH (z, node, hash_int(zone, 0), &watch->zones) {
        if (z->zone == zone) {
            return z;
        }
    }
    return NULL;
}

/* Tells the detector about 'z', which it is to watch for 'who'. */
static void
tell_detector(struct watch *watch, struct watched_zone *z, const char *who)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 5);

    tracker_set_hold(watch->tracker, z->zone, z->threshold.hold);
    z->error = detector_set_zone(watch->detector, z->zone, &z->threshold);
    if (z->error) {
        VLOG_WARN_RL(&rl, "%s: cannot watch zone %"PRIu16" (%s)",
                     printable(who), z->zone, ovs_strerror(z->error));
    }
}

/* Watches 'zone', for 'who'. */
static void
want_zone(struct watch *watch, uint16_t zone, const char *who,
          const struct elephant_threshold *threshold)
{
    struct watched_zone *z = find_zone(watch, zone);
    bool is_new = !z;

    if (is_new) {
        z = xzalloc(sizeof *z);
        z->zone = zone;
        hmap_insert(&watch->zones, &z->node, hash_int(zone, 0));
    }
    z->wanted = true;
    if (is_new || z->error
        || !elephant_threshold_equals(&z->threshold, threshold)) {
        z->threshold = *threshold;
        tell_detector(watch, z, who);
    }
}

static void
remove_zone(struct watch *watch, struct watched_zone *z)
{
    detector_set_zone(watch->detector, z->zone, NULL);
    tracker_remove_zone(watch->tracker, z->zone);
    hmap_remove(&watch->zones, &z->node);
    free(z);
}

/* Zones that ports have in common are watched with the node's threshold. */
static void
want_shared_zones(struct watch *watch, const struct settings *s,
                  const struct topology *t)
{
    const struct shared_zones *sz = topology_get_shared_zones(t);

    for (size_t i = 0; i < s->n_shared_zones; i++) {
        if (shared_zones_contain(sz, s->shared_zones[i])) {
            want_zone(watch, s->shared_zones[i], "shared", &s->elephant);
        }
    }
}

void
watch_sync_zones(struct watch *watch, const struct settings *s,
                 const struct topology *t)
{
    const struct port *port;
    struct watched_zone *z;

    HMAP_FOR_EACH (z, node, &watch->zones) {
        z->wanted = false;
    }
    HMAP_FOR_EACH (port, name_node, topology_get_ports(t)) {
        if (port->zone) {
            want_zone(watch, port->zone, port->name, &port->threshold);
        }
    }
    want_shared_zones(watch, s, t);
    HMAP_FOR_EACH_SAFE (z, node, &watch->zones) {
        if (!z->wanted) {
            remove_zone(watch, z);
        }
    }
    watch->changed = true;
}

void
watch_set_needed(struct watch *watch, bool needed, long long int now)
{
    if (needed) {
        watch->rest_at = LLONG_MAX;
        watch->resting = false;
        detector_set_idle(watch->detector, false);
    } else if (!watch->resting && watch->rest_at == LLONG_MAX) {
        watch->rest_at = now + REST_MSEC;
    }
}

void
watch_remove_zone(struct watch *watch, uint16_t zone)
{
    struct watched_zone *z = find_zone(watch, zone);

    if (z) {
        remove_zone(watch, z);
        watch->changed = true;
    }
}

int
watch_get_error(const struct watch *watch, uint16_t zone)
{
    const struct watched_zone *z = find_zone(watch, zone);

    return z ? z->error : 0;
}

/* The detector. */

/* Says why the detector is not a better one.  Takes ownership of 'problem',
 * which may be null. */
static void
set_problem(struct watch *watch, char *problem)
{
    if (problem_set(&watch->problem, problem)) {
        if (!has_detector(watch)) {
            VLOG_WARN("no elephants can be seen: %s", problem);
        } else if (watch->choice == DETECTOR_CHOICE_AUTO) {
            VLOG_WARN("elephants are seen later than they could be: %s",
                      problem);
        }
    }
}

static void
set_options(struct watch *watch, const struct settings *s)
{
    watch->options = s->detector_options;
    detector_configure(watch->detector, &watch->options);
}

/* Takes ownership of 'detector'. */
static void
use_detector(struct watch *watch, struct detector *detector,
             const struct settings *s, const struct topology *t)
{
    if (detector_get_kind(detector) != detector_get_kind(watch->detector)) {
        VLOG_INFO("detector in use: %s (%s)",
                  detector_kind_to_string(detector_get_kind(detector)),
                  detector_get_how(detector));
    }
    detector_destroy(watch->detector);
    watch->detector = detector;
    watch->resting = false;
    tracker_mark_all(watch->tracker);
    tracker_sweep(watch->tracker);
    clear_zones(watch);
    set_options(watch, s);
    watch_sync_zones(watch, s, t);
}

static void
choose_detector(struct watch *watch, const struct settings *s,
                const struct topology *t, long long int now)
{
    struct detector *detector;
    char *why;

    watch->chosen = true;
    watch->choice = s->detector;
    detector = detector_choose(watch->choice, &why);
    if (detector_get_kind(detector) != DETECTOR_NONE || has_detector(watch)) {
        use_detector(watch, detector, s, t);
    } else {
        detector_destroy(detector);
    }
    set_problem(watch, why);

    /* What works is not replaced by what may work later, since that would know
     * nothing of the present elephants. */
    watch->retry = (has_detector(watch)
                    || watch->choice == DETECTOR_CHOICE_NONE
                    ? LLONG_MAX : now + RETRY_MSEC);
}

void
watch_configure(struct watch *watch, const struct settings *s,
                const struct topology *t, long long int now)
{
    if (!watch->chosen || watch->choice != s->detector) {
        choose_detector(watch, s, t, now);
    } else if (!detector_options_equal(&watch->options,
                                       &s->detector_options)) {
        set_options(watch, s);
    }
}

/* What the detector reports. */

static void
handle_event(enum detector_event_type type, const struct ct_flow *flow,
             void *watch_)
{
    struct watch *watch = watch_;

    switch (type) {
    case DETECTOR_ELEPHANT:
        COVERAGE_INC(watch_elephant_seen);
        watch->counts.became++;

        /* A report may have been on its way while its zone was taken away. */
        if (find_zone(watch, flow->zone)) {
            tracker_update(watch->tracker, flow, time_msec());
        }
        break;
    case DETECTOR_GONE:
        COVERAGE_INC(watch_elephant_gone);
        watch->counts.gone++;
        tracker_remove(watch->tracker, flow->id);
        break;
    case DETECTOR_LOST:
        COVERAGE_INC(watch_events_lost);
        watch->counts.lost++;
        tracker_mark_all(watch->tracker);
        break;
    default:
        OVS_NOT_REACHED();
    }
    watch->changed = true;
}

static bool
refresh_flow(struct ct_flow *flow, void *watch_)
{
    struct watch *watch = watch_;

    return detector_refresh(watch->detector, flow);
}

/* Does the detector see nothing any more? */
static bool
has_failed(struct watch *watch, long long int now)
{
    if (now < watch->next_check) {
        return false;
    }
    watch->next_check = now + CHECK_MSEC;
    return detector_has_failed(watch->detector);
}

bool
watch_run(struct watch *watch, const struct settings *s,
          const struct topology *t, long long int now)
{
    bool changed;

    if (now >= watch->retry || has_failed(watch, now)) {
        choose_detector(watch, s, t, now);
    }
    if (now >= watch->rest_at) {
        watch->rest_at = LLONG_MAX;
        watch->resting = true;
        detector_set_idle(watch->detector, true);
    }
    detector_run(watch->detector, handle_event, watch);

    /* After a loss the detector has told all the elephants again: the others
     * are gone. */
    tracker_sweep(watch->tracker);
    if (now >= tracker_get_deadline(watch->tracker)) {
        watch->changed |= tracker_expire(watch->tracker, now, refresh_flow,
                                         watch);
    }
    changed = watch->changed;
    watch->changed = false;
    return changed;
}

void
watch_wait(const struct watch *watch)
{
    detector_wait(watch->detector);
    poll_timer_wait_until(watch->rest_at);
    poll_timer_wait_until(MIN(watch->retry,
                              tracker_get_deadline(watch->tracker)));
    if (has_detector(watch)) {
        poll_timer_wait_until(watch->next_check);
    }
}

const struct watch_counts *
watch_get_counts(const struct watch *watch)
{
    return &watch->counts;
}

struct detector *
watch_get_detector(const struct watch *watch)
{
    return watch->detector;
}

const struct detector_options *
watch_get_options(const struct watch *watch)
{
    return &watch->options;
}

const char *
watch_get_problem(const struct watch *watch)
{
    return watch->problem;
}
