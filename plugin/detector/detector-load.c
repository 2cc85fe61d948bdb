/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "detector/detector-load.h"

static bool
is_other_better(enum detector_kind in_use, double hook, double scan)
{
    return (in_use == DETECTOR_HOOK
            ? (hook > DETECTOR_LOAD_MAX
               && (scan < DETECTOR_LOAD_CHEAP || scan < hook / 2))
            : hook < DETECTOR_LOAD_CHEAP || hook < scan / 2);
}

enum detector_kind
detector_load_update(struct detector_load *load, enum detector_kind in_use,
                     double hook, double scan, long long int now)
{
    if (!is_other_better(in_use, hook, scan)) {
        load->readings = 0;
        return in_use;
    }
    load->readings++;
    if (load->readings < DETECTOR_LOAD_READINGS
        || (load->changed && now < load->changed + DETECTOR_LOAD_REST)) {
        return in_use;
    }
    load->readings = 0;
    load->changed = now;
    return in_use == DETECTOR_HOOK ? DETECTOR_SCAN : DETECTOR_HOOK;
}
