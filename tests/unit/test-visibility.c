/* SPDX-License-Identifier: Apache-2.0 */

/* Drives sight, one of them.
 *
 *     init
 *     update NOW ELEPHANTS HEAVY
 *     look NOW [ID:BYTES]...         entries as found in the zone */

#include <config.h>
#include "evidence/visibility.h"
#include "tests/unit/test-pure.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "util.h"

static struct sight sight;

static void
show(void)
{
    long long int deadline = sight_get_deadline(&sight);

    printf("%s%s%s", sight.seen ? "seen" : "not seen",
           sight.in_doubt ? ", in doubt" : "",
           sight.settled ? ", settled" : "");
    if (deadline != LLONG_MAX) {
        printf(", look at %lld", deadline);
    }
    putchar('\n');
}

static void
look(struct words *words)
{
    long long int now = words_take_number(words);
    uint64_t *prints = NULL;
    size_t n = 0, allocated = 0;

    while (words_are_left(words)) {
        const char *word = words_take(words);
        unsigned int id;
        unsigned long long int bytes;

        if (!ovs_scan(word, "%u:%llu", &id, &bytes)) {
            ovs_fatal(0, "%s: not ID:BYTES", word);
        }
        if (n >= allocated) {
            prints = x2nrealloc(prints, &allocated, sizeof *prints);
        }
        prints[n++] = sight_print(id, bytes);
    }
    sight_look(&sight, prints, n, now);
    show();
}

static bool
run(const char *command, struct words *words)
{
    if (!strcmp(command, "init")) {
        sight_destroy(&sight);
        sight = (struct sight) { .seen = false };
    } else if (!strcmp(command, "update")) {
        long long int now = words_take_number(words);
        bool elephants = words_take_number(words);
        bool heavy = words_take_number(words);

        sight_update(&sight, elephants, heavy, now);
        show();
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
    sight_destroy(&sight);
}

const struct driver test_sight = { "sight", run, finish };
