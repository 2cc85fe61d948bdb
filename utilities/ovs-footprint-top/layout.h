/* SPDX-License-Identifier: Apache-2.0 */

#ifndef LAYOUT_H
#define LAYOUT_H 1

/* A table in a given number of characters: which columns there is room for,
 * how wide they are, and their cells.  Pure, but for the locale, as text.h. */

#include <stdbool.h>
#include <stddef.h>

struct ds;
struct table;
struct view_options;

/* More columns than any table has. */
#define LAYOUT_MAX 16

struct layout {
    const struct table *table;
    const struct view_options *options;
    size_t first, n;            /* Rows. */
    char **cells;               /* n * columns of them; null for a history. */
    size_t widths[LAYOUT_MAX];  /* 0 if it is left out. */
};

/* Lays out 'n' of the shown rows of 'table', from 'first' on. */
void layout_create(struct layout *, const struct table *, size_t first,
                   size_t n, const struct view_options *);
void layout_destroy(struct layout *);

/* Appends the titles of the columns; the one by which rows are sorted has a
 * mark. */
void layout_format_titles(const struct layout *, struct ds *);

/* Appends row 'i' of those that are laid out. */
void layout_format_row(const struct layout *, size_t i, struct ds *);

#endif /* layout.h */
