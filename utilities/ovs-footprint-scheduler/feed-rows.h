/* SPDX-License-Identifier: Apache-2.0 */

#ifndef FEED_ROWS_H
#define FEED_ROWS_H 1

/* Rows of the tables Instance and Observation as ovsdb-server sends them, in
 * JSON, into a cluster.  Pure. */

#include <stdbool.h>

struct cluster;
struct json;
struct ovsdb_cs_row_update;

/* A table of which rows are taken. */
struct feed_table {
    const char *name;
    const char *const *columns; /* Those of interest, ends with a null. */

    /* Has the cluster say what 'update' does.  Returns false if it is about a
     * row that the cluster does not have, so that one was missed. */
    bool (*apply)(struct cluster *, const struct ovsdb_cs_row_update *update);
};

#define FEED_N_TABLES 2
extern const struct feed_table feed_tables[FEED_N_TABLES];

/* Returns the <monitor-requests> for these tables. */
struct json *feed_compose_monitor_requests(void);

#endif /* feed-rows.h */
