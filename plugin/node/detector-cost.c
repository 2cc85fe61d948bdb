/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "node/detector-cost.h"

#include <stdlib.h>

#include "conntrack/ct-sysctl.h"
#include "detector/detector.h"
#include "evidence/link-counters.h"
#include "footprint/judge.h"
#include "hash.h"
#include "node/watch.h"
#include "openvswitch/hmap.h"
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
#define INTERVAL 10000
#define MIN_INTERVAL 1000

/* A network device whose packets pass our zones. */
struct device {
    struct hmap_node node;      /* In 'devices', by 'ifindex'. */
    int ifindex;
    uint64_t packets;           /* At its last reading. */
    uint64_t reading;           /* The number of that one. */
};

struct detector_cost {
    struct link_counters *links;
    struct hmap devices;        /* Contains "struct device"s. */
    uint64_t reading;           /* Number of the last one. */
    long long int when;         /* When that was, or 0. */
    long long int due;          /* The next one is to be then. */
    double rate;                /* Packets a second before it. */
};

struct detector_cost *
detector_cost_create(void)
{
    struct detector_cost *cost = xzalloc(sizeof *cost);

    cost->links = link_counters_create();
    hmap_init(&cost->devices);
    return cost;
}

/* Forgets the devices that the last reading did not find. */
static void
forget_devices(struct detector_cost *cost)
{
    struct device *d;

    HMAP_FOR_EACH_SAFE (d, node, &cost->devices) {
        if (d->reading != cost->reading) {
            hmap_remove(&cost->devices, &d->node);
            free(d);
        }
    }
}

void
detector_cost_destroy(struct detector_cost *cost)
{
    if (cost) {
        cost->reading++;
        forget_devices(cost);
        hmap_destroy(&cost->devices);
        link_counters_destroy(cost->links);
        free(cost);
    }
}

static struct device *
find_device(const struct detector_cost *cost, int ifindex)
{
    struct device *d;

    HMAP_FOR_EACH_WITH_HASH (d, node, hash_int(ifindex, 0), &cost->devices) {
        if (d->ifindex == ifindex) {
            return d;
        }
    }
    return NULL;
}

/* Returns how many packets the device has moved since the last reading; none
 * if that did not find it. */
static uint64_t
count_device(struct detector_cost *cost, int ifindex)
{
    struct device *d = find_device(cost, ifindex);
    uint64_t packets, n = 0;

    if (!link_counters_get_packets(cost->links, ifindex, &packets)) {
        return 0;
    }
    if (d) {
        n = packets > d->packets ? packets - d->packets : 0;
    } else {
        d = xzalloc(sizeof *d);
        d->ifindex = ifindex;
        hmap_insert(&cost->devices, &d->node, hash_int(ifindex, 0));
    }
    d->packets = packets;
    d->reading = cost->reading;
    return n;
}

static void
count_packets(struct detector_cost *cost,
              const struct detector_cost_inputs *in, long long int now)
{
    const struct port *port;
    uint64_t n = 0;

    link_counters_read(cost->links);
    cost->reading++;
    HMAP_FOR_EACH (port, name_node, topology_get_ports(in->topology)) {
        if (port->zone && port->link_ifindex
            && judge_needs_flows(in->judge, port)) {
            n += count_device(cost, port->link_ifindex);
        }
    }
    forget_devices(cost);
    if (cost->when) {
        cost->rate = n * 1000.0 / (now - cost->when);
    }
    cost->when = now;
    cost->due = now + INTERVAL;
}

void
detector_cost_run(struct detector_cost *cost,
                  const struct detector_cost_inputs *in, long long int now)
{
    struct detector_cost_figures figures;

    if (now >= cost->due) {
        count_packets(cost, in, now);
        detector_cost_estimate(cost, in, now, &figures);
        watch_set_costs(in->watch, figures.hook, figures.scan, now);
    }
}

void
detector_cost_wait(const struct detector_cost *cost)
{
    poll_timer_wait_until(cost->due);
}

void
detector_cost_estimate(struct detector_cost *cost,
                       const struct detector_cost_inputs *in,
                       long long int now,
                       struct detector_cost_figures *figures)
{
    const struct detector_options *options = watch_get_options(in->watch);
    int entries = MAX(ct_sysctl_get("nf_conntrack_count"), 0);
    int buckets = MAX(ct_sysctl_get("nf_conntrack_buckets"), 0);
    double walk = (double) entries * PER_WALKED + buckets * PER_BUCKET;

    if (now >= cost->when + MIN_INTERVAL) {
        count_packets(cost, in, now);
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
