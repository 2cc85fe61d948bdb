/* SPDX-License-Identifier: Apache-2.0 */

#ifndef BACKOFF_H
#define BACKOFF_H 1

/* When to try again what failed: soon at first, and less and less often as it
 * goes on failing.  Times and waits are in milliseconds.  Pure. */

#include <stdbool.h>

struct backoff {
    int min, max;               /* Of 'wait' after a failure. */
    int wait;                   /* The latest one, 0 if it did not fail. */
    long long int until;        /* Not before this. */
};

#define BACKOFF_INITIALIZER(MIN, MAX) { .min = (MIN), .max = (MAX) }

/* Notes that it failed at 'now'. */
void backoff_note_failure(struct backoff *, long long int now);

/* Notes that it did not fail. */
void backoff_note_success(struct backoff *);

/* May it be tried at 'now'? */
bool backoff_is_over(const struct backoff *, long long int now);

#endif /* backoff.h */
