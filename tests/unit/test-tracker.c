/* SPDX-License-Identifier: Apache-2.0 */

/* Drives tracker.
 *
 *     hold ZONE SECONDS
 *     update NOW ID ZONE TUPLE LAST_FAST [BYTES]
 *     remove ID
 *     remove-zone ZONE
 *     expire NOW [ID ANSWER]...      prints what it asks; ANSWER is when the
 *                                    flow last was fast, or "gone", which it
 *                                    is unless said otherwise
 *     refresh [ID ANSWER]...         likewise, asks for all
 *     deadline                       when to expire next
 *     mark, sweep
 *     count                          flows and conversations
 *     zone ZONE                      ids of the flows in it
 *     show                           all flows
 *
 * Times are milliseconds. */

#include <config.h>
#include "footprint/tracker.h"
#include "tests/unit/test-pure.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

#define MAX_ANSWERS 16

/* What a flow's refresh is to answer. */
struct answer {
    uint64_t id;
    bool gone;
    long long int last_fast;
};

struct answers {
    struct answer all[MAX_ANSWERS];
    size_t n;
};

static struct tracker *tracker;

static bool
refresh(struct ct_flow *flow, void *answers_)
{
    const struct answers *answers = answers_;

    printf("asked for %"PRIu64"\n", flow->id);
    for (size_t i = 0; i < answers->n; i++) {
        const struct answer *answer = &answers->all[i];

        if (answer->id == flow->id && !answer->gone) {
            flow->last_fast = answer->last_fast;
            return true;
        }
    }
    return false;
}

static struct answers
take_answers(struct words *words)
{
    struct answers answers = { .n = 0 };

    while (words_are_left(words) && answers.n < MAX_ANSWERS) {
        struct answer *answer = &answers.all[answers.n++];
        const char *word;

        answer->id = words_take_number(words);
        word = words_take(words);
        answer->gone = !strcmp(word, "gone");
        answer->last_fast = answer->gone ? 0 : atoll(word);
    }
    return answers;
}

static void
expire(struct words *words)
{
    long long int now = words_take_number(words);
    struct answers answers = take_answers(words);

    printf("%"PRIuSIZE" forgotten\n",
           tracker_expire(tracker, now, refresh, &answers));
}

static void
update(struct words *words)
{
    long long int now = words_take_number(words);
    struct ct_flow flow = { .created = now };

    flow.id = words_take_number(words);
    flow.zone = words_take_number(words);
    words_take_tuple(words, &flow.tuple);
    flow.last_fast = words_take_number(words);
    if (words_are_left(words)) {
        flow.bytes[CT_DIR_ORIG] = words_take_number(words);
    }
    tracker_update(tracker, &flow, now);
}

static void
show_zone(uint16_t zone)
{
    const struct ovs_list *elephants = tracker_get_zone(tracker, zone);
    const struct elephant *e;

    printf("zone %"PRIu16":", zone);
    if (!elephants) {
        printf(" never had any");
    } else {
        LIST_FOR_EACH (e, zone_node, elephants) {
            printf(" %"PRIu64, e->flow.id);
        }
    }
    putchar('\n');
}

static void
show_all(void)
{
    struct elephant **elephants;
    size_t n = tracker_get_all(tracker, &elephants);

    for (size_t i = 0; i < n; i++) {
        const struct elephant *e = elephants[i];
        struct ds s = DS_EMPTY_INITIALIZER;

        ct_tuple_format(&e->flow.tuple, &s);
        printf("zone %"PRIu16" id %"PRIu64": %s, %"PRIu64" bytes, "
               "since %lld until %lld\n", e->flow.zone, e->flow.id,
               ds_cstr(&s), e->flow.bytes[CT_DIR_ORIG], e->since,
               e->deadline);
        ds_destroy(&s);
    }
    free(elephants);
}

static bool
run_query(const char *command, struct words *words)
{
    if (!strcmp(command, "deadline")) {
        long long int deadline = tracker_get_deadline(tracker);

        if (deadline == LLONG_MAX) {
            puts("never");
        } else {
            printf("%lld\n", deadline);
        }
    } else if (!strcmp(command, "count")) {
        printf("%"PRIuSIZE" flows, %"PRIuSIZE" conversations\n",
               tracker_count(tracker), tracker_count_conversations(tracker));
    } else if (!strcmp(command, "zone")) {
        show_zone(words_take_number(words));
    } else if (!strcmp(command, "show")) {
        show_all();
    } else {
        return false;
    }
    return true;
}

static bool
run(const char *command, struct words *words)
{
    if (!tracker) {
        tracker = tracker_create();
    }
    if (!strcmp(command, "hold")) {
        uint16_t zone = words_take_number(words);

        tracker_set_hold(tracker, zone, words_take_number(words));
    } else if (!strcmp(command, "update")) {
        update(words);
    } else if (!strcmp(command, "remove")) {
        puts(tracker_remove(tracker, words_take_number(words))
             ? "removed" : "not there");
    } else if (!strcmp(command, "remove-zone")) {
        tracker_remove_zone(tracker, words_take_number(words));
    } else if (!strcmp(command, "expire")) {
        expire(words);
    } else if (!strcmp(command, "refresh")) {
        struct answers answers = take_answers(words);

        tracker_refresh(tracker, refresh, &answers);
    } else if (!strcmp(command, "mark")) {
        tracker_mark_all(tracker);
    } else if (!strcmp(command, "sweep")) {
        printf("%"PRIuSIZE" forgotten\n", tracker_sweep(tracker));
    } else {
        return run_query(command, words);
    }
    return true;
}

static void
finish(void)
{
    tracker_destroy(tracker);
}

const struct driver test_tracker = { "tracker", run, finish };
