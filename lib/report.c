/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "lib/report.h"

#include <stdlib.h>
#include <string.h>

#include "lib/humanize.h"
#include "lib/printable.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"

/* The most characters to which cells are padded: a longer one makes only its
 * own line longer. */
#define MAX_WIDTH 160

struct cell {
    struct json *json;
    char *text;                 /* Printable. */
};

struct report {
    const struct report_column *columns;
    size_t n_columns;
    struct cell *cells;         /* Row after row. */
    size_t n_cells, allocated;
    size_t n_rows;
};

struct report *
report_create(const struct report_column *columns, size_t n)
{
    struct report *r = xzalloc(sizeof *r);

    r->columns = columns;
    r->n_columns = n;
    return r;
}

void
report_destroy(struct report *r)
{
    for (size_t i = 0; i < r->n_cells; i++) {
        json_destroy(r->cells[i].json);
        free(r->cells[i].text);
    }
    free(r->cells);
    free(r);
}

void
report_add_row(struct report *r)
{
    ovs_assert(r->n_cells == r->n_rows * r->n_columns);
    r->n_rows++;
}

void
report_add(struct report *r, struct json *json, char *text)
{
    ovs_assert(r->n_cells < r->n_rows * r->n_columns);
    if (r->n_cells >= r->allocated) {
        r->cells = x2nrealloc(r->cells, &r->allocated, sizeof *r->cells);
    }
    r->cells[r->n_cells++] = (struct cell) {
        .json = json ? json : json_null_create(),
        .text = text ? text : xstrdup("-"),
    };
}

void
report_add_string(struct report *r, const char *s)
{
    report_add(r, s ? json_string_create(s) : NULL,
               nullable_xstrdup(printable_text(s)));
}

void
report_add_string_nocopy(struct report *r, char *s)
{
    report_add_string(r, s);
    free(s);
}

void
report_add_name(struct report *r, const char *s)
{
    report_add(r, s ? json_string_create(s) : NULL,
               nullable_xstrdup(printable(s)));
}

void
report_add_name_nocopy(struct report *r, char *s)
{
    report_add_name(r, s);
    free(s);
}

void
report_add_number(struct report *r, long long int n)
{
    report_add(r, json_integer_create(n), xasprintf("%lld", n));
}

void
report_add_amount(struct report *r, uint64_t n)
{
    report_add(r, json_integer_create(n), humanize_amount(n));
}

static const struct cell *
get_cell(const struct report *r, size_t row, size_t column)
{
    return &r->cells[row * r->n_columns + column];
}

static size_t
get_width(const struct report *r, size_t column)
{
    size_t width = strlen(r->columns[column].title);

    for (size_t row = 0; row < r->n_rows; row++) {
        width = MAX(width, printable_width(get_cell(r, row, column)->text));
    }
    return MIN(width, MAX_WIDTH);
}

/* Has 'column' only numbers, which are aligned to the right? */
static bool
is_number_column(const struct report *r, size_t column)
{
    bool any = false;

    for (size_t row = 0; row < r->n_rows; row++) {
        enum json_type type = get_cell(r, row, column)->json->type;

        if (type == JSON_INTEGER || type == JSON_REAL) {
            any = true;
        } else if (type != JSON_NULL) {
            return false;
        }
    }
    return any;
}

static void
format_line(const struct report *r, size_t row, const size_t *widths,
            const bool *numbers, struct ds *s)
{
    bool first = true;

    for (size_t i = 0; i < r->n_columns; i++) {
        const char *text;
        size_t width, padding;

        if (!r->columns[i].title) {
            continue;
        }
        text = (row == SIZE_MAX ? r->columns[i].title
                : get_cell(r, row, i)->text);
        width = printable_width(text);
        padding = widths[i] - MIN(width, widths[i]);
        ds_put_cstr(s, first ? "" : "  ");
        ds_put_char_multiple(s, ' ', numbers[i] ? padding : 0);
        ds_put_cstr(s, text);
        ds_put_char_multiple(s, ' ', numbers[i] ? 0 : padding);
        first = false;
    }
    while (s->length && s->string[s->length - 1] == ' ') {
        ds_truncate(s, s->length - 1);
    }
    ds_put_char(s, '\n');
}

void
report_format(const struct report *r, struct ds *s)
{
    size_t *widths = xcalloc(r->n_columns, sizeof *widths);
    bool *numbers = xcalloc(r->n_columns, sizeof *numbers);

    for (size_t i = 0; i < r->n_columns; i++) {
        if (r->columns[i].title) {
            widths[i] = get_width(r, i);
            numbers[i] = is_number_column(r, i);
        }
    }
    format_line(r, SIZE_MAX, widths, numbers, s);
    for (size_t row = 0; row < r->n_rows; row++) {
        format_line(r, row, widths, numbers, s);
    }
    free(widths);
    free(numbers);
}

struct json *
report_to_json(const struct report *r)
{
    struct json *array = json_array_create_empty();

    for (size_t row = 0; row < r->n_rows; row++) {
        struct json *object = json_object_create();

        for (size_t i = 0; i < r->n_columns; i++) {
            json_object_put(object, r->columns[i].name,
                            json_clone(get_cell(r, row, i)->json));
        }
        json_array_add(array, object);
    }
    return array;
}
