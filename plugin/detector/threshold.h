/* SPDX-License-Identifier: Apache-2.0 */

#ifndef THRESHOLD_H
#define THRESHOLD_H 1

/* What makes a flow an elephant.  Pure. */

#include <stdbool.h>
#include <stdint.h>

struct elephant_threshold {
    uint64_t bytes;             /* Bytes moved, both directions; > 0. */
    uint64_t rate;              /* bit/s; > 0. */
    unsigned int hold;          /* Seconds below 'rate' until it ceases. */
};

bool elephant_threshold_equals(const struct elephant_threshold *,
                               const struct elephant_threshold *);

#endif /* threshold.h */
