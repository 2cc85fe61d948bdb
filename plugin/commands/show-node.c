/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "commands/show-node.h"

#include <stdlib.h>
#include <string.h>

#include "lib/footprint-db.h"
#include "lib/humanize.h"
#include "lib/report.h"
#include "node/node.h"
#include "openvswitch/json.h"
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
enum { N_FIGURES = 9 };         /* Columns that only the database has. */

static void
add_rate(struct report *r, double rate)
{
    report_add(r, json_integer_create(rate), humanize_amount(rate));
}

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
    add_rate(r, row->bits_in);
    add_rate(r, row->bits_out);
    add_rate(r, row->link_speed);
    report_add_string(r, row->detector);
    report_add_string_nocopy(r, humanize_time(row->last_seen * 1000));
    report_add_string(r, database);
}

/* The node has no row: says why. */
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

struct report *
show_node(const struct node *node)
{
    struct report *r = report_create(columns, ARRAY_SIZE(columns));
    const struct learner *learner = node_get_learner(node);
    const struct footprint_db *db = learner_get_db(learner);
    const char *name = learner_get_node_name(learner);
    const char *problem = learner_get_problem(learner);
    struct ovsdb_idl *idl = db ? footprint_db_get_idl(db) : NULL;
    char *why = db ? footprint_db_explain(db) : NULL;
    const char *database = (why ? why : problem ? problem : !db ? "not asked"
                            : "in use");
    const struct fprec_node *row;
    bool any = false;

    if (idl && !problem) {
        FPREC_NODE_FOR_EACH (row, idl) {
            if (!strcmp(row->node, name)) {
                add_node(r, row, database);
                any = true;
            }
        }
    }
    if (!any) {
        add_nothing(r, name, database);
    }
    free(why);
    return r;
}
