/* SPDX-License-Identifier: Apache-2.0 */

#ifndef HISTORY_H
#define HISTORY_H 1

/* The last minutes of a number, and a sparkline of them.
 *
 * Time is cut into slots, numbered by whoever adds; of each slot the
 * highest value is kept, so that no peak is lost.  A slot in which nobody
 * knew the value is a gap, not a zero.  Pure. */

#include <stdbool.h>
#include <stddef.h>

struct ds;

/* How many slots are kept. */
#define HISTORY_LEN 120

struct history {
    double values[HISTORY_LEN]; /* By slot modulo HISTORY_LEN; NaN is a gap. */
    long long int slot;         /* The latest; -1 if there is none. */
};

void history_init(struct history *);

/* A 'slot' before the latest is ignored. */
void history_add(struct history *, long long int slot, double value);

/* Returns the value of 'slot', NaN if it is not known. */
double history_get(const struct history *, long long int slot);

/* Appends 'width' characters, one a slot, the last of which is 'slot'.
 * Heights are relative to the highest of these; a gap is a blank, and zero
 * is '_'. */
void history_format(const struct history *, long long int slot, size_t width,
                    bool utf8, struct ds *);

#endif /* history.h */
