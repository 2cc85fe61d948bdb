/* SPDX-License-Identifier: Apache-2.0 */

/* Whether a container is heavy or light. */

#include <config.h>
#include "footprint/footprint.h"

#include <limits.h>
#include <string.h>

#include "util.h"

void
footprint_init(struct footprint *fp, bool judged, long long int wall_now)
{
    *fp = (struct footprint) {
        .class = judged ? FOOTPRINT_LIGHT : FOOTPRINT_UNKNOWN,
        .since = wall_now,
    };
}

void
footprint_restore(struct footprint *fp, enum footprint_class class,
                  enum footprint_role role, long long int since,
                  long long int now)
{
    *fp = (struct footprint) {
        .class = class,
        .role = class == FOOTPRINT_HEAVY ? role : FOOTPRINT_NONE,
        .since = since,
        .last_elephant = now,
    };
}

static void
set_class(struct footprint *fp, enum footprint_class class,
          long long int wall_now)
{
    fp->class = class;
    fp->since = wall_now;
    if (class != FOOTPRINT_HEAVY) {
        fp->role = FOOTPRINT_NONE;
    }
}

bool
footprint_update(struct footprint *fp, bool judged, unsigned int n,
                 enum footprint_role role, unsigned int hold,
                 long long int now, long long int wall_now)
{
    enum footprint_class old = fp->class;

    /* The hold time begins when the last elephant leaves, which may be long
     * after the last call. */
    if (n || fp->n_elephants) {
        fp->last_elephant = now;
    }
    fp->n_elephants = n;
    if (!judged) {
        if (fp->class != FOOTPRINT_UNKNOWN) {
            set_class(fp, FOOTPRINT_UNKNOWN, wall_now);
        }
    } else if (n) {
        if (fp->class != FOOTPRINT_HEAVY) {
            set_class(fp, FOOTPRINT_HEAVY, wall_now);
        }
        if (role != FOOTPRINT_NONE) {
            fp->role = role;
        }
    } else if (fp->class == FOOTPRINT_UNKNOWN
               || now >= footprint_get_deadline(fp, hold)) {
        set_class(fp, FOOTPRINT_LIGHT, wall_now);
    }
    return fp->class != old;
}

long long int
footprint_get_deadline(const struct footprint *fp, unsigned int hold)
{
    return (fp->class == FOOTPRINT_HEAVY && !fp->n_elephants
            ? fp->last_elephant + hold * 1000LL
            : LLONG_MAX);
}

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
