/* SPDX-License-Identifier: Apache-2.0 */

#ifndef METRICS_SERVER_H
#define METRICS_SERVER_H 1

/* Serves /metrics where external_ids:footprint-metrics-listen of Open_vSwitch
 * says, and counts the connections in zones now and then while it does. */

#include <stdint.h>

struct metrics_figures;
struct metrics_server;
struct smap;

/* Fills in what metrics.h wants, but for the zones' entries.  '*figures' is
 * zeroed before, and 'zones', which may be set, is freed afterwards. */
typedef void metrics_gather_cb(struct metrics_figures *figures, void *aux);

struct metrics_server *metrics_server_create(metrics_gather_cb *, void *aux);
void metrics_server_destroy(struct metrics_server *);

/* 'external_ids' are those of Open_vSwitch, or null if it has no row now.
 */
void metrics_server_run(struct metrics_server *,
                        const struct smap *external_ids, long long int now);
void metrics_server_wait(struct metrics_server *);

/* Returns why nothing is served although something should be, or null. */
const char *metrics_server_get_problem(const struct metrics_server *);

#endif /* metrics-server.h */
