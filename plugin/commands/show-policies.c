/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "commands/show-policies.h"

#include <stdlib.h>

#include "lib/identity.h"
#include "lib/report.h"
#include "node/node-parts.h"
#include "node/pipelines.h"
#include "openvswitch/dynamic-string.h"
#include "pipeline/pipeline.h"
#include "policy/policies.h"
#include "policy/policy-scope.h"
#include "settings/policy-setting.h"
#include "topology/topology.h"
#include "util.h"

static const struct report_column columns[] = {
    { "BRIDGE", "bridge" },
    { "PORT", "port" },
    { "CONTAINER", "container" },
    { "POLICY", "policy" },
    { "TREATED", "treated" },
    { "PROBLEM", "problem" },
};

/* Returns why 'port' is not treated as its policy asks for: a malloc()'d
 * sentence, or null. */
static char *
find_problem(const struct node_parts *node, const struct port *port)
{
    const struct pipeline *p = pipelines_find(node->pipelines,
                                              port->bridge->name);
    const char *obstacle = policy_scope_find_obstacle(port->bridge);
    const char *marker
        = p ? pipeline_get_marker(p, port_get_policy(port)->mark_mask) : NULL;

    return (obstacle ? xstrdup(obstacle)
            : marker ? xasprintf("%s, so no packet gets one: use bits that no "
                                 "other flow does", marker)
            : NULL);
}

/* Adds the row of 'port', for which something is to be done. */
static void
add_port(struct report *r, const struct node_parts *node,
         const struct port *port)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    policy_format(port_get_policy(port), &s);
    report_add_row(r);
    report_add_name(r, port->bridge->name);
    report_add_name(r, port->name);
    report_add_name_nocopy(r, identity_to_string(&port->identity));
    report_add_string_nocopy(r, ds_steal_cstr(&s));
    report_add_number(r, policies_count_treated(node->policies,
                                                port));
    report_add_string_nocopy(r, find_problem(node, port));
}

struct report *
show_policies(const struct node_parts *node)
{
    struct report *r = report_create(columns, ARRAY_SIZE(columns));
    const struct port **ports;
    size_t n = topology_sort_ports(node->topology, &ports);

    for (size_t i = 0; i < n; i++) {
        if (ports[i]->is_container
            && !policy_is_none(port_get_policy(ports[i]))) {
            add_port(r, node, ports[i]);
        }
    }
    free(ports);
    return r;
}
