/*
 * Copyright (c) 2026 The ovs-footprint Authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at:
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

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
struct pipeline_layout;
struct pipeline_port;
struct pipeline_ports;

struct pipeline_ports *pipeline_ports_create(const char *name,
                                             struct flow_table *);
void pipeline_ports_destroy(struct pipeline_ports *);

void pipeline_ports_set(struct pipeline_ports *, const struct pipeline_port *,
                        size_t n);
void pipeline_ports_place(struct pipeline_ports *,
                          const struct pipeline_layout *);

#endif /* pipeline-ports.h */
