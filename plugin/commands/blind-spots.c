/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "commands/blind-spots.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "detector/detector.h"
#include "lib/json-member.h"
#include "lib/ovs-compat.h"
#include "lib/printable.h"
#include "node/node-parts.h"
#include "node/watch.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "topology/port.h"
#include "topology/topology.h"
#include "util.h"

/* The most ports that are named for a blind spot. */
#define MAX_PORTS 10

/* Returns how often 'spot' occurred at each port, by the port's name. */
static struct json *
culprits_to_json(const struct node_parts *parts,
                 const struct detector_blind_spot *spot)
{
    const struct detector *d = watch_get_detector(parts->watch);
    const struct hmap *ports = topology_get_ports(parts->topology);
    struct json *o = json_object_create();
    const struct port *port;

    HMAP_FOR_EACH (port, name_node, ports) {
        uint64_t n = (port->zone && port->is_container && !port->parent
                      ? detector_get_misses(d, spot, port->zone) : 0);

        if (n) {
            json_object_put(o, port->name, json_integer_create(n));
        }
    }
    return o;
}

struct json *
blind_spots_to_json(const struct node_parts *parts)
{
    const struct detector_blind_spot *spots;
    size_t n = detector_get_blind_spots(watch_get_detector(parts->watch),
                                        &spots);
    struct json *array = json_array_create_empty();

    for (size_t i = 0; i < n; i++) {
        struct json *o = json_object_create();

        json_object_put_string(o, "name", spots[i].name);
        json_object_put_string(o, "description", spots[i].description);
        json_object_put(o, "count", json_integer_create(spots[i].count));
        if (spots[i].kind) {
            json_object_put(o, "ports", culprits_to_json(parts, &spots[i]));
        }
        json_array_add(array, o);
    }
    return array;
}

static int
compare_counts(const void *a_, const void *b_)
{
    const struct shash_node *const *a = a_, *const *b = b_;
    long long int a_count = json_integer((*a)->data);
    long long int b_count = json_integer((*b)->data);

    return (a_count != b_count ? (a_count < b_count ? 1 : -1)
            : strcmp((*a)->name, (*b)->name));
}

/* Lists the ports at which a blind spot occurred most often. */
static void
format_ports(const struct json *ports, struct ds *s)
{
    const struct shash_node **nodes = shash_sort(json_object(ports));
    size_t n = shash_count(json_object(ports));

    qsort(nodes, n, sizeof *nodes, compare_counts);
    for (size_t i = 0; i < MIN(n, MAX_PORTS); i++) {
        ds_put_format(s, "    %-18s %10lld\n", printable(nodes[i]->name),
                      (long long int) json_integer(nodes[i]->data));
    }
    if (n > MAX_PORTS) {
        ds_put_format(s, "    and %"PRIuSIZE" others\n", n - MAX_PORTS);
    }
    free(nodes);
}

void
blind_spots_format(const struct json *spots, struct ds *s)
{
    size_t n = json_array_size(spots);

    ds_put_format(s, "blind spots:%s\n", n ? "" : " none known");
    for (size_t i = 0; i < n; i++) {
        const struct json *spot = json_array_at(spots, i);
        long long int count = json_integer(json_member_find(spot, "count"));

        ds_put_format(s, "  %-20s %10lld  %s\n",
                      json_member_find_string(spot, "name"), count,
                      json_member_find_string(spot, "description"));
        if (json_member_find(spot, "ports")) {
            format_ports(json_member_find(spot, "ports"), s);
        }
    }
}
