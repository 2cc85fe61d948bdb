/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "node/detector-cost.h"

#include <stdlib.h>

#include "conntrack/ct-sysctl.h"
#include "evidence/link-counters.h"
#include "openvswitch/poll-loop.h"
#include "topology/port.h"
#include "topology/topology.h"
#include "util.h"

/* Instructions that a mouse's packet costs with the hook, that an entry costs
 * in each of scan's walks, and in each dump, and that a bucket of conntrack's
 * table costs in a walk. */
#define PER_PACKET 180
#define PER_WALKED 500
#define PER_DUMPED 13900
#define PER_BUCKET 20

/* Milliseconds between two readings of packet counters, and the least to take
 * a rate from. */
#define INTERVAL 60000
#define MIN_INTERVAL 1000

struct detector_cost {
    struct link_counters *links;
    uint64_t packets;           /* At the last reading, ... */
    long long int when;         /* ... which was then. */
    long long int due;          /* The next one is to be then. */
    double rate;                /* Packets a second before it. */
};

struct detector_cost *
detector_cost_create(void)
{
    struct detector_cost *cost = xzalloc(sizeof *cost);

    cost->links = link_counters_create();
    return cost;
}

void
detector_cost_destroy(struct detector_cost *cost)
{
    if (cost) {
        link_counters_destroy(cost->links);
        free(cost);
    }
}

static void
count_packets(struct detector_cost *cost, const struct topology *t,
              long long int now)
{
    const struct port *port;
    uint64_t sum = 0;

    link_counters_read(cost->links);
    HMAP_FOR_EACH (port, name_node, topology_get_ports(t)) {
        uint64_t packets;

        if (port->zone && port->link_ifindex
            && link_counters_get_packets(cost->links, port->link_ifindex,
                                         &packets)) {
            sum += packets;
        }
    }
    if (cost->when) {
        /* Fewer if a port has gone meanwhile. */
        uint64_t n = sum > cost->packets ? sum - cost->packets : 0;

        cost->rate = n * 1000.0 / (now - cost->when);
    }
    cost->packets = sum;
    cost->when = now;
    cost->due = now + INTERVAL;
}

void
detector_cost_run(struct detector_cost *cost, const struct topology *t,
                  long long int now)
{
    if (now >= cost->due) {
        count_packets(cost, t, now);
    }
}

void
detector_cost_wait(const struct detector_cost *cost)
{
    poll_timer_wait_until(cost->due);
}

void
detector_cost_estimate(struct detector_cost *cost, const struct topology *t,
                       const struct detector_options *options,
                       long long int now,
                       struct detector_cost_figures *figures)
{
    int entries = MAX(ct_sysctl_get("nf_conntrack_count"), 0);
    int buckets = MAX(ct_sysctl_get("nf_conntrack_buckets"), 0);
    double walk = (double) entries * PER_WALKED + buckets * PER_BUCKET;

    if (now >= cost->when + MIN_INTERVAL) {
        count_packets(cost, t, now);
    }
    *figures = (struct detector_cost_figures) {
        .packets = cost->rate,
        .entries = entries,
        .hook = cost->rate * PER_PACKET / COST_INSTRUCTIONS,
        .scan = walk * 1000 / options->scan_interval / COST_INSTRUCTIONS,
        .poll = ((double) entries * PER_DUMPED * 1000
                 / options->poll_interval / COST_INSTRUCTIONS),
    };
}
