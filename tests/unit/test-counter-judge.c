/*
 * Copyright (c) 2026 The ovs-footprint Authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at:
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

/* Drives counter-judge, one of them.
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
