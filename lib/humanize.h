/* SPDX-License-Identifier: Apache-2.0 */

#ifndef HUMANIZE_H
#define HUMANIZE_H 1

/* Amounts, durations and times as people read them, and times back from that.
 * Pure.  The caller must free the strings. */

#include <stdbool.h>
#include <stdint.h>

/* 'n' with a decimal prefix and three significant digits: "12.5M". */
char *humanize_amount(uint64_t n);

/* 'seconds' in the two largest of hours, minutes and seconds that it has:
 * "59s", "1m05s", "26h00m". */
char *humanize_duration(long long int seconds);

/* 'wall_msec', in time_wall_msec() time, as RFC 3339 has it, in UTC and
 * without fractions: "2024-05-31T12:00:00Z". */
char *humanize_time(long long int wall_msec);

/* Parses 's', a time as humanize_time() writes it.  Returns false, with
 * '*wall_msec' unchanged, if it is not one. */
bool humanize_parse_time(const char *s, long long int *wall_msec);

#endif /* humanize.h */
