/* SPDX-License-Identifier: Apache-2.0 */

#ifndef REPORT_H
#define REPORT_H 1

/* A table with named columns that can be shown to people, aligned, or to
 * programs, as a JSON array of objects.
 *
 * libopenvswitch has a "struct table", which is not used because a cell of it
 * is one thing for everybody: here people see "12.5M" or "1m05s", aligned to
 * the right, where programs see 12500000 or 65, and null where people see
 * "-".  Its JSON has the names of columns for headings, apart from rows of
 * bare values, and it prints to stdout, while a command's answer goes to a
 * connection. */

#include <stddef.h>
#include <stdint.h>

struct ds;
struct json;

struct report_column {
    const char *title;          /* For people, e.g. "ZONE"; null to show the
                                 * column to programs only. */
    const char *name;           /* For programs, e.g. "zone". */
};

struct report;

/* 'columns' must outlive the report. */
struct report *report_create(const struct report_column *columns, size_t n);
void report_destroy(struct report *);

void report_add_row(struct report *);

/* Adds a cell to the latest row, in the order of the columns.  'text' is what
 * people see, null for what programs see; both are owned by the report from
 * now on.  A null 'json' is JSON's null, and "-" for people. */
void report_add(struct report *, struct json *json, char *text);

/* The same, for what people and programs see alike, except that people see
 * what is printable (lib/printable.h), and no more of a name than fits into a
 * table.  The strings may be null; the functions with "nocopy" take ownership
 * of them. */
void report_add_string(struct report *, const char *);
void report_add_string_nocopy(struct report *, char *);
void report_add_name(struct report *, const char *);
void report_add_name_nocopy(struct report *, char *);
void report_add_number(struct report *, long long int);

/* An amount, of which people see three digits: "12.5M" for 12500000. */
void report_add_amount(struct report *, uint64_t);

void report_format(const struct report *, struct ds *);

/* Returns a new JSON array; the caller must destroy it. */
struct json *report_to_json(const struct report *);

#endif /* report.h */
