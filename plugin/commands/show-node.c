/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "commands/show-node.h"

#include <stdlib.h>
#include <string.h>

#include "lib/footprint-db.h"
#include "lib/humanize.h"
#include "lib/report.h"
#include "node/node-parts.h"
#include "ovsdb/footprint-idl.h"
#include "publish/learner.h"
#include "util.h"

static const struct report_column columns[] = {
    { "NODE", "node" },
    { "HYPERVISOR", "hypervisor" },
    { "ELEPHANTS", "elephants" },
    { "HEAVY", "heavy" },
    { "LIGHT", "light" },
    { "UNKNOWN", "unknown" },
    { "IN", "bits_in" },
    { "OUT", "bits_out" },
    { "SPEED", "link_speed" },
    { "DETECTOR", "detector" },
    { "WRITTEN", "last_seen" },
    { "DATABASE", "database" },
};
enum { N_FIGURES = 9 };         /* Columns that come from the database. */

static void
add_node(struct report *r, const struct fprec_node *row, const char *database)
{
    report_add_row(r);
    report_add_name(r, row->name);
    report_add_name(r, *row->hypervisor ? row->hypervisor : NULL);
    report_add_number(r, row->elephants);
    report_add_number(r, row->heavy);
    report_add_number(r, row->light);
    report_add_number(r, row->unknown);
    report_add_amount(r, row->bits_in);
    report_add_amount(r, row->bits_out);
    report_add_amount(r, row->link_speed);
    report_add_string(r, row->detector);
    report_add_string_nocopy(r, humanize_time(row->last_seen * 1000));
    report_add_string(r, database);
}

/* Adds a line for a node that has no row in the database; 'database' says
 * why. */
static void
add_nothing(struct report *r, const char *name, const char *database)
{
    report_add_row(r);
    report_add_name(r, name);
    for (size_t i = 0; i < N_FIGURES + 1; i++) {
        report_add(r, NULL, NULL);
    }
    report_add_string(r, database);
}

/* Sorts the node itself before its virtual machines. */
static int
compare_nodes(const void *a_, const void *b_)
{
    const struct fprec_node *const *a = a_;
    const struct fprec_node *const *b = b_;
    int cmp = (*(*a)->hypervisor != '\0') - (*(*b)->hypervisor != '\0');

    return cmp ? cmp : strcmp((*a)->name, (*b)->name);
}

/* Adds the rows in the name of the node called 'name'.  Returns false if there
 * are none. */
static bool
add_nodes(struct report *r, const struct ovsdb_idl *idl, const char *name,
          const char *database)
{
    const struct fprec_node **rows = NULL;
    const struct fprec_node *row;
    size_t n = 0, allocated = 0;

    FPREC_NODE_FOR_EACH (row, idl) {
        if (!strcmp(row->node, name)) {
            if (n >= allocated) {
                rows = x2nrealloc(rows, &allocated, sizeof *rows);
            }
            rows[n++] = row;
        }
    }
    if (n) {
        qsort(rows, n, sizeof *rows, compare_nodes);
    }
    for (size_t i = 0; i < n; i++) {
        add_node(r, rows[i], database);
    }
    free(rows);
    return n > 0;
}

struct report *
show_node(const struct node_parts *node)
{
    struct report *r = report_create(columns, ARRAY_SIZE(columns));
    const struct learner *learner = node->learner;
    const struct footprint_db *db = learner_get_db(learner);
    const char *name = learner_get_node_name(learner);
    const char *problem = learner_get_problem(learner);
    struct ovsdb_idl *idl = db ? footprint_db_get_idl(db) : NULL;
    char *why = db ? footprint_db_explain(db) : NULL;
    const char *database = (why ? why : problem ? problem : !db ? "not asked"
                            : footprint_db_get_problem(db)
                            ? footprint_db_get_problem(db) : "in use");

    if (!idl || problem || !add_nodes(r, idl, name, database)) {
        add_nothing(r, name, database);
    }
    free(why);
    return r;
}
