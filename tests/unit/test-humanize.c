/* SPDX-License-Identifier: Apache-2.0 */

/* Drives humanize, and problem:
 *
 *     amount N            a number
 *     duration SECONDS
 *     time MSEC           a time, as text
 *     parse TEXT          and from text
 *     problem WORD        makes WORD, "-" for none, the problem; says whether
 *                         that is news */

#include <config.h>
#include "lib/humanize.h"
#include "tests/unit/test-pure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"
#include "util.h"

static char *problem;

/* Takes ownership of 's'. */
static void
say(char *s)
{
    puts(s);
    free(s);
}

static bool
run(const char *command, struct words *words)
{
    if (!strcmp(command, "amount")) {
        say(humanize_amount(strtoull(words_take(words), NULL, 10)));
    } else if (!strcmp(command, "duration")) {
        say(humanize_duration(words_take_number(words)));
    } else if (!strcmp(command, "time")) {
        say(humanize_time(words_take_number(words)));
    } else if (!strcmp(command, "parse")) {
        long long int msec = -1;
        bool ok = humanize_parse_time(words_take(words), &msec);

        printf("%s, %lld\n", ok ? "good" : "bad", msec);
    } else if (!strcmp(command, "problem")) {
        const char *s = words_take(words);
        bool is_news = problem_set(&problem, nullable_xstrdup(strcmp(s, "-")
                                                              ? s : NULL));

        printf("%s: %s\n", problem ? problem : "none",
               is_news ? "news" : "known");
    } else {
        return false;
    }
    return true;
}

static void
finish(void)
{
    free(problem);
}

const struct driver test_humanize = { "humanize", run, finish };
