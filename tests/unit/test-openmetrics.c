/* SPDX-License-Identifier: Apache-2.0 */

/* Drives openmetrics:
 *
 *     begin openmetrics | prometheus
 *     family TYPE NAME UNIT HELP      UNIT "-" for none; "_" for a space in
 *                                     HELP
 *     add VALUE [LABEL]               the value of the label "name"; "\n" in
 *                                     it is a line's end, "\x" a byte that
 *                                     is no UTF-8
 *     observe SECONDS                 into a histogram
 *     histogram                       adds that histogram, with a label
 *     end                             and shows all
 *     accept HEADER                   the content type that answers a request
 *                                     with this Accept header */

#include <config.h>
#include "lib/openmetrics.h"
#include "tests/unit/test-pure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

static struct openmetrics m;
static struct ds s = DS_EMPTY_INITIALIZER;
static struct openmetrics_histogram histogram;
static char *name;

static double
take_double(struct words *words)
{
    return strtod(words_take(words), NULL);
}

static enum openmetrics_type
take_type(struct words *words)
{
    const char *word = words_take(words);

    return (!strcmp(word, "counter") ? OPENMETRICS_COUNTER
            : !strcmp(word, "gauge") ? OPENMETRICS_GAUGE
            : !strcmp(word, "info") ? OPENMETRICS_INFO
            : OPENMETRICS_HISTOGRAM);
}

static void
begin_family(struct words *words)
{
    enum openmetrics_type type = take_type(words);
    char *unit, *help;

    free(name);
    name = xstrdup(words_take(words));
    unit = xstrdup(words_take(words));
    help = xstrdup(words_take(words));
    for (char *p = help; *p; p++) {
        *p = *p == '_' ? ' ' : *p;
    }
    openmetrics_family(&m, type, name, strcmp(unit, "-") ? unit : NULL, help);
    free(unit);
    free(help);
}

static void
add(struct words *words)
{
    double value = take_double(words);

    if (!words_are_left(words)) {
        openmetrics_add(&m, value, NULL);
    } else {
        char *label = xstrdup(words_take(words));
        char *escape = strstr(label, "\\n");

        if (escape) {
            memmove(escape + 1, escape + 2, strlen(escape + 1));
            *escape = '\n';
        }
        escape = strstr(label, "\\x");
        if (escape) {
            memmove(escape + 1, escape + 2, strlen(escape + 1));
            *escape = '\xff';
        }
        openmetrics_add(&m, value, "name", label, NULL);
        free(label);
    }
}

/* Prints each line after "| ", since a line of a test that begins with "#" is
 * a comment. */
static void
show(void)
{
    char *save = NULL;

    for (char *line = strtok_r(ds_cstr(&s), "\n", &save); line;
         line = strtok_r(NULL, "\n", &save)) {
        printf("| %s\n", line);
    }
    ds_clear(&s);
}

static bool
run(const char *command, struct words *words)
{
    if (!strcmp(command, "begin")) {
        openmetrics_begin(&m, &s, strcmp(words_take(words), "prometheus")
                          ? OPENMETRICS_1_0 : OPENMETRICS_PROMETHEUS);
    } else if (!strcmp(command, "family")) {
        begin_family(words);
    } else if (!strcmp(command, "add")) {
        add(words);
    } else if (!strcmp(command, "observe")) {
        openmetrics_observe(&histogram, take_double(words));
    } else if (!strcmp(command, "histogram")) {
        openmetrics_add_histogram(&m, &histogram, "verb", "filter", NULL);
    } else if (!strcmp(command, "end")) {
        openmetrics_end(&m);
        show();
    } else if (!strcmp(command, "accept")) {
        puts(openmetrics_get_content_type(
                 openmetrics_negotiate(words_take(words))));
    } else {
        return false;
    }
    return true;
}

static void
finish(void)
{
    ds_destroy(&s);
    free(name);
}

const struct driver test_openmetrics = { "openmetrics", run, finish };
