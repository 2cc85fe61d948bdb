/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "node/figures.h"

#include <stdlib.h>

#include "conntrack/ct-sysctl.h"
#include "detector/detector.h"
#include "footprint/judge.h"
#include "footprint/tracker.h"
#include "node/node-parts.h"
#include "node/watch.h"
#include "ovsdb-idl.h"
#include "publish/metrics.h"
#include "publish/nfd-file.h"
#include "topology/topology.h"
#include "upkeep/guard.h"
#include "util.h"

static void
count_class(enum footprint_class class, struct metrics_figures *f)
{
    f->heavy += class == FOOTPRINT_HEAVY;
    f->light += class == FOOTPRINT_LIGHT;
    f->unknown += class == FOOTPRINT_UNKNOWN;
}

static void
gather_ports(const struct node_parts *parts, struct metrics_figures *f)
{
    const struct port **ports;
    size_t n = topology_sort_ports(parts->topology, &ports);

    f->zones = xcalloc(n, sizeof *f->zones);
    for (size_t i = 0; i < n; i++) {
        const struct port *port = ports[i];

        if (!port->is_container) {
            continue;
        }
        count_class(judge_get_verdict(parts->judge,
                                      port)->footprint.class, f);
        if (port->zone) {
            f->zones[f->n_zones++] = (struct metrics_zone) {
                .port = port->name,
                .zone = port->zone,
            };
            f->withdrawn += guard_is_withdrawn(parts->guard,
                                               port->zone);
        }
    }
    free(ports);
}

static uint64_t
sum_elephants(const struct tracker *tracker)
{
    struct elephant **elephants;
    size_t n = tracker_get_all(tracker, &elephants);
    uint64_t bytes = 0;

    for (size_t i = 0; i < n; i++) {
        bytes += (elephants[i]->flow.bytes[CT_DIR_ORIG]
                  + elephants[i]->flow.bytes[CT_DIR_REPLY]);
    }
    free(elephants);
    return bytes;
}

static void
gather_conntrack(struct metrics_figures *f)
{
    f->entries = ct_sysctl_get("nf_conntrack_count");
    f->max_entries = ct_sysctl_get("nf_conntrack_max");
    f->refused_entries = ct_sysctl_count_full();
}

void
figures_gather_metrics(const struct node_parts *parts,
                       struct metrics_figures *f)
{
    struct detector *detector = watch_get_detector(parts->watch);
    const struct watch_counts *counts = watch_get_counts(parts->watch);

    f->elephants = tracker_count_conversations(parts->tracker);
    f->elephant_bytes = sum_elephants(parts->tracker);
    f->became = counts->became;
    f->ceased = counts->gone;
    f->losses = counts->lost;
    f->detector = detector_kind_to_string(detector_get_kind(detector));
    f->n_spots = detector_get_blind_spots(detector, &f->spots);
    f->connected = ovsdb_idl_is_connected(parts->idl);
    f->refused = parts->refused;
    gather_ports(parts, f);
    gather_conntrack(f);
}

void
figures_gather_nfd(const struct node_parts *parts, struct nfd_file_node *nfd)
{
    struct metrics_figures f = { .elephants = 0 };
    const struct detector *detector
        = watch_get_detector(parts->watch);

    gather_ports(parts, &f);
    free(f.zones);
    *nfd = (struct nfd_file_node) {
        .n_heavy = f.heavy,
        .n_unknown = f.unknown,
        .n_containers = f.heavy + f.light + f.unknown,
        .detector = detector_kind_to_string(detector_get_kind(detector)),
    };
}
