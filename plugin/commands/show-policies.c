/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "commands/show-policies.h"

#include <stdlib.h>

#include "lib/identity.h"
#include "lib/report.h"
#include "node/node.h"
#include "openvswitch/dynamic-string.h"
#include "policy/policies.h"
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

/* Adds the row of 'port', for which something is to be done. */
static void
add_port(struct report *r, const struct policies *policies,
         const struct port *port)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    policy_format(port_get_policy(port), &s);
    report_add_row(r);
    report_add_name(r, port->bridge->name);
    report_add_name(r, port->name);
    report_add_name_nocopy(r, identity_to_string(&port->identity));
    report_add_string_nocopy(r, ds_steal_cstr(&s));
    report_add_number(r, policies_count_treated(policies, port));
    report_add_string(r, policies_find_obstacle(port->bridge));
}

struct report *
show_policies(const struct node *node)
{
    struct report *r = report_create(columns, ARRAY_SIZE(columns));
    const struct port **ports;
    size_t n = topology_sort_ports(node_get_topology(node), &ports);

    for (size_t i = 0; i < n; i++) {
        if (ports[i]->is_container
            && !policy_is_none(port_get_policy(ports[i]))) {
            add_port(r, node_get_policies(node), ports[i]);
        }
    }
    free(ports);
    return r;
}
