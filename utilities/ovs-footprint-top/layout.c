/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "layout.h"

#include <stdlib.h>
#include <string.h>

#include "history.h"
#include "openvswitch/dynamic-string.h"
#include "table.h"
#include "text.h"
#include "util.h"
#include "view-options.h"

/* Characters between two columns. */
#define GAP 1

/* The least width of the first column, which has the row's name, of another
 * column with names, and of a history, in characters. */
#define MIN_FIRST 24
#define MIN_NAME 14
#define MIN_HISTORY 10

static char *
get_cell(const struct layout *l, size_t row, size_t column)
{
    return l->cells[row * l->table->class->n_columns + column];
}

static void
make_cells(struct layout *l)
{
    const struct table_class *class = l->table->class;

    l->cells = xcalloc(MAX(1, l->n * class->n_columns), sizeof *l->cells);
    for (size_t i = 0; i < l->n; i++) {
        const struct table_row *row = l->table->shown[l->first + i];

        for (size_t j = 0; j < class->n_columns; j++) {
            if (class->columns[j].kind != COLUMN_HISTORY) {
                l->cells[i * class->n_columns + j]
                    = table_get_cell(row, &class->columns[j],
                                     l->options->wall);
            }
        }
    }
}

/* Returns the width at which no cell of column 'j' is cut. */
static size_t
natural_width(const struct layout *l, size_t j)
{
    const struct column *column = &l->table->class->columns[j];
    /* With room for mark_of_order(). */
    size_t width = strlen(column->title) + (j == l->table->sort);

    if (column->kind == COLUMN_HISTORY) {
        return l->options->max_history;
    }
    for (size_t i = 0; i < l->n; i++) {
        width = MAX(width, text_width(get_cell(l, i, j)));
    }
    return width;
}

/* Returns the least width of column 'j' whose natural one is 'natural'. */
static size_t
least_width(const struct layout *l, size_t j, size_t natural)
{
    enum column_kind kind = l->table->class->columns[j].kind;

    return (kind == COLUMN_NAME ? MIN(natural, j ? MIN_NAME : MIN_FIRST)
            : kind == COLUMN_HISTORY ? MIN_HISTORY
            : natural);
}

static size_t
total_width(const struct layout *l)
{
    size_t sum = 0;

    for (size_t j = 0; j < l->table->class->n_columns; j++) {
        sum += l->widths[j] ? l->widths[j] + GAP : 0;
    }
    return sum ? sum - GAP : 0;
}

/* Leaves out the column of the highest rank.  Returns false if all columns
 * that are left have rank 0 and so must stay. */
static bool
leave_one_out(struct layout *l)
{
    const struct column *columns = l->table->class->columns;
    size_t last = 0;

    for (size_t j = 0; j < l->table->class->n_columns; j++) {
        if (l->widths[j] && columns[j].rank >= columns[last].rank) {
            last = j;
        }
    }
    if (!columns[last].rank) {
        return false;
    }
    l->widths[last] = 0;
    return true;
}

/* Decides which columns are shown, and how wide each is. */
static void
make_widths(struct layout *l)
{
    const struct table_class *class = l->table->class;
    size_t natural[LAYOUT_MAX];
    bool grown = true;

    for (size_t j = 0; j < class->n_columns; j++) {
        natural[j] = natural_width(l, j);
        l->widths[j] = least_width(l, j, natural[j]);
    }
    while (total_width(l) > l->options->width && leave_one_out(l)) {
        continue;
    }
    /* The room that is left goes to the columns that are cut, in turn, one
     * character at a time. */
    for (size_t room = l->options->width - MIN(total_width(l),
                                               l->options->width);
         room && grown; ) {
        grown = false;
        for (size_t j = 0; j < class->n_columns && room; j++) {
            if (l->widths[j] && l->widths[j] < natural[j]) {
                l->widths[j]++;
                room--;
                grown = true;
            }
        }
    }
}

void
layout_create(struct layout *l, const struct table *table, size_t first,
              size_t n, const struct view_options *options)
{
    ovs_assert(table->class->n_columns <= LAYOUT_MAX);
    *l = (struct layout) {
        .table = table,
        .options = options,
        .first = first,
        .n = n,
    };
    make_cells(l);
    make_widths(l);
}

void
layout_destroy(struct layout *l)
{
    for (size_t i = 0; i < l->n * l->table->class->n_columns; i++) {
        free(l->cells[i]);
    }
    free(l->cells);
}

/* Appends 's' as a cell of column 'j'. */
static void
put_cell(const struct layout *l, size_t j, const char *s, struct ds *line)
{
    enum column_kind kind = l->table->class->columns[j].kind;

    if (line->length) {
        ds_put_char_multiple(line, ' ', GAP);
    }
    text_fit(s, l->widths[j], column_is_number(kind) ? TEXT_RIGHT : TEXT_LEFT,
             line);
}

/* Returns an arrow that says whether the values of the column by which 'table'
 * is sorted rise or fall. */
static char
mark_of_order(const struct table *table)
{
    enum column_kind kind = table->class->columns[table->sort].kind;
    /* For a time, how long ago it was is shown, and the latest is first. */
    bool descends = column_is_number(kind) && kind != COLUMN_SINCE;

    return descends == table->reverse ? '^' : 'v';
}

void
layout_format_titles(const struct layout *l, struct ds *line)
{
    const struct table_class *class = l->table->class;

    for (size_t j = 0; j < class->n_columns; j++) {
        if (l->widths[j]) {
            char *title = (j == l->table->sort
                           ? xasprintf("%s%c", class->columns[j].title,
                                       mark_of_order(l->table))
                           : xstrdup(class->columns[j].title));

            put_cell(l, j, title, line);
            free(title);
        }
    }
}

/* Appends the sparkline of row 'i', in column 'j'. */
static void
put_history(const struct layout *l, size_t i, size_t j, struct ds *line)
{
    const struct history *h = l->table->shown[l->first + i]->history;

    ds_put_char_multiple(line, ' ', GAP);
    if (h) {
        history_format(h, l->options->slot, l->widths[j], l->options->utf8,
                       line);
    }
}

void
layout_format_row(const struct layout *l, size_t i, struct ds *line)
{
    const struct table_class *class = l->table->class;

    for (size_t j = 0; j < class->n_columns; j++) {
        if (!l->widths[j]) {
            continue;
        } else if (class->columns[j].kind == COLUMN_HISTORY) {
            put_history(l, i, j, line);
        } else {
            put_cell(l, j, get_cell(l, i, j), line);
        }
    }
}
