/* SPDX-License-Identifier: Apache-2.0 */

/* Drives a counter-judge.
 *
 *     init
 *     threshold BYTES RATE HOLD
 *     sample NOW SENT RECEIVED */

#include <config.h>
#include "evidence/counter-judge.h"
#include "tests/unit/test-pure.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "detector/detector.h"
#include "util.h"

static struct counter_judge judge;
static struct elephant_threshold threshold = {
    .bytes = 10000000, .rate = 10000000, .hold = 30,
};

static void
show(bool changed)
{
    const char *role = footprint_role_to_string(judge.role);

    printf("%s: %s", changed ? "changed" : "same",
           !counter_judge_is_ready(&judge) ? "not ready"
           : judge.elephant ? "elephant" : "no elephant");
    if (counter_judge_is_ready(&judge) && judge.elephant) {
        printf(" %s", role ? role : "without a role");
    }
    printf(", %"PRIu64" bit/s\n", judge.rate);
}

static bool
run(const char *command, struct words *words)
{
    if (!strcmp(command, "init")) {
        counter_judge_init(&judge);
    } else if (!strcmp(command, "threshold")) {
        threshold.bytes = words_take_number(words);
        threshold.rate = words_take_number(words);
        threshold.hold = words_take_number(words);
    } else if (!strcmp(command, "sample")) {
        long long int now = words_take_number(words);
        struct byte_counters counters;

        counters.sent = words_take_number(words);
        counters.received = words_take_number(words);
        show(counter_judge_update(&judge, &counters, &threshold, now));
    } else {
        return false;
    }
    return true;
}

const struct driver test_counter_judge = { "counter-judge", run, NULL };
