/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "lib/option-number.h"

#include "lib/printable.h"
#include "util.h"

int
option_number_parse(const char *option, const char *value, int min, int max)
{
    int n;

    if (!str_to_int(value, 10, &n) || n < min || n > max) {
        ovs_fatal(0, "--%s=%s: not a whole number from %d to %d", option,
                  printable(value), min, max);
    }
    return n;
}
