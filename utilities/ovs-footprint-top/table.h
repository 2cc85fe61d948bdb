/* SPDX-License-Identifier: Apache-2.0 */

#ifndef TABLE_H
#define TABLE_H 1

/* The three tables that are shown: their columns, rows, order and filter.
 *
 * A row is the JSON object with which the daemon described it, so that what a
 * table does not show is not lost to whoever wants JSON; a member that is
 * missing, or not of the type that a column wants, is "-".  Pure. */

#include <stdbool.h>
#include <stddef.h>

struct history;
struct json;

enum table_id { TABLE_ELEPHANTS, TABLE_CONTAINERS, TABLE_WORKLOADS, N_TABLES };

/* How the value of a column looks. */
enum column_kind {
    COLUMN_NAME,                /* What others call it; cut if need be. */
    COLUMN_WORD,                /* One of ours, such as "heavy". */
    COLUMN_COUNT,
    COLUMN_AMOUNT,              /* With a prefix: "12.5M". */
    COLUMN_SHARE,               /* 0 to 1, in percent. */
    COLUMN_DURATION,            /* In seconds. */
    COLUMN_SINCE,               /* A time; it shows how long ago that is. */
    COLUMN_HISTORY,             /* A sparkline. */
};

struct column {
    const char *title;
    const char *key;            /* The member of the row's object. */
    const char *instead;        /* Another one if that is null; or null. */
    enum column_kind kind;
    int rank;                   /* The highest is left out first where there is
                                 * no room for all. */
};

struct table_class {
    const char *title;
    const char *command;        /* The daemon's, which makes the rows. */
    const struct column *columns;
    size_t n_columns;
    size_t sort;                /* Column by which it is sorted at first. */
};

extern const struct table_class table_classes[N_TABLES];

struct table_row {
    struct json *object;
    const struct history *history; /* Null if there is none. */
};

struct table {
    const struct table_class *class;
    struct table_row *rows;
    size_t n_rows, allocated_rows;
    const struct table_row **shown; /* Those that the filter lets through, in
                                     * order. */
    size_t n_shown;
    size_t sort;                /* Column by which it is sorted. */
    bool reverse;               /* Against the column's own order? */
    size_t offset;              /* Rows scrolled past. */
    char *problem;              /* Why there are no rows; or null. */
};

void table_init(struct table *, enum table_id);
void table_destroy(struct table *);

/* Takes all rows away. */
void table_clear(struct table *);

/* Adds a row; takes ownership of 'object'.  The caller must keep 'history'. */
void table_add(struct table *, struct json *object, const struct history *);

/* Updates 'shown'.  Only rows with 'filter', in any name or word and in
 * whatever case, are; "" lets all through.  Numbers come in descending order,
 * and text ascending. */
void table_arrange(struct table *, const char *filter);

/* Returns what 'column' shows of 'row', which is printable; the caller must
 * free it.  'now' is in time_wall_msec() time.  Not for COLUMN_HISTORY. */
char *table_get_cell(const struct table_row *, const struct column *,
                     long long int now);

/* Does 'kind' hold numbers, which are aligned to the right? */
bool column_is_number(enum column_kind);

/* Returns the member 'key' of 'object', NaN if it is no number.  'object' need
 * not be one. */
double table_get_number(const struct json *object, const char *key);

#endif /* table.h */
