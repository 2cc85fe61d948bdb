/* SPDX-License-Identifier: Apache-2.0 */

#ifndef PIPELINE_PORTS_H
#define PIPELINE_PORTS_H 1

/* The ports of a bridge, and the claims to flows that follow from them.
 *
 * Keeps what was said last, so that saying it again with one port changed
 * costs one port's flows.  Pure, like the flow table that it makes claims
 * in. */

#include <stdbool.h>
#include <stddef.h>

struct flow_table;
struct pipeline_elephant;
struct pipeline_layout;
struct pipeline_port;
struct pipeline_ports;

/* 'name' is the bridge's, for the log.  The flow table must outlive the
 * ports. */
struct pipeline_ports *pipeline_ports_create(const char *name,
                                             struct flow_table *);
void pipeline_ports_destroy(struct pipeline_ports *);

/* From now on the ports of the bridge are exactly these 'n'. */
void pipeline_ports_set(struct pipeline_ports *, const struct pipeline_port *,
                        size_t n);

/* From now on the elephants to treat are exactly these 'n' and, if these are
 * not 'all', those whose flows are seen in the switch. */
void pipeline_ports_set_elephants(struct pipeline_ports *,
                                  const struct pipeline_elephant *, size_t n,
                                  bool all);

/* From now on the flows live where 'layout' says, or, if that is null,
 * nowhere: then nothing is claimed. */
void pipeline_ports_place(struct pipeline_ports *,
                          const struct pipeline_layout *layout);

#endif /* pipeline-ports.h */
