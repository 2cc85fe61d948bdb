/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "lib/row-facts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ovsdb/footprint-idl.h"
#include "simap.h"
#include "util.h"

bool
row_lacks_node_news(const struct fprec_node *row,
                    const struct node_facts *facts)
{
    return (row->heavy != facts->heavy || row->light != facts->light
            || row->unknown != facts->unknown
            || strcmp(row->hypervisor, facts->hypervisor));
}

static void
set_blind_spots(const struct fprec_node *row, const struct simap *blind_spots)
{
    size_t n = simap_count(blind_spots);
    const char **keys = xmalloc(n * sizeof *keys);
    int64_t *values = xmalloc(n * sizeof *values);
    const struct simap_node *node;
    size_t i = 0;

    SIMAP_FOR_EACH (node, blind_spots) {
        keys[i] = node->name;
        values[i++] = node->data;
    }
    fprec_node_set_blind_spots(row, keys, values, n);
    free(keys);
    free(values);
}

void
row_set_node_facts(const struct fprec_node *row,
                   const struct node_facts *facts)
{
    fprec_node_set_hypervisor(row, facts->hypervisor);
    fprec_node_set_elephants(row, facts->elephants);
    fprec_node_set_bits_in(row, facts->bits_in);
    fprec_node_set_bits_out(row, facts->bits_out);
    fprec_node_set_link_speed(row, facts->link_speed);
    fprec_node_set_heavy(row, facts->heavy);
    fprec_node_set_light(row, facts->light);
    fprec_node_set_unknown(row, facts->unknown);
    set_blind_spots(row, facts->blind_spots);
    fprec_node_set_detector(row, facts->detector);
}

bool
row_lacks_instance_flag(const struct fprec_instance *row,
                        const struct instance_facts *facts)
{
    const char *role = footprint_role_to_string(facts->role);

    return (strcmp(row->class_, footprint_class_to_string(facts->class))
            || strcmp(row->role ? row->role : "", role ? role : "")
            || strcmp(row->workload, facts->workload)
            || strcmp(row->container, facts->container)
            || strcmp(row->on_node, facts->on_node)
            || strcmp(row->evidence, facts->evidence)
            || row->since != facts->since);
}

bool
row_lacks_instance_number(const struct fprec_instance *row,
                          const struct instance_facts *facts)
{
    return (row->elephants != facts->elephants
            || fabs(row->bits_per_second - facts->rate) > facts->rate / 10);
}

void
row_set_instance_facts(const struct fprec_instance *row,
                       const struct instance_facts *facts)
{
    fprec_instance_set_on_node(row, facts->on_node);
    fprec_instance_set_workload(row, facts->workload);
    fprec_instance_set_container(row, facts->container);
    fprec_instance_set_class_(row, footprint_class_to_string(facts->class));
    fprec_instance_set_role(row, footprint_role_to_string(facts->role));
    fprec_instance_set_evidence(row, facts->evidence);
    fprec_instance_set_since(row, facts->since);
    fprec_instance_set_elephants(row, facts->elephants);
    fprec_instance_set_bits_per_second(row, facts->rate);
}

struct observation
row_get_observation(const struct fprec_observation *row)
{
    return (struct observation) {
        .timestamp = row->timestamp,
        .trials = row->trials,
        .heavy_trials = row->heavy_trials,
        .seconds = row->seconds,
        .heavy_seconds = row->heavy_seconds,
        .source_seconds = row->source_seconds,
        .sink_seconds = row->sink_seconds,
        .bytes = row->bytes,
        .peak_rate = row->peak_rate,
        .instances = row->instances,
        .first_seen = row->first_seen,
        .last_seen = row->last_seen,
    };
}

void
row_set_observation(const struct fprec_observation *row,
                    const struct observation *o)
{
    fprec_observation_set_timestamp(row, o->timestamp);
    fprec_observation_set_trials(row, o->trials);
    fprec_observation_set_heavy_trials(row, o->heavy_trials);
    fprec_observation_set_seconds(row, o->seconds);
    fprec_observation_set_heavy_seconds(row, o->heavy_seconds);
    fprec_observation_set_source_seconds(row, o->source_seconds);
    fprec_observation_set_sink_seconds(row, o->sink_seconds);
    fprec_observation_set_bytes(row, o->bytes);
    fprec_observation_set_peak_rate(row, o->peak_rate);
    fprec_observation_set_instances(row, o->instances);
    fprec_observation_set_first_seen(row, o->first_seen);
    fprec_observation_set_last_seen(row, o->last_seen);
}
