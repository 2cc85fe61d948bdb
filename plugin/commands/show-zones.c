/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "commands/show-zones.h"

#include <stdlib.h>
#include <string.h>

#include "flow.h"
#include "footprint/judge.h"
#include "lib/identity.h"
#include "lib/report.h"
#include "node/node-parts.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "settings/zones-mode.h"
#include "topology/topology.h"
#include "upkeep/guard.h"
#include "util.h"

static const struct report_column columns[] = {
    { "ZONE", "zone" },
    { "BRIDGE", "bridge" },
    { "PORT", "port" },
    { "OFPORT", "ofport" },
    { "CONTAINER", "container" },
    { "MAC", "mac" },
    { "MODE", "mode" },
    { "TRACKED", "tracked" },
    { "PROBLEM", "problem" },
};

static void
add_macs(struct report *r, const struct port *port)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < port->macs.n; i++) {
        ds_put_format(&s, "%s"ETH_ADDR_FMT, i ? "," : "",
                      ETH_ADDR_ARGS(port->macs.addrs[i]));
    }
    report_add_string_nocopy(r, s.length ? ds_steal_cstr(&s) : NULL);
}

/* Are packets of 'port' sent through its zone, or would they be if it had
 * one? */
static bool
is_tracked(const struct node_parts *node, const struct port *port)
{
    return (judge_needs_flows(node->judge, port)
            && !guard_is_withdrawn(node->guard, port->zone));
}

static int
compare_zones(const void *a_, const void *b_)
{
    const struct port *const *a = a_;
    const struct port *const *b = b_;

    return ((*a)->zone < (*b)->zone ? -1 : (*a)->zone > (*b)->zone ? 1
            : strcmp((*a)->name, (*b)->name));
}

struct report *
show_zones(const struct node_parts *node)
{
    struct report *r = report_create(columns, ARRAY_SIZE(columns));
    const struct port **ports;
    size_t n = topology_sort_ports(node->topology, &ports);

    qsort(ports, n, sizeof *ports, compare_zones);
    for (size_t i = 0; i < n; i++) {
        const struct port *port = ports[i];

        if (!port->is_container) {
            continue;
        }
        report_add_row(r);
        if (port->zone) {
            report_add_number(r, port->zone);
        } else {
            report_add(r, NULL, NULL);
        }
        report_add_name(r, port->bridge->name);
        report_add_name(r, port->name);
        if (port->ofport != OFPP_NONE) {
            report_add_number(r, ofp_to_u16(port->ofport));
        } else {
            report_add(r, NULL, NULL);
        }
        report_add_name_nocopy(r, identity_to_string(&port->identity));
        add_macs(r, port);
        report_add_string(r, zones_mode_to_string(port->bridge->mode));
        report_add_string(r, is_tracked(node, port) ? "yes" : "no");
        report_add_string(r, port_get_zone_problem(port));
    }
    free(ports);
    return r;
}
