/* SPDX-License-Identifier: Apache-2.0 */

#ifndef SETTING_AMOUNT_H
#define SETTING_AMOUNT_H 1

/* Amounts of bytes and rates, as people write them.  Pure. */

#include <stdint.h>

/* Largest byte count or rate that is accepted.  Below 2**60, so that sums and
 * the conversion from bytes to bits cannot overflow 64 bits. */
#define SETTING_MAX_AMOUNT (UINT64_C(1) << 60)

/* Parses 'value', a positive decimal number of 'unit' that may be followed by
 * one of the decimal suffixes k, M, G and T and is an integer then, into
 * '*amount'.  Returns null or, with '*amount' unchanged, a malloc()'d phrase
 * that says what is wrong with it. */
char *setting_parse_amount(const char *value, const char *unit,
                           uint64_t *amount);

#endif /* setting-amount.h */
