/* SPDX-License-Identifier: Apache-2.0 */

/* Drives a guard-policy.
 *
 *     init
 *     max ENTRIES [ROOM]             size of the table from now on
 *     update NOW COUNT
 *     judge NOW N-SAMPLE [ZONE:N[:OPENED]]...
 *     forget ZONE */

#include <config.h>
#include "tests/unit/test-pure.h"
#include "upkeep/guard-policy.h"

#include <stdio.h>
#include <string.h>

#include "util.h"

#define N_ZONES 10              /* Zones 1 to 9 are printed. */
#define MAX_SHARES 10

static struct guard_policy *policy;
static struct guard_table table = { .max = 100000 };

static void
show(void)
{
    printf("withdrawn:");
    if (guard_policy_is_all_withdrawn(policy)) {
        printf(" all");
    }
    for (int zone = 1; zone < N_ZONES; zone++) {
        if (!guard_policy_is_all_withdrawn(policy)
            && guard_policy_is_withdrawn(policy, zone)) {
            printf(" %d", zone);
        }
    }
    putchar('\n');
}

static void
update(struct words *words)
{
    long long int now = words_take_number(words);
    bool wanted;

    table.count = words_take_number(words);
    wanted = guard_policy_update(policy, &table, now);
    printf("%snext in %lld, ", wanted ? "judge, " : "",
           guard_policy_get_deadline(policy) - now);
    show();
}

static void
judge(struct words *words)
{
    struct guard_share shares[MAX_SHARES];
    long long int now = words_take_number(words);
    unsigned int n_sample = words_take_number(words);
    size_t n = 0;

    while (words_are_left(words)) {
        const char *word = words_take(words);
        int zone, entries, opened = 0;

        if ((!ovs_scan(word, "%d:%d:%d", &zone, &entries, &opened)
             && !ovs_scan(word, "%d:%d", &zone, &entries))
            || n >= MAX_SHARES) {
            ovs_fatal(0, "%s: not ZONE:N[:OPENED]", word);
        }
        shares[n++] = (struct guard_share) {
            .zone = zone, .n = entries, .n_opened = opened,
        };
    }
    guard_policy_judge(policy, shares, n, n_sample, now);
    show();
}

static bool
run(const char *command, struct words *words)
{
    if (!strcmp(command, "init")) {
        guard_policy_destroy(policy);
        policy = guard_policy_create();
    } else if (!strcmp(command, "max")) {
        table.max = words_take_number(words);
        table.room = words_are_left(words) ? words_take_number(words) : 0;
    } else if (!strcmp(command, "update")) {
        update(words);
    } else if (!strcmp(command, "judge")) {
        judge(words);
    } else if (!strcmp(command, "forget")) {
        guard_policy_forget(policy, words_take_number(words));
        show();
    } else {
        return false;
    }
    return true;
}

static void
finish(void)
{
    guard_policy_destroy(policy);
}

const struct driver test_guard_policy = { "guard-policy", run, finish };
