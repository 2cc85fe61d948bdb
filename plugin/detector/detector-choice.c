/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "detector/detector-choice.h"

#include "detector/detector.h"
#include "openvswitch/dynamic-string.h"
#include "ovsdb/footprint-keys.h"
#include "util.h"

static bool
choice_allows(enum detector_choice choice, enum detector_kind kind)
{
    switch (choice) {
    case DETECTOR_CHOICE_AUTO:
        return true;
    case DETECTOR_CHOICE_HOOK:
        return kind == DETECTOR_HOOK;
    case DETECTOR_CHOICE_SCAN:
        return kind == DETECTOR_SCAN;
    case DETECTOR_CHOICE_POLL:
        return kind == DETECTOR_POLL;
    case DETECTOR_CHOICE_NONE:
        return kind == DETECTOR_NONE;
    }
    OVS_NOT_REACHED();
}

/* Adds to 'why' the reason why a kind of detector is not used.  Takes
 * ownership of 'error', from the attempt to create it, or null if 'choice'
 * excludes it. */
static void
explain(struct ds *why, enum detector_choice choice, char *error)
{
    if (error) {
        ds_put_format(why, "%s%s", why->length ? "; " : "", error);
        free(error);
    } else if (!why->length) {
        ds_put_format(why, choice == DETECTOR_CHOICE_NONE
                      ? "switched off by external_ids:%s=none"
                      : "another one is asked for by external_ids:%s",
                      FP_CFG_DETECTOR);
    }
}

struct detector *
detector_choose(enum detector_choice choice, char **whyp)
{
    static const enum detector_kind best_first[] = {
        DETECTOR_HOOK, DETECTOR_SCAN, DETECTOR_POLL, DETECTOR_NONE,
    };
    struct ds why = DS_EMPTY_INITIALIZER;
    struct detector *detector = NULL;

    for (size_t i = 0; !detector; i++) {
        char *error = NULL;

        ovs_assert(i < ARRAY_SIZE(best_first));
        if (choice_allows(choice, best_first[i])
            || best_first[i] == DETECTOR_NONE) {
            detector = detector_create(best_first[i], &error);
        }
        if (!detector) {
            explain(&why, choice, error);
        }
    }
    *whyp = why.length ? ds_steal_cstr(&why) : NULL;
    ds_destroy(&why);
    return detector;
}
