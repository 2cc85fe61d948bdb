/* SPDX-License-Identifier: Apache-2.0 */

#ifndef PIPELINES_H
#define PIPELINES_H 1

/* The pipelines of all bridges: which bridge has one, and what it is to want.
 *
 * A pipeline is told again what it should want when the version of the
 * topology, of what the guard withdraws, or of whose packets should pass
 * conntrack differs from the one that it was last told. */

#include <stdbool.h>

struct bridge;
struct guard;
struct judge;
struct pipeline;
struct pipelines;
struct policies;
struct topology;

struct pipelines *pipelines_create(void);

/* Leaves the flows in the switches. */
void pipelines_destroy(struct pipelines *);

/* What decides what the pipelines should want. */
struct pipelines_inputs {
    const struct topology *topology;
    const struct guard *guard;
    const struct judge *judge;
    const struct policies *policies;
};

void pipelines_run(struct pipelines *, const struct pipelines_inputs *);
void pipelines_wait(const struct pipelines *, const struct pipelines_inputs *);

/* The pipeline of the bridge with that name, or null if no flow of ours was
 * ever there. */
const struct pipeline *pipelines_find(const struct pipelines *,
                                      const char *bridge);

/* Forgets the pipeline of the bridge with that name. */
void pipelines_remove(struct pipelines *, const char *bridge);

/* Is the bridge as it should be, for all that its pipeline was told? */
bool pipelines_is_clean(const struct pipelines *, const struct bridge *);

/* Is the bridge as it should be, for all that the inputs say now? */
bool pipelines_is_up_to_date(const struct pipelines *, const struct bridge *,
                             const struct pipelines_inputs *);

/* Are all bridges? */
bool pipelines_are_up_to_date(const struct pipelines *,
                              const struct pipelines_inputs *);

/* Have the flows of all that the guard withdraws gone? */
bool pipelines_have_withdrawn(const struct pipelines *,
                              const struct pipelines_inputs *);

/* Does any bridge account packets before it forwards them, or is it going
 * to? */
bool pipelines_are_in_the_way(const struct pipelines *,
                              const struct topology *);

#endif /* pipelines.h */
