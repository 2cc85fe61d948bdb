/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "evidence/volume.h"

#include <string.h>

#include "util.h"

/* One more than is looked back on, for the present one, which is not over. */
#define N_SLOTS (VOLUME_N_SLOTS + 1)

static long long int
slot_msec(const struct volume *v)
{
    return v->hold * 1000LL / VOLUME_N_SLOTS;
}

/* Goes on to the slot of the time 'when'. */
static void
advance(struct volume *v, long long int when)
{
    long long int slot = when / slot_msec(v);

    if (slot - v->slot >= N_SLOTS) {
        memset(v->slots, 0, sizeof v->slots);
        v->slot = slot;
    }
    while (v->slot < slot) {
        v->slots[++v->slot % N_SLOTS] = 0;
    }
}

/* Spreads 'bytes' evenly over the time from the last sample to 'now'. */
static void
spread(struct volume *v, uint64_t bytes, long long int now)
{
    long long int oldest = now - slot_msec(v) * N_SLOTS;
    double per_msec = 1.0 * bytes / (now - v->last_time);
    long long int when = MAX(v->last_time, oldest);

    if (!bytes) {
        /* Most containers move nothing most of the time. */
        advance(v, now);
        return;
    }
    while (when < now) {
        long long int end = MIN((when / slot_msec(v) + 1) * slot_msec(v), now);

        advance(v, when);
        v->slots[v->slot % N_SLOTS] += per_msec * (end - when);
        when = end;
    }
}

void
volume_update(struct volume *v, uint64_t total, unsigned int hold,
              long long int now)
{
    if (hold != v->hold) {
        *v = (struct volume) { .hold = hold, .slot = now / (hold * 100LL) };
    } else if (now <= v->last_time) {
        return;
    } else if (total >= v->last) {
        spread(v, total - v->last, now);
    }
    v->last = total;
    v->last_time = now;
}

/* The whole slots are exactly the time in question, and the present one tells
 * sooner of a burst. */
bool
volume_exceeds(const struct volume *v, uint64_t rate)
{
    double limit = rate / 8.0 * v->hold;
    uint64_t sum = 0;
    uint64_t oldest = v->slots[(v->slot + 1) % N_SLOTS];
    uint64_t present = v->slots[v->slot % N_SLOTS];

    for (size_t i = 0; i < N_SLOTS; i++) {
        sum += v->slots[i];
    }
    return v->hold && (sum - oldest >= limit || sum - present >= limit);
}
