/* SPDX-License-Identifier: Apache-2.0 */

/* Drives sampler.
 *
 *     size N                         of its table; before all else
 *     zone ZONE BYTES RATE HOLD      or "zone ZONE none"
 *     unassured                      from now on, track such flows
 *     round NOW                      begins
 *     look ENTRY                     an entry as it is
 *     done [incomplete]              the round is over
 *     end ENTRY                      an entry as it was when it was deleted
 *     refresh ID ENTRY               of an elephant
 *     show                           what it keeps, and what it missed
 *
 * An ENTRY is "WHEN CT-ID ZONE TUPLE ORIG REPLY [one-way]".  Times are
 * milliseconds. */

#include <config.h>
#include "detector/sampler.h"
#include "tests/unit/test-pure.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

static struct sampler *sampler;

static void
print_flow(const char *what, const struct ct_flow *flow)
{
    printf("%s %"PRIu64": %"PRIu64"+%"PRIu64" bytes, %"PRIu64" bit/s, "
           "fast at %lld\n", what, flow->id, flow->bytes[CT_DIR_ORIG],
           flow->bytes[CT_DIR_REPLY], flow->rate, flow->last_fast);
}

static void
event_cb(enum detector_event_type type, const struct ct_flow *flow,
         void *aux OVS_UNUSED)
{
    print_flow(type == DETECTOR_ELEPHANT ? "elephant" : "gone", flow);
}

static void
set_zone(struct words *words)
{
    uint16_t zone = words_take_number(words);
    const char *word = words_take(words);
    struct elephant_threshold t;
    bool changed;

    if (!strcmp(word, "none")) {
        changed = sampler_set_zone(sampler, zone, NULL);
    } else {
        t.bytes = strtoull(word, NULL, 10);
        t.rate = words_take_number(words);
        t.hold = words_take_number(words);
        changed = sampler_set_zone(sampler, zone, &t);
    }
    printf("%s, %"PRIu64" bytes are of interest\n",
           changed ? "changed" : "unchanged", sampler_get_min_bytes(sampler));
}

static struct sample
take_sample(struct words *words)
{
    struct sample sample;

    memset(&sample, 0, sizeof sample);
    sample.when = words_take_number(words);
    sample.ct_id = words_take_number(words);
    sample.flow.zone = words_take_number(words);
    words_take_tuple(words, &sample.flow.tuple);
    sample.flow.bytes[CT_DIR_ORIG] = words_take_number(words);
    sample.flow.bytes[CT_DIR_REPLY] = words_take_number(words);
    sample.answered = true;
    if (words_are_left(words)) {
        words_take(words);
        sample.answered = false;
    }
    return sample;
}

static void
refresh(struct words *words)
{
    uint64_t id = words_take_number(words);
    struct sample sample = take_sample(words);

    sample.flow.id = id;
    if (!sampler_has_flow(sampler, &sample.flow)) {
        puts("not known");
    } else if (!sampler_refresh(sampler, &sample.flow, sample.when)) {
        puts("another one");
    } else {
        print_flow("flow", &sample.flow);
    }
}

static void
show(void)
{
    const struct sampler_misses *misses = sampler_get_misses(sampler);

    printf("%"PRIuSIZE" flows; missed: %"PRIu64" no room, %"PRIu64" bytes "
           "unassured, %"PRIu64" unclear\n", sampler_count(sampler),
           misses->table_full, misses->unassured_bytes, misses->unclear);
}

/* Prints what was missed in zones 7 and 8, by kind. */
static void
show_by_zone(void)
{
    for (uint16_t zone = 7; zone <= 8; zone++) {
        printf("zone %d:", zone);
        for (int kind = SAMPLER_MISS_TABLE_FULL;
             kind <= SAMPLER_MISS_UNCOUNTED; kind++) {
            printf(" %"PRIu64,
                   sampler_get_misses_of_zone(sampler, kind, zone));
        }
        putchar('\n');
    }
}

static bool
run_sample(const char *command, struct words *words)
{
    struct sample sample;

    if (!strcmp(command, "look")) {
        sample = take_sample(words);
        sampler_look(sampler, &sample, event_cb, NULL);
    } else if (!strcmp(command, "end")) {
        sample = take_sample(words);
        sampler_end_flow(sampler, &sample, event_cb, NULL);
    } else if (!strcmp(command, "refresh")) {
        refresh(words);
    } else if (!strcmp(command, "uncounted")) {
        sampler_note_uncounted(sampler, words_take_number(words));
    } else if (!strcmp(command, "zones")) {
        show_by_zone();
    } else {
        return false;
    }
    return true;
}

static bool
run(const char *command, struct words *words)
{
    if (!sampler) {
        sampler = sampler_create(!strcmp(command, "size")
                                 ? words_take_number(words) : 10);
    } else if (!strcmp(command, "size")) {
        ovs_fatal(0, "too late");
    }
    if (!strcmp(command, "zone")) {
        set_zone(words);
    } else if (!strcmp(command, "unassured")) {
        sampler_set_track_unassured(sampler, true);
    } else if (!strcmp(command, "round")) {
        sampler_begin_round(sampler, words_take_number(words));
    } else if (!strcmp(command, "done")) {
        bool complete = !words_are_left(words);

        if (!complete) {
            words_take(words);
        }
        sampler_end_round(sampler, complete, event_cb, NULL);
    } else if (!strcmp(command, "show")) {
        show();
    } else {
        return run_sample(command, words) || !strcmp(command, "size");
    }
    return true;
}

static void
finish(void)
{
    sampler_destroy(sampler);
}

const struct driver test_sampler = { "sampler", run, finish };
