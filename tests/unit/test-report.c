/* SPDX-License-Identifier: Apache-2.0 */

/* Drives report: a table of the columns NAME (hidden from people: ID), COUNT
 * and NOTE.
 *
 *     row ID NAME COUNT NOTE         "-" for nothing
 *     text                           shows the table to people
 *     json                           and to programs
 *     clear                          begins anew */

#include <config.h>
#include "lib/report.h"
#include "tests/unit/test-pure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"

static const struct report_column columns[] = {
    { NULL, "id" },
    { "NAME", "name" },
    { "COUNT", "count" },
    { "NOTE", "note" },
};

static struct report *report;

static void
add_string(const char *s)
{
    report_add_string(report, strcmp(s, "-") ? s : NULL);
}

static void
add_number(struct words *words)
{
    char *word = xstrdup(words_take(words));
    long long int n;

    if (str_to_llong(word, 10, &n)) {
        report_add_number(report, n);
    } else {
        report_add(report, NULL, NULL);
    }
    free(word);
}

static void
show(bool as_json)
{
    if (as_json) {
        struct json *json = report_to_json(report);
        char *s = json_to_string(json, JSSF_SORT);

        puts(s);
        free(s);
        json_destroy(json);
    } else {
        struct ds s = DS_EMPTY_INITIALIZER;

        report_format(report, &s);
        fputs(ds_cstr(&s), stdout);
        ds_destroy(&s);
    }
}

static bool
run(const char *command, struct words *words)
{
    if (!report) {
        report = report_create(columns, ARRAY_SIZE(columns));
    }
    if (!strcmp(command, "row")) {
        report_add_row(report);
        add_number(words);
        add_string(words_take(words));
        add_number(words);
        add_string(words_take(words));
    } else if (!strcmp(command, "text") || !strcmp(command, "json")) {
        show(!strcmp(command, "json"));
    } else if (!strcmp(command, "clear")) {
        report_destroy(report);
        report = NULL;
    } else {
        return false;
    }
    return true;
}

static void
finish(void)
{
    if (report) {
        report_destroy(report);
    }
}

const struct driver test_report = { "report", run, finish };
