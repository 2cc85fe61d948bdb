/* SPDX-License-Identifier: Apache-2.0 */

#ifndef QUEUE_PLAN_H
#define QUEUE_PLAN_H 1

/* The queues that policies ask for, and what each gets of an uplink.
 *
 * Queue 0 is everybody else's.  It is guaranteed the rate that the others are
 * not: mice wait for no elephant, and elephants have what mice leave.
 * Pure. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct topology;

/* One queue.  Rates are in bit/s, 0 where nobody said any. */
struct queue_wish {
    uint32_t id;
    uint64_t min_rate;
    uint64_t max_rate;
    char *port;                 /* Who said the rates, or null. */
};

struct queue_plan {
    struct queue_wish *queues;  /* By number, the smallest first. */
    size_t n;
    char *problem;              /* A sentence, or null. */
};

void queue_plan_init(struct queue_plan *);
void queue_plan_destroy(struct queue_plan *);

/* Makes 'plan' what the policies in force ask for. */
void queue_plan_update(struct queue_plan *plan, const struct topology *);

/* Stores in 'given', which has room for one more queue than 'plan' has, what
 * queue 0 and the others get of an uplink of 'speed', in bit/s.  Their 'port's
 * are the plan's.  Returns false, with 'given' undefined, if they ask for more
 * than there is. */
bool queue_plan_divide(const struct queue_plan *plan, uint64_t speed,
                       struct queue_wish given[]);

#endif /* queue-plan.h */
