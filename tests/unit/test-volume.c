/* SPDX-License-Identifier: Apache-2.0 */

/* Drives a volume.
 *
 *     limit RATE HOLD                forgets all samples
 *     sample NOW TOTAL
 *     steady FROM TO RATE            samples each 500 ms, of something that
 *                                    moves RATE bit/s; says when that becomes
 *                                    too much, or ceases to be */

#include <config.h>
#include "evidence/volume.h"
#include "tests/unit/test-pure.h"

#include <stdio.h>
#include <string.h>

#include "util.h"

static struct volume volume;
static uint64_t rate, total;
static unsigned int hold;

static void
show(long long int now)
{
    printf("%lld: %s\n", now, (volume_exceeds(&volume, rate) ? "too much"
                               : "within the limit"));
}

static void
steady(struct words *words)
{
    long long int from = words_take_number(words);
    long long int to = words_take_number(words);
    uint64_t bytes = words_take_number(words) / 16;
    bool exceeds = volume_exceeds(&volume, rate);

    for (long long int now = from; now <= to; now += 500) {
        total += bytes;
        volume_update(&volume, total, hold, now);
        if (volume_exceeds(&volume, rate) != exceeds) {
            exceeds = !exceeds;
            show(now);
        }
    }
}

static bool
run(const char *command, struct words *words)
{
    if (!strcmp(command, "limit")) {
        volume = (struct volume) { .hold = 0 };
        rate = words_take_number(words);
        hold = words_take_number(words);
        total = 0;
    } else if (!strcmp(command, "sample")) {
        long long int now = words_take_number(words);

        total = words_take_number(words);
        volume_update(&volume, total, hold, now);
        show(now);
    } else if (!strcmp(command, "steady")) {
        steady(words);
    } else {
        return false;
    }
    return true;
}

const struct driver test_volume = { "volume", run, NULL };
