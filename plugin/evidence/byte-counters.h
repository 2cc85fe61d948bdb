/* SPDX-License-Identifier: Apache-2.0 */

#ifndef BYTE_COUNTERS_H
#define BYTE_COUNTERS_H 1

/* What a container has moved since some time in the past, whoever counted. */

#include <stdint.h>

struct byte_counters {
    uint64_t sent;              /* By the container, in bytes. */
    uint64_t received;
};

#endif /* byte-counters.h */
