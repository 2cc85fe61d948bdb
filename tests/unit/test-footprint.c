/* SPDX-License-Identifier: Apache-2.0 */

/* Drives a footprint.
 *
 *     init JUDGED WALL
 *     restore CLASS ROLE SINCE NOW   roles as published, "none" for none
 *     hold SECONDS                   for all that follows
 *     update NOW N [ROLE]            prints what changed
 *     refuse NOW [N]                 likewise, without means to judge
 *     parse STRING                   as a class and as a role
 *
 * WALL and SINCE are wall clock times, NOW is monotonic; all are milliseconds.
 * For an update the wall clock is at NOW plus 1000000. */

#include <config.h>
#include "footprint/footprint.h"
#include "tests/unit/test-pure.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "util.h"

static struct footprint fp;
static unsigned int hold = 60;

static void
show(const char *prefix)
{
    const char *role = footprint_role_to_string(fp.role);
    long long int deadline = footprint_get_deadline(&fp, hold);

    printf("%s%s", prefix, footprint_class_to_string(fp.class));
    if (role) {
        printf(" %s", role);
    }
    printf(", %u elephants, since %lld", fp.n_elephants, fp.since);
    if (deadline != LLONG_MAX) {
        printf(", deadline %lld", deadline);
    }
    putchar('\n');
}

static void
update(struct words *words, bool judged)
{
    long long int now = words_take_number(words);
    struct footprint_inputs in = { .judged = judged, .hold = hold };
    bool changed;

    if (words_are_left(words)) {
        in.n_elephants = words_take_number(words);
    }
    if (words_are_left(words)) {
        in.role = footprint_role_from_string(words_take(words));
    }
    changed = footprint_update(&fp, &in, now, now + 1000000);
    show(changed ? "changed: " : "same: ");
}

static enum footprint_class
take_class(struct words *words)
{
    const char *s = words_take(words);
    enum footprint_class class;

    if (!footprint_class_from_string(s, &class)) {
        ovs_fatal(0, "%s: not a class", s);
    }
    return class;
}

static void
parse(const char *s)
{
    const char *role = footprint_role_to_string(
        footprint_role_from_string(s));
    enum footprint_class class;

    printf("class %s, role %s\n",
           (footprint_class_from_string(s, &class)
            ? footprint_class_to_string(class) : "no"),
           role ? role : "no");
}

static bool
run(const char *command, struct words *words)
{
    if (!strcmp(command, "init")) {
        bool judged = words_take_number(words);

        footprint_init(&fp, judged, words_take_number(words));
        show("");
    } else if (!strcmp(command, "restore")) {
        enum footprint_class class = take_class(words);
        enum footprint_role role
            = footprint_role_from_string(words_take(words));
        long long int since = words_take_number(words);

        footprint_restore(&fp, class, role, since, words_take_number(words));
        show("");
    } else if (!strcmp(command, "hold")) {
        hold = words_take_number(words);
    } else if (!strcmp(command, "update")) {
        update(words, true);
    } else if (!strcmp(command, "refuse")) {
        update(words, false);
    } else if (!strcmp(command, "parse")) {
        parse(words_take(words));
    } else {
        return false;
    }
    return true;
}

const struct driver test_footprint = { "footprint", run, NULL };
