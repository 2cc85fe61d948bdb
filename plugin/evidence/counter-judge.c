/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "evidence/counter-judge.h"

#include "detector/threshold.h"
#include "util.h"

void
counter_judge_init(struct counter_judge *j)
{
    *j = (struct counter_judge) { .n_samples = 0 };
}

bool
counter_judge_is_ready(const struct counter_judge *j)
{
    return j->n_samples >= 2;
}

static uint64_t
sum(const struct byte_counters *c)
{
    return c->sent + c->received;
}

/* A container that moves much in both directions is both source and sink; one
 * whose peer only acknowledges is not. */
static enum footprint_role
get_role(const struct byte_counters *moved)
{
    return (moved->sent / 2 >= moved->received ? FOOTPRINT_SOURCE
            : moved->received / 2 >= moved->sent ? FOOTPRINT_SINK
            : FOOTPRINT_BOTH);
}

enum footprint_role
counter_judge_get_role(const struct counter_judge *j)
{
    return sum(&j->recent) ? get_role(&j->recent) : j->role;
}

/* Takes what was 'moved' in the 'msec' milliseconds before 'now' into the run,
 * or ends the run if its average is too low with that. */
static void
extend_run(struct counter_judge *j, const struct byte_counters *moved,
           const struct elephant_threshold *threshold, long long int msec,
           long long int now)
{
    double ahead = (j->ahead + sum(moved)
                    - threshold->rate / 8000.0 * msec);

    if (ahead < 0) {
        j->run = (struct byte_counters) { .sent = 0 };
        j->ahead = 0;
        return;
    }
    if (!sum(&j->run)) {
        j->run_since = now - msec;
    }
    j->run.sent += moved->sent;
    j->run.received += moved->received;
    j->ahead = MIN(ahead, (double) threshold->bytes);
}

/* Judges by what was 'moved' in the 'msec' milliseconds before 'now'. */
static void
judge(struct counter_judge *j, const struct byte_counters *moved,
      const struct elephant_threshold *threshold, long long int msec,
      long long int now)
{
    j->recent.sent = j->recent.sent / 2 + moved->sent;
    j->recent.received = j->recent.received / 2 + moved->received;
    j->rate = MIN(sum(moved) * 8000.0 / msec, (double) INT64_MAX);
    j->fast = j->rate >= threshold->rate;
    extend_run(j, moved, threshold, msec, now);
    if (j->elephant ? j->fast : sum(&j->run) >= threshold->bytes) {
        j->elephant = true;
        j->role = get_role(&j->run);
        j->last_fast = now;
    } else if (j->elephant && now - j->last_fast >= threshold->hold * 1000LL) {
        j->elephant = false;
        j->run = (struct byte_counters) { .sent = 0 };
        j->ahead = 0;
    }
}

bool
counter_judge_update(struct counter_judge *j,
                     const struct byte_counters *counters,
                     const struct elephant_threshold *threshold,
                     long long int now)
{
    struct counter_judge old = *j;
    struct byte_counters moved = {
        .sent = counters->sent - j->last.sent,
        .received = counters->received - j->last.received,
    };

    if (j->n_samples && now <= j->last_time) {
        return false;
    }
    j->last = *counters;
    j->last_time = now;
    if (!old.n_samples || counters->sent < old.last.sent
        || counters->received < old.last.received) {
        /* It is the first sample, or one of another device: begin anew.  What
         * was an elephant remains one for its hold time. */
        j->n_samples = 1;
        j->run = (struct byte_counters) { .sent = 0 };
        j->ahead = 0;
        return false;
    }
    j->n_samples = 2;
    judge(j, &moved, threshold, now - old.last_time, now);
    return (j->elephant != old.elephant || j->role != old.role
            || !counter_judge_is_ready(&old));
}
