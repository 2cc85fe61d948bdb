/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "detector/threshold.h"

bool
elephant_threshold_equals(const struct elephant_threshold *a,
                          const struct elephant_threshold *b)
{
    return a->bytes == b->bytes && a->rate == b->rate && a->hold == b->hold;
}
