/* SPDX-License-Identifier: Apache-2.0 */

#ifndef SOURCES_H
#define SOURCES_H 1

/* Answers what the judge wants to know of a port's detector (detector_view in
 * evidence/evidence.h) from the parts that know it. */

#include <stdbool.h>

#include "node/pipelines.h"

struct detector_view;
struct foreign_zones;
struct settings;
struct tracker;
struct watch;

/* The parts that know. */
struct sources {
    const struct settings *settings;
    struct watch *watch;
    const struct tracker *tracker;
    const struct guard *guard;
    const struct foreign_zones *foreign_zones;
    bool knows_old_flows;       /* Does 'foreign_zones' know yet which zones
                                 * are in flows that a previous run left? */
    const struct pipelines *pipelines;
    struct pipelines_inputs pipelines_inputs;
};

/* Returns the view, which lasts as long as 'sources'. */
struct detector_view sources_get_view(const struct sources *sources);

#endif /* sources.h */
