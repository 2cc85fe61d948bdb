/* SPDX-License-Identifier: Apache-2.0 */

#ifndef ATTRIBUTION_H
#define ATTRIBUTION_H 1

/* Whose flow it is.
 *
 * Where each container has a zone of its own, the zone says it.  Where
 * containers share a zone (Antrea's pipeline has one for all), the addresses
 * of the flow's tuple are compared with those that the ports' external_ids
 * give; such a flow may belong to two containers, one at either end.  An
 * address that several ports claim says nothing: the flow has no owner at that
 * end, and is counted as ambiguous; owners are never guessed. */

#include <stdbool.h>
#include <stddef.h>

#include "footprint/role.h"
#include "lib/footprint-class.h"

struct ct_flow;
struct port;
struct topology;

/* One container's part in a flow. */
struct attribution {
    const struct port *port;
    enum footprint_role role;   /* FOOTPRINT_NONE if that is not known. */
};

/* A flow has two ends. */
#define ATTRIBUTION_MAX 2

/* Stores in 'parts' the containers that 'flow' belongs to, and returns how
 * many.  '*ambiguous' says whether one of its addresses could belong to
 * several containers. */
size_t attribution_of_flow(const struct topology *, const struct ct_flow *,
                           struct attribution parts[ATTRIBUTION_MAX],
                           bool *ambiguous);

/* Finds which end of 'flow', which is in the zone of 'port', is the container,
 * as role_find_end() does.  If that does not tell, since both addresses end in
 * the same byte, the kernel is asked for the container's addresses. */
enum role_end attribution_find_end(const struct port *,
                                   const struct ct_flow *flow);

#endif /* attribution.h */
