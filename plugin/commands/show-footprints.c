/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "commands/show-footprints.h"

#include <stdlib.h>

#include "footprint/judge.h"
#include "lib/footprint-class.h"
#include "lib/humanize.h"
#include "lib/identity.h"
#include "lib/report.h"
#include "node/node-parts.h"
#include "topology/topology.h"
#include "util.h"

static const struct report_column columns[] = {
    { "BRIDGE", "bridge" },
    { "PORT", "port" },
    { "CONTAINER", "container" },
    { "FOOTPRINT", "footprint" },
    { "ROLE", "role" },
    { "EVIDENCE", "evidence" },
    { "ELEPHANTS", "elephants" },
    { "SINCE", "since" },
};

struct report *
show_footprints(const struct node_parts *node)
{
    struct report *r = report_create(columns, ARRAY_SIZE(columns));
    const struct port **ports;
    size_t n = topology_sort_ports(node->topology, &ports);

    for (size_t i = 0; i < n; i++) {
        const struct port *port = ports[i];
        const struct verdict *v = judge_get_verdict(node->judge,
                                                    port);
        const struct footprint *fp = &v->footprint;

        if (!port->is_container) {
            continue;
        }
        report_add_row(r);
        report_add_name(r, port->bridge->name);
        report_add_name(r, port->name);
        report_add_name_nocopy(r, identity_to_string(&port->identity));
        report_add_string(r, footprint_class_to_string(fp->class));
        report_add_string(r, footprint_role_to_string(fp->role));
        report_add_string(r, evidence_kind_to_string(v->evidence.kind));
        if (v->evidence.kind == EVIDENCE_FLOWS) {
            report_add_number(r, fp->n_elephants);
        } else {
            report_add(r, NULL, NULL);
        }
        report_add_string_nocopy(r, humanize_time(fp->since));
    }
    free(ports);
    return r;
}
