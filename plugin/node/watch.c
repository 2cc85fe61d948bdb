/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "node/watch.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "coverage.h"
#include "detector/detector-choice.h"
#include "detector/detector-load.h"
#include "detector/detector.h"
#include "footprint/tracker.h"
#include "lib/problem.h"
#include "node/watched-zones.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "settings/settings.h"
#include "timeval.h"
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

/* How long to do without a detector that the load calls for, if it cannot be
 * had, in milliseconds. */
#define LOAD_RETRY_MSEC 3600000

/* How often to see whether a detector is settled, in milliseconds. */
#define SETTLED_MSEC 200

/* How long at most a detector that replaces one which failed has to find the
 * elephants again, in milliseconds. */
#define FIND_MSEC 30000

struct watch {
    struct tracker *tracker;
    struct detector *detector;
    bool chosen;                /* Was choose_detector() called yet? */
    enum detector_choice choice; /* What 'detector' was made for. */
    struct detector_options options; /* What it was told. */
    char *problem;              /* Why not a better one; or null. */
    long long int taken_over;   /* When it took over from another one, or
                                 * 0. */
    long long int expire_from;  /* The elephants that another detector knew are
                                 * to be kept until then, unless this one is
                                 * settled earlier. */

    /* What is to take over, and works already; or null. */
    struct detector *successor;
    char *successor_problem;    /* Why not a better one; or null. */

    /* If the load decides. */
    struct detector_load load;
    char *load_reason;          /* Why it is this one; null if the best is. */
    char *successor_reason;     /* Likewise. */
    long long int load_retry;   /* Not another one before that. */

    long long int retry;        /* When to try again; LLONG_MAX: never. */
    long long int next_check;   /* When to see whether it still works. */
    struct watched_zones *zones;
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
    watch->zones = watched_zones_create();
    return watch;
}

void
watch_destroy(struct watch *watch)
{
    if (watch) {
        detector_destroy(watch->detector);
        detector_destroy(watch->successor);
        watched_zones_destroy(watch->zones);
        free(watch->problem);
        free(watch->successor_problem);
        free(watch->load_reason);
        free(watch->successor_reason);
        free(watch);
    }
}

static bool
has_detector(const struct watch *watch)
{
    return detector_get_kind(watch->detector) != DETECTOR_NONE;
}

/* Zones. */

static struct watched_zones_targets
get_targets(const struct watch *watch)
{
    return (struct watched_zones_targets) {
        .detector = watch->detector,
        .successor = watch->successor,
        .tracker = watch->tracker,
    };
}

void
watch_sync_zones(struct watch *watch, const struct settings *s,
                 const struct topology *t)
{
    const struct watched_zones_targets targets = get_targets(watch);

    watch->changed |= watched_zones_sync(watch->zones, &targets, s, t);
}

static void
set_idle(struct watch *watch, bool idle)
{
    watch->rest_at = LLONG_MAX;
    watch->resting = idle;
    detector_set_idle(watch->detector, idle);
    if (watch->successor) {
        detector_set_idle(watch->successor, idle);
    }
}

void
watch_set_needed(struct watch *watch, bool needed, long long int now)
{
    if (needed) {
        set_idle(watch, false);
    } else if (!watch->resting && watch->rest_at == LLONG_MAX) {
        watch->rest_at = now + REST_MSEC;
    }
}

void
watch_remove_zone(struct watch *watch, uint16_t zone)
{
    const struct watched_zones_targets targets = get_targets(watch);

    watch->changed |= watched_zones_remove(watch->zones, &targets, zone);
}

