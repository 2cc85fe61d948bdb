/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "lib/footprint-class.h"

#include <string.h>

#include "util.h"

const char *
footprint_class_to_string(enum footprint_class class)
{
    switch (class) {
    case FOOTPRINT_UNKNOWN: return "unknown";
    case FOOTPRINT_LIGHT: return "light";
    case FOOTPRINT_HEAVY: return "heavy";
    default: OVS_NOT_REACHED();
    }
}

bool
footprint_class_from_string(const char *s, enum footprint_class *class)
{
    for (int i = FOOTPRINT_UNKNOWN; i <= FOOTPRINT_HEAVY; i++) {
        if (!strcmp(s, footprint_class_to_string(i))) {
            *class = i;
            return true;
        }
    }
    return false;
}

const char *
footprint_role_to_string(enum footprint_role role)
{
    switch (role) {
    case FOOTPRINT_NONE: return NULL;
    case FOOTPRINT_SOURCE: return "source";
    case FOOTPRINT_SINK: return "sink";
    case FOOTPRINT_BOTH: return "both";
    default: OVS_NOT_REACHED();
    }
}

enum footprint_role
footprint_role_from_string(const char *s)
{
    for (int i = FOOTPRINT_SOURCE; i <= FOOTPRINT_BOTH; i++) {
        if (s && !strcmp(s, footprint_role_to_string(i))) {
            return i;
        }
    }
    return FOOTPRINT_NONE;
}

const char *
evidence_kind_to_string(enum evidence_kind kind)
{
    switch (kind) {
    case EVIDENCE_NONE: return NULL;
    case EVIDENCE_FLOWS: return "flows";
    case EVIDENCE_COUNTERS: return "counters";
    case EVIDENCE_VOLUME: return "volume";
    default: OVS_NOT_REACHED();
    }
}

enum evidence_kind
evidence_kind_from_string(const char *s)
{
    for (int i = EVIDENCE_FLOWS; i <= EVIDENCE_VOLUME; i++) {
        if (s && !strcmp(s, evidence_kind_to_string(i))) {
            return i;
        }
    }
    return EVIDENCE_NONE;
}
