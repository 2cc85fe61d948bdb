/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "commands/show-workloads.h"

#include <stdlib.h>

#include "lib/humanize.h"
#include "lib/learning.h"
#include "lib/report.h"
#include "node/node-parts.h"
#include "openvswitch/json.h"
#include "publish/learner.h"
#include "sset.h"
#include "util.h"

static const struct report_column columns[] = {
    { "WORKLOAD", "workload" },
    { "CLASS", "class" },
    { "SURE", "confidence" },
    { "SHARE", "share" },
    { "TRIALS", "trials" },
    { "ROLE", "role" },
    { "BIT/S", "typical_rate" },
    { "PEAK", "peak_rate" },
    { "DUTY", "duty" },
    { "NODES", "nodes" },
    { "HERE", "here" },
    { "LAST-SEEN", "last_seen" },
    { "PROBLEM", "problem" },
};

/* Adds 'share', from 0 to 1, which people see as a percentage. */
static void
add_share(struct report *r, double share)
{
    report_add(r, json_real_create(share),
               xasprintf("%.0f%%", share * 100));
}

static void
add_workload(struct report *r, const struct learner *learner,
             const char *workload)
{
    struct learned l;

    learner_learn(learner, workload, &l);
    report_add_row(r);
    report_add_name(r, workload);
    report_add_string(r, workload_class_to_string(l.class));
    add_share(r, l.confidence);
    add_share(r, l.share);
    report_add(r, json_real_create(l.trials), xasprintf("%.1f", l.trials));
    report_add_string(r, footprint_role_to_string(l.role));
    report_add_amount(r, l.typical_rate);
    report_add_amount(r, l.peak_rate);
    add_share(r, l.duty);
    report_add_number(r, l.n_nodes);
    report_add_number(r, learner_count_instances(learner, workload));
    report_add_string_nocopy(r, (l.last_seen
                                 ? humanize_time(l.last_seen * 1000)
                                 : NULL));
    report_add_string_nocopy(r, (l.ignored
                                 ? xasprintf("%"PRIuSIZE" observation(s) "
                                             "ignored: %s", l.n_ignored,
                                             l.ignored)
                                 : NULL));
}

struct report *
show_workloads(const struct node_parts *node)
{
    struct report *r = report_create(columns, ARRAY_SIZE(columns));
    const struct learner *learner = node->learner;
    struct sset names = SSET_INITIALIZER(&names);
    const char **sorted;

    learner_get_workloads(learner, &names);
    sorted = sset_sort(&names);
    for (size_t i = 0; i < sset_count(&names); i++) {
        add_workload(r, learner, sorted[i]);
    }
    free(sorted);
    sset_destroy(&names);
    return r;
}
