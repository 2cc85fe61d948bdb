/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "footprint/attribution.h"

#include "addresses/netns-addrs.h"
#include "conntrack/ct-flow.h"
#include "topology/port.h"
#include "topology/shared-zones.h"
#include "topology/topology.h"

/* Stores in 'parts' the containers, among those in 'sz', that have an address
 * of 'flow'.  Returns how many. */
static size_t
attribute_by_addr(const struct shared_zones *sz, const struct ct_flow *flow,
                  struct attribution parts[ATTRIBUTION_MAX], bool *ambiguous)
{
    const struct {
        const struct in6_addr *addr;
        enum role_end end;
    } ends[ATTRIBUTION_MAX] = {
        { &flow->tuple.src, ROLE_END_SRC },
        { &flow->tuple.dst, ROLE_END_DST },
    };
    size_t n = 0;

    for (size_t i = 0; i < ATTRIBUTION_MAX; i++) {
        const struct port *port;
        size_t n_ports = shared_zones_find(sz, ends[i].addr, &port);

        if (n_ports == 1) {
            parts[n].port = port;
            parts[n++].role = role_of_end(flow, ends[i].end);
        } else if (n_ports) {
            *ambiguous = true;
        }
    }
    return n;
}

enum role_end
attribution_find_end(const struct port *port, const struct ct_flow *flow)
{
    enum role_end end = role_find_end(flow, &port->identity);

    return (end != ROLE_END_UNKNOWN ? end
            : role_choose_end(netns_addrs_contain(port->link_ifindex,
                                                  &flow->tuple.src),
                              netns_addrs_contain(port->link_ifindex,
                                                  &flow->tuple.dst)));
}

size_t
attribution_of_flow(const struct topology *t, const struct ct_flow *flow,
                    struct attribution parts[ATTRIBUTION_MAX],
                    bool *ambiguous)
{
    const struct shared_zones *sz = topology_get_shared_zones(t);
    const struct port *port = topology_find_zone(t, flow->zone);

    *ambiguous = false;
    if (port) {
        parts[0].port = port;
        parts[0].role = role_of_end(flow, attribution_find_end(port, flow));
        return 1;
    }
    return (shared_zones_contain(sz, flow->zone)
            ? attribute_by_addr(sz, flow, parts, ambiguous) : 0);
}
