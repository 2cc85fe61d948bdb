/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "footprint/footprint.h"

#include <limits.h>

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
footprint_update(struct footprint *fp, const struct footprint_inputs *in,
                 long long int now, long long int wall_now)
{
    enum footprint_class old = fp->class;

    /* The hold time begins when the last elephant leaves, which may be long
     * after the last call. */
    if (in->n_elephants || fp->n_elephants) {
        fp->last_elephant = now;
    }
    fp->n_elephants = in->n_elephants;
    if (!in->judged) {
        if (fp->class != FOOTPRINT_UNKNOWN) {
            set_class(fp, FOOTPRINT_UNKNOWN, wall_now);
        }
    } else if (in->n_elephants) {
        if (fp->class != FOOTPRINT_HEAVY) {
            set_class(fp, FOOTPRINT_HEAVY, wall_now);
        }
        if (in->role != FOOTPRINT_NONE) {
            fp->role = in->role;
        }
    } else if (fp->class == FOOTPRINT_UNKNOWN
               || now >= footprint_get_deadline(fp, in->hold)) {
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
