/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/humanize.h"
#include "lib/json-member.h"
#include "lib/printable.h"
#include "openvswitch/json.h"
#include "util.h"

static const struct column elephants[] = {
    { "CONTAINER", "container", "port", COLUMN_NAME, 0 },
    { "PORT", "port", NULL, COLUMN_NAME, 5 },
    { "ROLE", "role", NULL, COLUMN_WORD, 3 },
    { "PROTO", "protocol", NULL, COLUMN_WORD, 4 },
    { "SOURCE", "source", NULL, COLUMN_NAME, 0 },
    { "DESTINATION", "destination", NULL, COLUMN_NAME, 0 },
    { "BYTES", "bytes", NULL, COLUMN_AMOUNT, 1 },
    { "BACK", "reply_bytes", NULL, COLUMN_AMOUNT, 6 },
    { "AGE", "age", NULL, COLUMN_DURATION, 2 },
    { "BIT/S", "rate", NULL, COLUMN_AMOUNT, 0 },
};

static const struct column containers[] = {
    { "CONTAINER", "container", "port", COLUMN_NAME, 0 },
    { "PORT", "port", NULL, COLUMN_NAME, 5 },
    { "BRIDGE", "bridge", NULL, COLUMN_NAME, 6 },
    { "FOOTPRINT", "footprint", NULL, COLUMN_WORD, 0 },
    { "ROLE", "role", NULL, COLUMN_WORD, 1 },
    { "EVIDENCE", "evidence", NULL, COLUMN_WORD, 4 },
    { "SINCE", "since", NULL, COLUMN_SINCE, 3 },
    { "FLOWS", "elephants", NULL, COLUMN_COUNT, 2 },
    { "BIT/S", "rate", NULL, COLUMN_AMOUNT, 0 },
    { "HISTORY", "history", NULL, COLUMN_HISTORY, 1 },
};

static const struct column workloads[] = {
    { "WORKLOAD", "workload", NULL, COLUMN_NAME, 0 },
    { "CLASS", "class", NULL, COLUMN_WORD, 0 },
    { "SURE", "confidence", NULL, COLUMN_SHARE, 1 },
    { "ROLE", "role", NULL, COLUMN_WORD, 3 },
    { "HERE", "here", NULL, COLUMN_COUNT, 4 },
    { "NODES", "nodes", NULL, COLUMN_COUNT, 5 },
    { "DUTY", "duty", NULL, COLUMN_SHARE, 6 },
    { "LAST", "last_seen", NULL, COLUMN_SINCE, 2 },
    { "PEAK", "peak_rate", NULL, COLUMN_AMOUNT, 3 },
    { "TYPICAL", "typical_rate", NULL, COLUMN_AMOUNT, 0 },
};

const struct table_class table_classes[N_TABLES] = {
    [TABLE_ELEPHANTS] = {
        "Elephants", "show-elephants", elephants, ARRAY_SIZE(elephants), 9,
    },
    [TABLE_CONTAINERS] = {
        "Containers", "show-footprints", containers, ARRAY_SIZE(containers), 8,
    },
    [TABLE_WORKLOADS] = {
        "Workloads", "show-workloads", workloads, ARRAY_SIZE(workloads), 9,
    },
};

void
table_init(struct table *table, enum table_id id)
{
    *table = (struct table) {
        .class = &table_classes[id],
        .sort = table_classes[id].sort,
    };
}

void
table_clear(struct table *table)
{
    for (size_t i = 0; i < table->n_rows; i++) {
        json_destroy(table->rows[i].object);
    }
    table->n_rows = table->n_shown = 0;
}

void
table_destroy(struct table *table)
{
    table_clear(table);
    free(table->rows);
    free(table->shown);
    free(table->problem);
}

void
table_add(struct table *table, struct json *object,
          const struct history *history)
{
    if (table->n_rows >= table->allocated_rows) {
        table->rows = x2nrealloc(table->rows, &table->allocated_rows,
                                 sizeof *table->rows);
    }
    table->rows[table->n_rows++] = (struct table_row) { object, history };
}

/* Values. */

double
table_get_number(const struct json *object, const char *key)
{
    const struct json *value = json_member_find(object, key);

    return (value && value->type == JSON_INTEGER ? json_integer(value)
            : value && value->type == JSON_REAL ? json_real(value)
            : NAN);
}

bool
column_is_number(enum column_kind kind)
{
    return (kind != COLUMN_NAME && kind != COLUMN_WORD
            && kind != COLUMN_HISTORY);
}

