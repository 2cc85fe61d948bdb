/* SPDX-License-Identifier: Apache-2.0 */

/* Drives tracking, of one container.
 *
 *     begin NOW [had-flows]
 *     threshold BYTES RATE HOLD
 *     look NOW BYTES [run] [in-place] [counted]
 *     elephant
 *
 * BYTES is what was moved since the look before.  "counted" says that by
 * then it is like an elephant by counters, which holds from there on. */

#include <config.h>
#include "evidence/tracking.h"
#include "tests/unit/test-pure.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "detector/threshold.h"
#include "util.h"

static struct tracking tracking;
static long long int last_look;
static long long int counted;   /* LLONG_MIN if never. */
static struct elephant_threshold threshold = {
    .bytes = 10000000, .rate = 10000000, .hold = 30,
};

static void
show(bool changed)
{
    printf("%s%s%s%s\n", changed ? "now " : "",
           tracking_state_to_string(tracking.state),
           tracking_needs_flows(&tracking) ? ", flows" : "",
           tracking_stands(&tracking) ? ", stands" : "");
}

static void
look(struct words *words)
{
    long long int now = words_take_number(words);
    uint64_t bytes = words_take_number(words);
    struct tracking_view view = {
        .moved = bytes,
        .rate = bytes * 8000.0 / (now - last_look),
        .since = last_look,
    };

    while (words_are_left(words)) {
        const char *word = words_take(words);

        view.has_run |= !strcmp(word, "run");
        view.in_place |= !strcmp(word, "in-place");
        if (!strcmp(word, "counted")) {
            counted = now;
        }
    }
    view.counted = counted;
    last_look = now;
    show(tracking_update(&tracking, &view, &threshold, now));
}

static bool
run(const char *command, struct words *words)
{
    if (!strcmp(command, "begin")) {
        last_look = words_take_number(words);
        counted = LLONG_MIN;
        tracking_begin(&tracking, words_are_left(words), last_look);
        words->rest = words->rest + strlen(words->rest);
        show(true);
    } else if (!strcmp(command, "threshold")) {
        threshold.bytes = words_take_number(words);
        threshold.rate = words_take_number(words);
        threshold.hold = words_take_number(words);
    } else if (!strcmp(command, "look")) {
        look(words);
    } else if (!strcmp(command, "elephant")) {
        show(tracking_saw_elephant(&tracking));
    } else {
        return false;
    }
    return true;
}

const struct driver test_tracking = { "tracking", run, NULL };
