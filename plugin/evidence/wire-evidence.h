/* SPDX-License-Identifier: Apache-2.0 */

#ifndef WIRE_EVIDENCE_H
#define WIRE_EVIDENCE_H 1

/* What was found when a port's conntrack zone was compared with what its
 * interface moves.  Written by wire-check.h alone. */

#include <stdbool.h>
#include <stdint.h>

#include "evidence/passage.h"
#include "evidence/visibility.h"

struct wire_evidence {
    struct visibility visibility; /* Of what the interface moves in 'zone'. */
    bool has_visibility;        /* Can that be told? */
    struct passage passage;     /* Of elephants in 'zone', likewise. */
    char *reason;               /* What is missing in 'zone', or on the
                                 * interface, or null. */
    uint16_t zone;              /* The port's, when it was last compared. */
    bool was_seen;              /* By a previous run of the daemon. */
};

#endif /* wire-evidence.h */
