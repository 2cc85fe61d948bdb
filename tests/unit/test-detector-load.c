/* SPDX-License-Identifier: Apache-2.0 */

/* Drives detector-load, with the hook in use at first.
 *
 *     reading NOW HOOK SCAN          the costs, in percent of a processor
 *     readings FROM TO HOOK SCAN     one each 10 s; says when that changes the
 *                                    detector
 */

#include <config.h>
#include "detector/detector-load.h"
#include "tests/unit/test-pure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

static struct detector_load load;
static enum detector_kind in_use = DETECTOR_HOOK;

static double
take_percent(struct words *words)
{
    return atof(words_take(words)) / 100;
}

static void
read_costs(struct words *words, long long int from, long long int to)
{
    double hook = take_percent(words);
    double scan = take_percent(words);

    for (long long int now = from; now <= to; now += 10000) {
        enum detector_kind kind = detector_load_update(&load, in_use, hook,
                                                       scan, now);

        if (kind != in_use) {
            printf("%lld: %s\n", now, kind == DETECTOR_HOOK ? "hook" : "scan");
            in_use = kind;
        }
    }
}

static bool
run(const char *command, struct words *words)
{
    if (!strcmp(command, "reading")) {
        long long int now = words_take_number(words);

        read_costs(words, now, now);
    } else if (!strcmp(command, "readings")) {
        long long int from = words_take_number(words);

        read_costs(words, from, words_take_number(words));
    } else {
        return false;
    }
    return true;
}

const struct driver test_detector_load = { "detector-load", run, NULL };
