/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "evidence/tracking.h"

#include <limits.h>

#include "detector/threshold.h"
#include "util.h"

void
tracking_begin(struct tracking *t, bool had_flows, long long int now)
{
    *t = (struct tracking) {
        .state = had_flows ? TRACKING_STARTING : TRACKING_QUIET,
        .last_busy = now,
        .covered = LLONG_MAX,
        .stands_until = LLONG_MIN,
    };
}

bool
tracking_needs_flows(const struct tracking *t)
{
    return t->state >= TRACKING_STARTING;
}

bool
tracking_tells_all(const struct tracking *t)
{
    return t->state == TRACKING_ON && !tracking_stands(t);
}

bool
tracking_stands(const struct tracking *t)
{
    return t->stands_until != LLONG_MIN;
}

/* Does it move enough to have an elephant? */
static bool
is_busy(const struct tracking_view *v, const struct elephant_threshold *th)
{
    return v->rate >= th->rate / 2 + th->rate % 2;
}

bool
tracking_saw_elephant(struct tracking *t)
{
    if (t->state == TRACKING_QUIET || t->state == TRACKING_UNKNOWN
        || tracking_tells_all(t)) {
        return false;
    }
    t->state = TRACKING_ON;
    t->stands_until = LLONG_MIN;
    return true;
}

/* The look at 'v' sees the end of what the counters measured before flows told
 * everything, or that it goes on. */
static void
note_end_of_run(struct tracking *t, const struct tracking_view *v,
                const struct elephant_threshold *threshold)
{
    t->run_ended = !v->has_run;
    if (t->run_ended && v->counted != LLONG_MIN) {
        t->stands_until = v->counted + threshold->hold * 1000LL;
    }
}

/* Would flows have seen an elephant by now if one was most of what the
 * counters measured?  They count packets without their Ethernet headers, which
 * are at most a quarter more. */
static bool
have_flows_told(const struct tracking *t,
                const struct elephant_threshold *threshold, long long int now)
{
    return (now >= t->covered + TRACKING_PATIENCE
            && t->moved / 5 * 4 >= threshold->bytes);
}

/* Goes on from the state of 't', which needs flows.  The verdict of a run that
 * ended stands until the next look at least. */
static void
follow(struct tracking *t, const struct tracking_view *v,
       const struct elephant_threshold *threshold, long long int now)
{
    if (t->state == TRACKING_STARTING) {
        if (v->in_place && t->covered == LLONG_MAX) {
            t->covered = now;
            t->moved = 0;
        }
        if (v->since >= t->covered) {
            t->moved += v->moved;
            t->state = TRACKING_CATCHING;
            note_end_of_run(t, v, threshold);
        }
    } else if (t->state == TRACKING_CATCHING) {
        t->moved += v->moved;
        if (t->run_ended || have_flows_told(t, threshold, now)) {
            t->state = TRACKING_ON;
        } else {
            note_end_of_run(t, v, threshold);
        }
    }
}

bool
tracking_update(struct tracking *t, const struct tracking_view *v,
                const struct elephant_threshold *threshold, long long int now)
{
    enum tracking_state old = t->state;
    bool stood = tracking_stands(t);

    if (t->state == TRACKING_UNKNOWN) {
        return false;
    }
    if (is_busy(v, threshold)) {
        t->last_busy = now;
        if (t->state == TRACKING_QUIET) {
            t->state = TRACKING_STARTING;
            t->covered = LLONG_MAX;
        }
    } else if (now - t->last_busy >= threshold->hold * 1000LL) {
        t->state = TRACKING_QUIET;
    }
    if (now >= t->stands_until || !tracking_needs_flows(t)) {
        t->stands_until = LLONG_MIN;
    }
    if (tracking_needs_flows(t)) {
        follow(t, v, threshold, now);
    }
    return t->state != old || tracking_stands(t) != stood;
}

const char *
tracking_state_to_string(enum tracking_state state)
{
    switch (state) {
    case TRACKING_UNKNOWN:
        return "unknown";
    case TRACKING_QUIET:
        return "quiet";
    case TRACKING_STARTING:
        return "starting";
    case TRACKING_CATCHING:
        return "catching up";
    case TRACKING_ON:
        return "tracked";
    default:
        OVS_NOT_REACHED();
    }
}
