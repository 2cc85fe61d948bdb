/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "publish/observation-rows.h"

#include <stdlib.h>
#include <string.h>

#include "coverage.h"
#include "lib/footprint-db.h"
#include "lib/learning.h"
#include "lib/printable.h"
#include "lib/row-facts.h"
#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "ovsdb/footprint-idl.h"
#include "publish/observer.h"
#include "random.h"
#include "sset.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(observation_rows);

COVERAGE_DEFINE(observation_rows_written);
COVERAGE_DEFINE(observation_rows_removed);

/* Each workload that has a container here is written so often, in msec, news
 * or not.  What all nodes run is sent to all nodes: not often. */
#define REWRITE_MSEC (6 * 3600 * 1000)

/* A row may be so much in the future, in seconds, without our clock having
 * been wrong. */
#define CLOCK_ERROR 60

struct observation_rows {
    struct sset known;          /* Workloads that had a row when we last
                                 * looked, or that we wrote. */
    struct sset sent;           /* Those of the last transaction. */
    struct sset touched;        /* Those whose row has changed. */
    long long int next_rewrite; /* Monotonic, in msec. */
};

struct observation_rows *
observation_rows_create(void)
{
    struct observation_rows *rows = xzalloc(sizeof *rows);

    sset_init(&rows->known);
    sset_init(&rows->sent);
    sset_init(&rows->touched);
    return rows;
}

void
observation_rows_destroy(struct observation_rows *rows)
{
    if (rows) {
        sset_destroy(&rows->known);
        sset_destroy(&rows->sent);
        sset_destroy(&rows->touched);
        free(rows);
    }
}

void
observation_rows_reset(struct observation_rows *rows)
{
    sset_clear(&rows->known);
}

void
observation_rows_restore(const struct observation_target *t, bool first)
{
    const struct fprec_observation *row;

    FPREC_OBSERVATION_FOR_EACH (row, footprint_db_get_idl(t->db)) {
        struct observation o = row_get_observation(row), known;

        if (strcmp(row->node, t->node)
            || (!first && observer_get(t->observer, row->workload, t->now,
                                       &known))) {
            continue;
        }
        if (!observer_restore(t->observer, row->workload, &o, t->now)) {
            VLOG_WARN("ignoring what the database says we saw of workload "
                      "\"%s\": %s", printable(row->workload),
                      observation_check(&o, t->now->wall / 1000));
        }
    }
}

struct sset *
observation_rows_get_touched(struct observation_rows *rows)
{
    return &rows->touched;
}

/* 'row' is null if there is none yet. */
static void
write_row(struct observation_rows *rows, const struct observation_target *t,
          const struct fprec_observation *row, const char *workload)
{
    struct observation o;

    observer_account(t->observer, workload, t->now, t->interfaces);
    if (!observer_get(t->observer, workload, t->now, &o)) {
        return;
    }
    if (!row) {
        row = fprec_observation_insert(t->txn);
        fprec_observation_set_node(row, t->node);
        fprec_observation_set_workload(row, workload);
    }
    row_set_observation(row, &o);
    observer_clear_news(t->observer, workload);
    sset_add(&rows->sent, workload);
    COVERAGE_INC(observation_rows_written);
}

/* Was the row written while our clock was wrong, or edited into nonsense? */
static bool
is_wrong(const struct observation_target *t,
         const struct fprec_observation *row)
{
    long long int now = t->now->wall / 1000;
    struct observation o = row_get_observation(row);

    return row->timestamp > now + CLOCK_ERROR || observation_check(&o, now);
}

/* Somebody removed the row of 'workload'.  In a database that does not know us
 * either, that means nothing. */
static void
forget(const struct observation_target *t, const char *workload)
{
    if (t->known && observer_forget(t->observer, workload, t->now)) {
        VLOG_INFO("forgetting workload \"%s\", whose row was removed",
                  printable(workload));
    }
}

/* Finds out which rows are there and which were removed; stores those in
 * 'own', by workload. */
