/* SPDX-License-Identifier: Apache-2.0 */

/* Drives a visibility.
 *
 *     init
 *     threshold BYTES RATE
 *     update NOW ELEPHANTS HEAVY [MOVED [RATE [RUN RUN-SINCE]]]
 *         with a sample of the interface: bytes that it has moved; bit/s just
 *         now; bytes in a row, and since when
 *     look NOW [ID:BYTES[/PACKETS][!]]...
 *         entries as found in the zone; "!": not answered */

#include <config.h>
#include "evidence/visibility.h"
#include "tests/unit/test-pure.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "detector/threshold.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

static struct visibility visibility;
static struct elephant_threshold threshold = {
    .bytes = 10000000, .rate = 10000000, .hold = 30,
};

static void
show(void)
{
    long long int deadline = visibility_get_deadline(&visibility);
    struct ds s = DS_EMPTY_INITIALIZER;

    printf("%s%s%s", visibility.seen ? "seen" : "not seen",
           visibility.in_doubt ? ", in doubt" : "",
           visibility.settled ? ", settled" : "");
    if (deadline != LLONG_MAX) {
        printf(", look at %lld", deadline);
    }
    putchar('\n');
    visibility_format(&visibility.figures, &s);
    if (s.length) {
        puts(ds_cstr(&s));
    }
    ds_destroy(&s);
}

static void
look(struct words *words)
{
    long long int now = words_take_number(words);
    struct zone_entry *entries = NULL;
    size_t n = 0, allocated = 0;

    while (words_are_left(words)) {
        const char *word = words_take(words);
        unsigned int id;
        unsigned long long int bytes, packets = 0;

        if (!ovs_scan(word, "%u:%llu/%llu", &id, &bytes, &packets)
            && !ovs_scan(word, "%u:%llu", &id, &bytes)) {
            ovs_fatal(0, "%s: not ID:BYTES[/PACKETS]", word);
        }
        if (n >= allocated) {
            entries = x2nrealloc(entries, &allocated, sizeof *entries);
        }
        entries[n++] = (struct zone_entry) {
            .bytes = bytes, .packets = packets, .id = id,
            .answered = !strchr(word, '!'),
        };
    }
    visibility_look(&visibility, entries, n, &threshold, now);
    show();
}

static void
update(struct words *words)
{
    long long int now = words_take_number(words);
    struct visibility_inputs in = {
        .elephants = words_take_number(words),
        .heavy = words_take_number(words),
    };

    if (words_are_left(words)) {
        in.wire.bytes = words_take_number(words);
        in.wire.when = now;
    }
    if (words_are_left(words)) {
        in.wire.rate = words_take_number(words);
    }
    if (words_are_left(words)) {
        in.wire.run = words_take_number(words);
        in.wire.run_since = words_take_number(words);
    }
    visibility_update(&visibility, &in, &threshold, now);
    show();
}

static bool
run(const char *command, struct words *words)
{
    if (!strcmp(command, "init")) {
        visibility_destroy(&visibility);
        visibility = (struct visibility) { .seen = false };
    } else if (!strcmp(command, "threshold")) {
        threshold.bytes = words_take_number(words);
        threshold.rate = words_take_number(words);
    } else if (!strcmp(command, "update")) {
        update(words);
    } else if (!strcmp(command, "look")) {
        look(words);
    } else {
        return false;
    }
    return true;
}

static void
finish(void)
{
    visibility_destroy(&visibility);
}

const struct driver test_visibility = { "visibility", run, finish };
