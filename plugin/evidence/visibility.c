/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "evidence/visibility.h"

#include <limits.h>
#include <stdlib.h>

#include "util.h"

static void
forget_prints(struct visibility *v)
{
    free(v->prints);
    v->prints = NULL;
    v->n_prints = 0;
    v->has_prints = false;
}

void
visibility_destroy(struct visibility *v)
{
    forget_prints(v);
}

static void
end_doubt(struct visibility *v)
{
    forget_prints(v);
    v->in_doubt = v->settled = false;
    v->recheck = 0;
}

void
visibility_update(struct visibility *v, bool elephants, bool heavy,
                  long long int now)
{
    if (elephants) {
        v->seen = true;
    }
    if (elephants || !heavy) {
        end_doubt(v);
    } else if (!v->in_doubt) {
        v->in_doubt = true;
        v->look_at = now;
    }
}

long long int
visibility_get_deadline(const struct visibility *v)
{
    return v->in_doubt ? v->look_at : LLONG_MAX;
}

static int
compare_prints(const void *a_, const void *b_)
{
    const uint64_t *a = a_;
    const uint64_t *b = b_;

    return *a < *b ? -1 : *a > *b;
}

/* Is there any among 'prints' that was not there at the first look? */
static bool
has_news(const struct visibility *v, const uint64_t *prints, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!v->n_prints || !bsearch(&prints[i], v->prints, v->n_prints,
                                     sizeof *prints, compare_prints)) {
            return true;
        }
    }
    return false;
}

static void
settle(struct visibility *v, bool seen, long long int now)
{
    forget_prints(v);
    v->seen = seen;
    v->settled = true;
    v->recheck = MIN(MAX(2 * v->recheck, VISIBILITY_MIN_RECHECK),
                     VISIBILITY_MAX_RECHECK);
    v->look_at = now + v->recheck;
}

void
visibility_look(struct visibility *v, uint64_t *prints, size_t n,
                long long int now)
{
    if (!n || v->has_prints) {
        settle(v, has_news(v, prints, n), now);
        free(prints);
        return;
    }
    qsort(prints, n, sizeof *prints, compare_prints);
    v->prints = prints;
    v->n_prints = n;
    v->has_prints = true;
    v->look_at = now + VISIBILITY_LOOK_AGAIN;
}

uint64_t
visibility_print(uint32_t id, uint64_t bytes)
{
    return (uint64_t) id << 32 | (uint32_t) bytes;
}
