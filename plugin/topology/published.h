/* SPDX-License-Identifier: Apache-2.0 */

#ifndef PUBLISHED_H
#define PUBLISHED_H 1

/* What a previous run of the daemon published of a container, and left in
 * external_ids of its Interface: where this run begins, so that a restart does
 * not make a heavy container light.  Pure. */

#include <stdint.h>

#include "lib/footprint-class.h"

struct smap;

struct published {
    enum footprint_class class; /* If FOOTPRINT_UNKNOWN, nothing but 'zone' is
                                 * known. */
    enum footprint_role role;   /* FOOTPRINT_NONE unless heavy. */
    long long int since;        /* When it became that: wall clock, in
                                 * milliseconds. */
    enum evidence_kind kind;    /* What it was judged by. */
    uint16_t zone;              /* 0 if it had none. */
};

/* Stores in '*published' what 'external_ids' say, or, if 'endpoint_id' is
 * nonnull, what they say of the endpoint with that ID.  Whatever cannot be
 * understood is taken for missing. */
void published_parse(struct published *published,
                     const struct smap *external_ids,
                     const char *endpoint_id);

#endif /* published.h */
