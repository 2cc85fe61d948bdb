/* SPDX-License-Identifier: Apache-2.0 */

#ifndef POLICIES_H
#define POLICIES_H 1

/* What is done about elephants, where external_ids:footprint-policy asks for
 * it: which connections are treated on which bridge, and how.
 *
 * It follows the tracker: an elephant is treated from when it is known to be
 * one until it is known not to be.  Where a policy says "from-start",
 * everything sent by a container whose workload is known to be heavy is
 * treated too, until the container has been there for as long as a heavy one
 * stays heavy without elephants: by then it has shown what it does.
 *
 * Pure: it decides only, and knows neither switch nor clock. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bridge;
struct pipeline_elephant;
struct policies;
struct port;
struct queue_plan;
struct topology;
struct tracker;

struct policies *policies_create(void);
void policies_destroy(struct policies *);

/* While 'refused', no packet is put into a queue, whatever a policy says. */
void policies_refuse_queues(struct policies *, bool refused);

/* The ports or what is asked for may have changed. */
void policies_invalidate(struct policies *);

/* Only what is known of workloads may have changed. */
void policies_note_workloads(struct policies *);

/* What policies_run() decides by. */
struct policies_inputs {
    const struct topology *topology;
    const struct tracker *tracker;
    unsigned int heavy_hold;    /* In seconds. */

    /* Is the workload of the port known to be heavy? */
    bool (*is_known_heavy)(const struct port *, const void *aux);
    const void *aux;
};

void policies_run(struct policies *, const struct policies_inputs *,
                  long long int now);

/* Returns the 'now' at which policies_run() will decide otherwise though its
 * inputs are the same, or LLONG_MAX for never. */
long long int policies_get_deadline(const struct policies *);

/* A number that changes when another container begins to be treated from its
 * start. */
uint64_t policies_get_start_seq(const struct policies *);

/* Have the ports, or what is known of them, changed since policies_run()? */
bool policies_are_due(const struct policies *);

/* A number that changes when the answer of policies_get_elephants() may have
 * changed for any bridge. */
uint64_t policies_get_seq(const struct policies *);

/* Stores in '*elephants' an array of what is to be treated on the bridge of
 * that name, and returns how many they are.  Owned by 'policies', valid until
 * its next run. */
size_t policies_get_elephants(const struct policies *, const char *bridge,
                              const struct pipeline_elephant **elephants);

/* The queues that are asked for. */
const struct queue_plan *policies_get_queue_plan(const struct policies *);

/* How many elephants of 'port' are treated. */
size_t policies_count_treated(const struct policies *, const struct port *);

/* Does any port of the bridge have a policy? */
bool policies_are_wanted(const struct bridge *);

#endif /* policies.h */
