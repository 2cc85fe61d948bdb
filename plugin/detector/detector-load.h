/* SPDX-License-Identifier: Apache-2.0 */

#ifndef DETECTOR_LOAD_H
#define DETECTOR_LOAD_H 1

/* Which detector the present load calls for, if there is a choice.
 *
 * The hook costs something for each packet, and scan something for each entry
 * of conntrack's table, every second.  The hook tells of an elephant at once
 * and misses none, so it is used as long as it is cheap enough; otherwise
 * whichever is cheaper is:
 *
 *                  the hook costs more than DETECTOR_LOAD_MAX, and scan either
 *                  less than DETECTOR_LOAD_CHEAP or half as much
 *             HOOK ------------------------------------------------> SCAN
 *                  <------------------------------------------------
 *                  the hook costs less than DETECTOR_LOAD_CHEAP, or half as
 *                  much as scan
 *
 * DETECTOR_LOAD_READINGS in a row have to agree, and DETECTOR_LOAD_REST has to
 * have passed since the last change.  So where either would cost less than
 * DETECTOR_LOAD_CHEAP, neither costs more than DETECTOR_LOAD_MAX for longer
 * than that.
 *
 * Pure: takes 'now', in time_msec() time, and costs. */

#include <stdbool.h>

#include "detector/detector.h"

/* Shares of a processor. */
#define DETECTOR_LOAD_MAX .01
#define DETECTOR_LOAD_CHEAP .008

#define DETECTOR_LOAD_READINGS 3

/* In milliseconds. */
#define DETECTOR_LOAD_REST 60000

/* All zeros is a valid initial state. */
struct detector_load {
    unsigned int readings;      /* In a row that call for another one. */
    long long int changed;      /* When another one was last called for. */
};

/* 'hook' and 'scan' are what these kinds cost, or would cost, and 'in_use' is
 * one of them.  Returns the one to use from now on. */
enum detector_kind detector_load_update(struct detector_load *,
                                        enum detector_kind in_use,
                                        double hook, double scan,
                                        long long int now);

#endif /* detector-load.h */
