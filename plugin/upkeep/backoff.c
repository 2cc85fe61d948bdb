/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "upkeep/backoff.h"

#include "util.h"

void
backoff_note_failure(struct backoff *b, long long int now)
{
    b->wait = MIN(MAX(2 * b->wait, b->min), b->max);
    b->until = now + b->wait;
}

void
backoff_note_success(struct backoff *b)
{
    b->wait = 0;
    b->until = 0;
}

bool
backoff_is_over(const struct backoff *b, long long int now)
{
    return now >= b->until;
}
