/* SPDX-License-Identifier: Apache-2.0 */

/* Drives visibility, one of them.
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

static struct visibility visibility;

static void
show(void)
{
    long long int deadline = visibility_get_deadline(&visibility);

    printf("%s%s%s", visibility.seen ? "seen" : "not seen",
           visibility.in_doubt ? ", in doubt" : "",
           visibility.settled ? ", settled" : "");
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
        prints[n++] = visibility_print(id, bytes);
    }
    visibility_look(&visibility, prints, n, now);
    show();
}

static bool
run(const char *command, struct words *words)
{
    if (!strcmp(command, "init")) {
        visibility_destroy(&visibility);
        visibility = (struct visibility) { .seen = false };
    } else if (!strcmp(command, "update")) {
        long long int now = words_take_number(words);
        bool elephants = words_take_number(words);
        bool heavy = words_take_number(words);

        visibility_update(&visibility, elephants, heavy, now);
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
    visibility_destroy(&visibility);
}

const struct driver test_visibility = { "visibility", run, finish };
