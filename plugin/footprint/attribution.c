/* SPDX-License-Identifier: Apache-2.0 */

/* Whose flow it is. */

#include <config.h>
#include "footprint/attribution.h"

#include "conntrack/ct-flow.h"
#include "footprint/role.h"
#include "topology/shared-zones.h"
#include "topology/topology.h"

/* Adds to 'parts', which has 'n', the container whose address is 'addr', which
 * is at 'end' of 'flow'.  Returns the new number. */
static size_t
add_by_addr(const struct shared_zones *sz, const struct ct_flow *flow,
            const struct in6_addr *addr, enum role_end end,
            struct attribution *parts, size_t n, bool *ambiguous)
{
    struct port *port;
    size_t n_ports = shared_zones_find(sz, addr, &port);

    if (n_ports == 1) {
        parts[n].port = port;
        parts[n++].role = role_of_end(flow, end);
    } else if (n_ports) {
        *ambiguous = true;
    }
    return n;
}

size_t
attribution_of_flow(const struct topology *t, const struct ct_flow *flow,
                    struct attribution parts[ATTRIBUTION_MAX],
                    bool *ambiguous)
{
    const struct shared_zones *sz = topology_get_shared_zones(t);
    struct port *port = topology_find_zone(t, flow->zone);
    size_t n = 0;

    *ambiguous = false;
    if (port) {
        parts[n].port = port;
        parts[n++].role = role_of_end(flow,
                                      role_find_end(flow, &port->identity));
    } else if (shared_zones_contain(sz, flow->zone)) {
        n = add_by_addr(sz, flow, &flow->tuple.src, ROLE_END_SRC, parts, n,
                        ambiguous);
        n = add_by_addr(sz, flow, &flow->tuple.dst, ROLE_END_DST, parts, n,
                        ambiguous);
    }
    return n;
}
