/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "settings/setting-amount.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/printable.h"
#include "util.h"

/* Appends to '*n' the first 'places' digits of 'fraction', the "." behind an
 * integer and what follows it, and zeros where it has fewer.  Returns false if
 * any of the digits after them is not 0, so that the amount is not whole. */
static bool
append_fraction(const char *fraction, int places, unsigned long long int *n)
{
    const char *p = *fraction == '.' ? fraction + 1 : "";
    bool is_whole = true;

    for (; places > 0; places--) {
        int digit = isdigit((unsigned char) *p) ? *p++ - '0' : 0;

        *n = (*n > SETTING_MAX_AMOUNT / 10 ? SETTING_MAX_AMOUNT + 1
              : *n * 10 + digit);
    }
    for (; isdigit((unsigned char) *p); p++) {
        is_whole &= *p == '0';
    }
    return is_whole;
}

char *
setting_parse_amount(const char *value, const char *unit, uint64_t *amount)
{
    static const char suffixes[] = "kMGT";
    const char *suffix = NULL;
    unsigned long long int n;
    const char *fraction;
    char *tail;

    if (!isdigit((unsigned char) value[0])) {
        return xasprintf("not a positive number of %s, such as 10000000 "
                         "or 10M", unit);
    }
    errno = 0;
    n = strtoull(value, &tail, 10);
    if (errno == ERANGE) {
        return xasprintf("does not fit in 64 bits, use a smaller number of %s",
                         unit);
    }
    fraction = tail;
    if (*tail == '.' && isdigit((unsigned char) tail[1])) {
        tail += 1 + strspn(tail + 1, "0123456789");
    }
    if (*tail) {
        suffix = strchr(suffixes, *tail);
        if (!suffix || tail[1]) {
            return xasprintf("\"%s\" is not a unit, use a plain number of %s "
                             "or one followed by k, M, G or T",
                             printable(tail), unit);
        }
    }
    if (!append_fraction(fraction, suffix ? 3 * (suffix - suffixes + 1) : 0,
                         &n)) {
        return xasprintf("not a whole number of %s", unit);
    }
    if (!n) {
        return xasprintf("zero is not allowed, use at least 1 (%s)", unit);
    }
    if (n > SETTING_MAX_AMOUNT) {
        return xasprintf("too large, use at most %llu %s",
                         (unsigned long long int) SETTING_MAX_AMOUNT, unit);
    }
    *amount = n;
    return NULL;
}
