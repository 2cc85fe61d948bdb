/* SPDX-License-Identifier: Apache-2.0 */

/* show-ports: what is behind each port, and how that is known. */

#include <config.h>
#include "commands/show-ports.h"

#include <stdlib.h>

#include "lib/identity.h"
#include "lib/report.h"
#include "node/node-parts.h"
#include "topology/bridge.h"
#include "topology/port.h"
#include "topology/topology.h"
#include "util.h"

static const struct report_column columns[] = {
    { "BRIDGE", "bridge" },
    { "PORT", "port" },
    { "KIND", "kind" },
    { "CONTAINER", "container" },
    { "REASON", "reason" },
};

struct report *
show_ports(const struct node_parts *node)
{
    struct report *r = report_create(columns, ARRAY_SIZE(columns));
    const struct port **ports;
    size_t n = topology_sort_ports(node->topology, &ports);

    for (size_t i = 0; i < n; i++) {
        const struct port *port = ports[i];

        report_add_row(r);
        report_add_name(r, port->bridge->name);
        report_add_name(r, port->name);
        report_add_string(r, port_kind_to_string(port->kind));
        report_add_name_nocopy(r, (port->is_container
                                   ? identity_to_string(&port->identity)
                                   : NULL));
        report_add_string(r, port->kind_reason);
    }
    free(ports);
    return r;
}
