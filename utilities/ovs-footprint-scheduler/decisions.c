/* SPDX-License-Identifier: Apache-2.0 */

/* The last decisions, as a table. */

#include <config.h>
#include "scheduler.h"

#include <stdlib.h>

#include "lib/humanize.h"
#include "lib/report.h"
#include "openvswitch/json.h"
#include "util.h"

static const struct report_column columns[] = {
    { "TIME", "time" },
    { "VERB", "verb" },
    { "POD", "pod" },
    { NULL, "workload" },
    { "CLASS", "class" },
    { NULL, "source" },
    { "NODES", "nodes" },
    { "BEST", "best" },
    { "EQUAL", "equal" },
    { "SCORE", "score" },
    { NULL, "reason" },
    { "WHY", "why" },
};

static void
add_decision(struct report *report, const struct scheduler_decision *d)
{
    char *time = humanize_time(d->when * 1000);

    report_add_row(report);
    report_add_string(report, time);
    report_add_string(report, d->filter ? "filter" : "prioritize");
    report_add_string(report, d->pod);
    report_add_string(report, d->workload);
    report_add_string(report, workload_class_to_string(d->class));
    report_add_string(report, scheduler_source_to_string(d->source));
    report_add_number(report, d->n_nodes);
    report_add_string(report, d->best);
    report_add_number(report, d->n_best);
    report_add_number(report, d->verdict.score);
    report_add_string(report, d->best
                      ? policy_reason_to_string(d->verdict.reason) : NULL);
    report_add_string(report, d->best ? d->why : NULL);
    free(time);
}

struct report *
scheduler_report_decisions(const struct scheduler *s, size_t n)
{
    struct report *report = report_create(columns, ARRAY_SIZE(columns));
    uint64_t last = s->n_decisions;

    n = MIN(n, MIN(last, SCHEDULER_N_DECISIONS));
    for (size_t i = 1; i <= n; i++) {
        add_decision(report, &s->decisions[(last - i)
                                           % SCHEDULER_N_DECISIONS]);
    }
    return report;
}