static void
take_stock(struct observation_rows *rows, const struct observation_target *t,
           struct shash *own)
{
    const struct fprec_observation *row;
    const char *workload;
    struct shash_node *node;

    FPREC_OBSERVATION_FOR_EACH (row, footprint_db_get_idl(t->db)) {
        if (!strcmp(row->node, t->node)) {
            shash_add(own, row->workload, row);
        }
    }
    SSET_FOR_EACH (workload, &rows->known) {
        if (!shash_find(own, workload)) {
            forget(t, workload);
        }
    }
    sset_clear(&rows->known);
    SHASH_FOR_EACH (node, own) {
        sset_add(&rows->known, node->name);
    }
}

/* Removes 'row' if the observer does not know its workload any more.  Returns
 * false if it does. */
static bool
remove_forgotten(struct observation_rows *rows,
                 const struct observation_target *t,
                 const struct fprec_observation *row)
{
    struct observation o;

    if (observer_get(t->observer, row->workload, t->now, &o)) {
        return false;
    }
    sset_find_and_delete(&rows->known, row->workload);
    fprec_observation_delete(row);
    COVERAGE_INC(observation_rows_removed);
    return true;
}

static void
write_all(struct observation_rows *rows, const struct observation_target *t)
{
    bool rewrite = t->now->mono >= rows->next_rewrite;
    struct shash own = SHASH_INITIALIZER(&own);
    struct observer_entry entry;
    struct shash_node *node;
    void *cursor = NULL;

    take_stock(rows, t, &own);
    observer_run(t->observer, t->now);
    while (observer_next(t->observer, &cursor, &entry)) {
        const struct fprec_observation *row = shash_find_data(&own,
                                                              entry.workload);

        if (entry.news || !row || (rewrite && entry.n_instances)
            || is_wrong(t, row)) {
            write_row(rows, t, row, entry.workload);
        }
    }
    SHASH_FOR_EACH (node, &own) {
        remove_forgotten(rows, t, node->data);
    }
    shash_destroy(&own);
    if (rewrite) {
        rows->next_rewrite = t->now->mono + REWRITE_MSEC
                             - random_range(REWRITE_MSEC / 4);
    }
}

/* The row of 'workload' has changed.  Adds the workload to 'news' if it must
 * be written. */
static void
check_touched(struct observation_rows *rows,
              const struct observation_target *t, const char *workload,
              struct sset *news)
{
    const struct fprec_observation *row
        = footprint_db_find_observation(t->db, workload);
    struct observation o;

    if (!row) {
        if (sset_find_and_delete(&rows->known, workload)) {
            forget(t, workload);
        }
        if (observer_get(t->observer, workload, t->now, &o)) {
            sset_add(news, workload);
        }
        return;
    }
    sset_add(&rows->known, workload);
    if (!remove_forgotten(rows, t, row) && is_wrong(t, row)) {
        sset_add(news, workload);
    }
}

static void
write_news(struct observation_rows *rows, const struct observation_target *t)
{
    struct sset news = SSET_INITIALIZER(&news);
    struct observer_entry entry;
    const char *workload;
    void *cursor = NULL;

    SSET_FOR_EACH (workload, &rows->touched) {
        check_touched(rows, t, workload, &news);
    }
    while (observer_next(t->observer, &cursor, &entry)) {
        if (entry.news) {
            sset_add(&news, entry.workload);
        }
    }
    SSET_FOR_EACH (workload, &news) {
        write_row(rows, t, footprint_db_find_observation(t->db, workload),
                  workload);
    }
    sset_destroy(&news);
}

void
observation_rows_run(struct observation_rows *rows,
                     const struct observation_target *t, bool all)
{
    if (all) {
        write_all(rows, t);
    } else {
        write_news(rows, t);
    }
    sset_destroy(&rows->touched);
    sset_init(&rows->touched);
}

void
observation_rows_sent(struct observation_rows *rows, bool success)
{
    const char *workload;

    if (success) {
        SSET_FOR_EACH (workload, &rows->sent) {
            sset_add(&rows->known, workload);
        }
    }
    sset_destroy(&rows->sent);
    sset_init(&rows->sent);
}