static const char *
get_text(const struct table_row *row, const struct column *column)
{
    const char *s = json_member_find_string(row->object, column->key);

    return (s || !column->instead ? s
            : json_member_find_string(row->object, column->instead));
}

/* Returns how long ago the time in 'column' is, in seconds, or NaN. */
static double
get_age(const struct table_row *row, const struct column *column,
        long long int now)
{
    const char *s = json_member_find_string(row->object, column->key);
    long long int then;

    /* The daemon may have read the clock later. */
    return (s && humanize_parse_time(s, &then) ? MAX(0, now - then) / 1000
            : NAN);
}

/* Formats 'x', which may be any number that JSON can hold. */
static char *
format_number(enum column_kind kind, double x)
{
    x = MAX(0, MIN(x, kind == COLUMN_DURATION ? 1e9 : 1e18));
    return (kind == COLUMN_AMOUNT ? humanize_amount(x)
            : kind == COLUMN_SHARE ? xasprintf("%.0f%%", MIN(x, 1) * 100)
            : kind == COLUMN_COUNT ? xasprintf("%.0f", x)
            : humanize_duration(x));
}

char *
table_get_cell(const struct table_row *row, const struct column *column,
               long long int now)
{
    double x;

    if (!column_is_number(column->kind)) {
        const char *s = get_text(row, column);

        return xstrdup(s ? printable(s) : "-");
    }
    x = (column->kind == COLUMN_SINCE ? get_age(row, column, now)
         : table_get_number(row->object, column->key));
    return isnan(x) ? xstrdup("-") : format_number(column->kind, x);
}

/* Filter. */

/* Does any name or word of 'row' contain 'filter'? */
static bool
is_shown(const struct table *table, const struct table_row *row,
         const char *filter)
{
    for (size_t i = 0; i < table->class->n_columns; i++) {
        const struct column *column = &table->class->columns[i];

        if (!column_is_number(column->kind)) {
            const char *s = get_text(row, column);

            if (s && strcasestr(s, filter)) {
                return true;
            }
        }
    }
    return !*filter;
}

/* Order. */

/* Higher numbers come first if 'sign' is 1.  Unknown ones come last, even if
 * it is -1. */
static int
compare_numbers(double a, double b, int sign)
{
    return (isnan(a) || isnan(b) ? isnan(a) - isnan(b)
            : a > b ? -sign : a < b ? sign : 0);
}

static int
compare_strings(const char *a, const char *b, int sign)
{
    return a && b ? sign * strcmp(a, b) : !a - !b;
}

static int
compare_column(const struct table_row *a, const struct table_row *b,
               const struct column *column, int sign)
{
    if (column->kind == COLUMN_SINCE) {
        /* RFC 3339 in UTC sorts as text does; the latest comes first. */
        return compare_strings(get_text(a, column), get_text(b, column),
                               -sign);
    } else if (column_is_number(column->kind)) {
        return compare_numbers(table_get_number(a->object, column->key),
                               table_get_number(b->object, column->key), sign);
    } else {
        return compare_strings(get_text(a, column), get_text(b, column), sign);
    }
}

static int
compare_rows(const void *a_, const void *b_, void *table_)
{
    const struct table_row *const *a = a_;
    const struct table_row *const *b = b_;
    const struct table *table = table_;
    int cmp = compare_column(*a, *b, &table->class->columns[table->sort],
                             table->reverse ? -1 : 1);

    /* Rows that are equal in that column are sorted by their names, so that
     * they keep their places from one update to the next. */
    for (size_t i = 0; !cmp && i < table->class->n_columns; i++) {
        const struct column *column = &table->class->columns[i];

        if (!column_is_number(column->kind)) {
            cmp = compare_column(*a, *b, column, 1);
        }
    }
    return cmp;
}

void
table_arrange(struct table *table, const char *filter)
{
    table->shown = xrealloc(table->shown,
                            MAX(1, table->n_rows) * sizeof *table->shown);
    table->n_shown = 0;
    for (size_t i = 0; i < table->n_rows; i++) {
        if (is_shown(table, &table->rows[i], filter)) {
            table->shown[table->n_shown++] = &table->rows[i];
        }
    }
    qsort_r(table->shown, table->n_shown, sizeof *table->shown, compare_rows,
            table);
    table->offset = MIN(table->offset, MAX(1, table->n_shown) - 1);
}