int
watch_get_error(const struct watch *watch, uint16_t zone)
{
    return watched_zones_get_error(watch->zones, zone);
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

/* Takes ownership of 'reason', which may be null. */
static void
set_load_reason(struct watch *watch, char *reason)
{
    free(watch->load_reason);
    watch->load_reason = reason;
}

static void
set_options(struct watch *watch, const struct settings *s)
{
    watch->options = s->detector_options;
    detector_configure(watch->detector, &watch->options);
    if (watch->successor) {
        detector_configure(watch->successor, &watch->options);
    }
}

/* Tells 'detector' the options and all zones. */
static void
brief(struct watch *watch, struct detector *detector)
{
    detector_configure(detector, &watch->options);
    detector_set_idle(detector, watch->resting);
    watched_zones_tell(watch->zones, detector);
}

static void
drop_successor(struct watch *watch)
{
    detector_destroy(watch->successor);
    watch->successor = NULL;
    free(watch->successor_problem);
    watch->successor_problem = NULL;
    free(watch->successor_reason);
    watch->successor_reason = NULL;
}

/* Replaces the detector by 'detector', which it takes ownership of.  What the
 * old one knew is kept, unless nobody is there to know better later. */
static void
use_detector(struct watch *watch, struct detector *detector,
             const struct settings *s, const struct topology *t)
{
    struct watched_zones_targets targets;

    if (detector_get_kind(detector) != detector_get_kind(watch->detector)) {
        VLOG_INFO("detector in use: %s (%s)",
                  detector_kind_to_string(detector_get_kind(detector)),
                  detector_get_how(detector));
    }
    detector_destroy(watch->detector);
    watch->detector = detector;
    watch->taken_over = time_msec();
    if (!has_detector(watch)) {
        tracker_mark_all(watch->tracker);
        tracker_sweep(watch->tracker);
    }
    set_options(watch, s);
    detector_set_idle(detector, watch->resting);
    watched_zones_invalidate(watch->zones);
    targets = get_targets(watch);
    watched_zones_sync(watch->zones, &targets, s, t);
    watch->changed = true;
}

/* Asks whoever may know about 'flow'.  One that had slowed down when the
 * detector took over is known to none. */
static bool
refresh_flow(struct ct_flow *flow, void *watch_)
{
    struct watch *watch = watch_;

    return ((watch->successor && detector_refresh(watch->successor, flow))
            || detector_refresh(watch->detector, flow)
            || (flow->last_fast <= watch->taken_over
                && detector_update_counters(watch->detector, flow)));
}

bool
watch_refresh(struct watch *watch, struct ct_flow *flow)
{
    return refresh_flow(flow, watch);
}

/* The successor has found the elephants that move.  Those that have slowed
 * down lately it need not know: they remain elephants for the rest of their
 * hold time. */
static void
take_over(struct watch *watch, const struct settings *s,
          const struct topology *t)
{
    struct detector *successor = watch->successor;
    char *problem = watch->successor_problem;

    tracker_refresh(watch->tracker, refresh_flow, watch);
    set_load_reason(watch, watch->successor_reason);
    watch->successor = NULL;
    watch->successor_problem = watch->successor_reason = NULL;
    use_detector(watch, successor, s, t);
    set_problem(watch, problem);
}

/* Has 'detector', which it takes ownership of, work beside the present one
 * until it knows as much.  'problem' and 'reason' it takes ownership of as
 * well. */
static void
start_successor(struct watch *watch, struct detector *detector, char *problem,
                char *reason)
{
    drop_successor(watch);
    watch->successor = detector;
    watch->successor_problem = problem;
    watch->successor_reason = reason;
    brief(watch, detector);
    VLOG_INFO("detector %s is to take over from %s when it has found the "
              "elephants%s%s",
              detector_kind_to_string(detector_get_kind(detector)),
              detector_kind_to_string(detector_get_kind(watch->detector)),
              reason ? ": " : "", reason ? reason : "");
}

/* The detector sees nothing any more, or is none: makes use at once of
 * whatever there is instead. */
static void
replace_detector(struct watch *watch, struct detector *detector, char *why,
                 const struct settings *s, const struct topology *t)
{
    long long int now = time_msec();

    if (detector_get_kind(detector) != DETECTOR_NONE || has_detector(watch)) {
        tracker_refresh(watch->tracker, refresh_flow, watch);
        use_detector(watch, detector, s, t);
        watch->expire_from = now + FIND_MSEC;
    } else {
        detector_destroy(detector);
    }
    set_load_reason(watch, NULL);
    set_problem(watch, why);

    /* What works is not replaced by what may work later, unless the load calls
     * for it. */
    watch->retry = (has_detector(watch)
                    || watch->choice == DETECTOR_CHOICE_NONE
                    ? LLONG_MAX : now + RETRY_MSEC);
}

static void
choose_detector(struct watch *watch, bool failed, const struct settings *s,
                const struct topology *t)
{
    struct detector *detector;
    char *why;

    watch->chosen = true;
    watch->choice = s->detector;
    drop_successor(watch);
    detector = detector_choose(watch->choice, &why);
    if (failed || !has_detector(watch)
        || detector_get_kind(detector) == DETECTOR_NONE) {
        replace_detector(watch, detector, why, s, t);
    } else if (detector_get_kind(detector)
               == detector_get_kind(watch->detector)) {
        detector_destroy(detector);
        set_load_reason(watch, NULL);
        set_problem(watch, why);
    } else {
        start_successor(watch, detector, why, NULL);
    }
}

void
watch_configure(struct watch *watch, const struct settings *s,
                const struct topology *t)
{
    if (!watch->chosen || watch->choice != s->detector) {
        choose_detector(watch, false, s, t);
    } else if (!detector_options_equal(&watch->options,
                                       &s->detector_options)) {
        set_options(watch, s);
    }
}

/* Returns why the detector is to be of 'kind', with these costs, or null if no
 * reason is needed. */
static char *
explain_load(enum detector_kind kind, double hook, double scan)
{
    return (kind == DETECTOR_HOOK ? NULL
            : xasprintf("with the traffic of late, hook would cost %.2f %% of "
                        "a processor, and scan %.2f %%",
                        hook * 100, scan * 100));
}

void
watch_set_costs(struct watch *watch, double hook, double scan,
                long long int now)
{
    enum detector_kind in_use = detector_get_kind(watch->detector);
    enum detector_kind kind;
    struct detector *detector;
    char *error;

    if (watch->choice != DETECTOR_CHOICE_AUTO || watch->successor
        || (in_use != DETECTOR_HOOK && in_use != DETECTOR_SCAN)
        || now < watch->load_retry) {
        return;
    }
    kind = detector_load_update(&watch->load, in_use, hook, scan, now);
    if (kind == in_use) {
        return;
    }
    detector = detector_create(kind, &error);
    if (detector) {
        start_successor(watch, detector, NULL,
                        explain_load(kind, hook, scan));
    } else {
        watch->load_retry = now + LOAD_RETRY_MSEC;
        VLOG_INFO("detector %s would be cheaper, and cannot be had (%s)",
                  detector_kind_to_string(kind), error);
        free(error);
    }
}

/* What the detector reports. */

/* A report may have been on its way while its zone was taken away. */
static void
update_elephant(struct watch *watch, const struct ct_flow *flow)
{
    if (watched_zones_contain(watch->zones, flow->zone)) {
        tracker_update(watch->tracker, flow, time_msec());
        watch->changed = true;
    }
}

static void
handle_event(enum detector_event_type type, const struct ct_flow *flow,
             void *watch_)
{
    struct watch *watch = watch_;

    switch (type) {
    case DETECTOR_ELEPHANT:
        COVERAGE_INC(watch_elephant_seen);
        watch->counts.became++;
        update_elephant(watch, flow);
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

/* Is the detector one that knows of all elephants that are to be kept? */
static bool
may_expire(const struct watch *watch, long long int now)
{
    return (now >= watch->expire_from
            || detector_is_settled(watch->detector));
}

/* When the tracker is to be looked at. */
static long long int
get_expiry(const struct watch *watch)
{
    long long int deadline = tracker_get_deadline(watch->tracker);

    return (deadline == LLONG_MAX || may_expire(watch, time_msec())
            ? deadline : MAX(deadline, time_msec() + SETTLED_MSEC));
}

/* What the successor has lost its predecessor has told. */
static void
handle_successors_event(enum detector_event_type type,
                        const struct ct_flow *flow, void *watch)
{
    if (type == DETECTOR_ELEPHANT) {
        update_elephant(watch, flow);
    }
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
        choose_detector(watch, true, s, t);
    }
    if (now >= watch->rest_at) {
        set_idle(watch, true);
    }
    detector_run(watch->detector, handle_event, watch);
    if (watch->successor) {
        detector_run(watch->successor, handle_successors_event, watch);
        if (detector_is_settled(watch->successor)) {
            take_over(watch, s, t);
        }
    }

    /* After a loss the detector has told all the elephants again: the others
     * are gone. */
    tracker_sweep(watch->tracker);
    if (now >= tracker_get_deadline(watch->tracker)
        && may_expire(watch, now)) {
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
    if (watch->successor) {
        detector_wait(watch->successor);
        poll_timer_wait(SETTLED_MSEC);
    }
    poll_timer_wait_until(watch->rest_at);
    poll_timer_wait_until(MIN(watch->retry,
                              get_expiry(watch)));
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

const char *
watch_get_load_reason(const struct watch *watch)
{
    return watch->load_reason;
}

const struct detector *
watch_get_successor(const struct watch *watch)
{
    return watch->successor;
}
