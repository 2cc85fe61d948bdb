/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "evidence/visibility.h"

#include <limits.h>
#include <stdlib.h>

#include "util.h"

static void
forget_prints(struct visibility *s)
{
    free(s->prints);
    s->prints = NULL;
    s->n_prints = 0;
    s->has_prints = false;
}

void
visibility_destroy(struct visibility *s)
{
    forget_prints(s);
}

static void
end_doubt(struct visibility *s)
{
    forget_prints(s);
    s->in_doubt = s->settled = false;
    s->recheck = 0;
}

void
visibility_update(struct visibility *s, bool elephants, bool heavy, long long int now)
{
    if (elephants) {
        s->seen = true;
    }
    if (elephants || !heavy) {
        end_doubt(s);
    } else if (!s->in_doubt) {
        s->in_doubt = true;
        s->look_at = now;
    }
}

long long int
visibility_get_deadline(const struct visibility *s)
{
    return s->in_doubt ? s->look_at : LLONG_MAX;
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
has_news(const struct visibility *s, const uint64_t *prints, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!s->n_prints || !bsearch(&prints[i], s->prints, s->n_prints,
                                     sizeof *prints, compare_prints)) {
            return true;
        }
    }
    return false;
}

static void
settle(struct visibility *s, bool seen, long long int now)
{
    forget_prints(s);
    s->seen = seen;
    s->settled = true;
    s->recheck = MIN(MAX(2 * s->recheck, SIGHT_MIN_RECHECK),
                     SIGHT_MAX_RECHECK);
    s->look_at = now + s->recheck;
}

void
visibility_look(struct visibility *s, uint64_t *prints, size_t n, long long int now)
{
    if (!n || s->has_prints) {
        settle(s, has_news(s, prints, n), now);
        free(prints);
        return;
    }
    qsort(prints, n, sizeof *prints, compare_prints);
    s->prints = prints;
    s->n_prints = n;
    s->has_prints = true;
    s->look_at = now + SIGHT_LOOK_AGAIN;
}

uint64_t
visibility_print(uint32_t id, uint64_t bytes)
{
    return (uint64_t) id << 32 | (uint32_t) bytes;
}
