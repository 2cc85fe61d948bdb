/* SPDX-License-Identifier: Apache-2.0 */

#ifndef COUNTER_JUDGE_H
#define COUNTER_JUDGE_H 1

/* Whether a container moves as much data as an elephant, by nothing but the
 * byte counters of its interface.
 *
 * This is for ports whose flows cannot be seen.  The container is like one
 * that has an elephant when it has moved 'bytes' at 'rate' or more on average,
 * and ceases to be after 'hold' without a sample at that rate.  It is coarser
 * than looking at flows: many mice together look like an elephant.
 *
 * What was moved is added up for as long as its average is at the rate, from
 * the sample on that makes the sum highest: a "run".  So neither where a
 * sample falls in a burst nor a moment in which a busy machine moved nothing
 * hides what a flow would have been charged with.  A container can stay below
 * only by moving less than 'rate' on average, or less than 'bytes' at a time.
 *
 * Pure: takes 'now', in time_msec() time, and the counters. */

#include <stdbool.h>
#include <stdint.h>

#include "evidence/byte-counters.h"
#include "lib/footprint-class.h"

struct elephant_threshold;

struct counter_judge {
    unsigned int n_samples;     /* In a row, at most 2, which is enough to
                                 * judge by. */
    bool elephant;              /* The verdict. */
    enum footprint_role role;   /* The last one if not 'elephant' any more. */

    struct byte_counters last;  /* The last sample. */
    long long int last_time;    /* When that was. */
    uint64_t rate;              /* In bit/s, since the one before. */

    struct byte_counters recent; /* Moved lately; older samples weigh less. */
    struct byte_counters run;   /* Moved at the rate, on average. */
    long long int run_since;    /* When 'run' began. */
    double ahead;               /* Bytes of 'run' that are more than the rate
                                 * moves in that time, but no more than an
                                 * elephant has. */
    bool fast;                  /* Was the last sample at the rate? */
    long long int last_fast;    /* When one last was at the rate, if
                                 * 'elephant'. */
};

/* Begins, with no sample yet. */
void counter_judge_init(struct counter_judge *);

/* Takes the sample 'counters', as they are at 'now'.  Returns true if the
 * verdict or the role changed, or was reached for the first time. */
bool counter_judge_update(struct counter_judge *,
                          const struct byte_counters *counters,
                          const struct elephant_threshold *,
                          long long int now);

/* Returns what the container does with what it has moved lately. */
enum footprint_role counter_judge_get_role(const struct counter_judge *);

/* Are there samples enough to judge by? */
bool counter_judge_is_ready(const struct counter_judge *);

#endif /* counter-judge.h */
