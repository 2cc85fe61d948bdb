/* SPDX-License-Identifier: Apache-2.0 */

#ifndef FOOTPRINT_CLASS_H
#define FOOTPRINT_CLASS_H 1

/* The words in which a footprint is published, and their meaning. */

#include <stdbool.h>

enum footprint_class {
    FOOTPRINT_UNKNOWN,          /* Nothing is there to judge by. */
    FOOTPRINT_LIGHT,
    FOOTPRINT_HEAVY,
};

/* What a heavy container does with its elephants' bytes: sends most of them,
 * receives most of them, or, having several elephants, both. */
enum footprint_role {
    FOOTPRINT_NONE = 0,
    FOOTPRINT_SOURCE = 1 << 0,
    FOOTPRINT_SINK = 1 << 1,
    FOOTPRINT_BOTH = FOOTPRINT_SOURCE | FOOTPRINT_SINK,
};

/* What a footprint is judged by. */
enum evidence_kind {
    EVIDENCE_NONE,              /* There is no means to judge. */
    EVIDENCE_FLOWS,             /* The detector sees the port's flows. */
    EVIDENCE_COUNTERS,          /* Bytes moved by its interface. */
    EVIDENCE_VOLUME,            /* Likewise, so many that it does not matter by
                                 * which flows. */
};

/* "unknown", "light" or "heavy". */
const char *footprint_class_to_string(enum footprint_class);

/* The opposite.  Returns false, with '*class' unchanged, if 's' is none of
 * those. */
bool footprint_class_from_string(const char *s, enum footprint_class *class);

/* "source", "sink", "both", or null for FOOTPRINT_NONE. */
const char *footprint_role_to_string(enum footprint_role);

/* The opposite; a null string, or none of those, is FOOTPRINT_NONE. */
enum footprint_role footprint_role_from_string(const char *);

/* "flows", "counters", "volume", or null for EVIDENCE_NONE. */
const char *evidence_kind_to_string(enum evidence_kind);

/* The opposite; a null string, or none of those, is EVIDENCE_NONE. */
enum evidence_kind evidence_kind_from_string(const char *);

#endif /* footprint-class.h */
