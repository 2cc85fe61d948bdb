/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "tests/exactness/traffic-kinds.h"

#include "util.h"

static void
add_step(struct traffic_plan *p, double bytes, double rate, int pause)
{
    ovs_assert(p->n_steps < TRAFFIC_MAX_STEPS);
    p->steps[p->n_steps++] = (struct traffic_step) { bytes, rate, pause };
}

/* Returns how many bytes a flow at 'rate' moves while it is fast for long
 * enough: in 3.5 intervals, a detector looks at it three times at least. */
static double
enough(const struct traffic_threshold *t, double rate)
{
    return rate * t->interval * 3.5;
}

static void
plan_over(struct traffic_plan *p)
{
    const struct traffic_threshold *t = p->threshold;
    double rate = 2 * t->rate;

    add_step(p, MAX(1.3 * t->bytes, enough(t, rate)), rate, 0);
}

static void
plan_way_over(struct traffic_plan *p)
{
    const struct traffic_threshold *t = p->threshold;
    double rate = 8 * t->rate;

    add_step(p, MAX(4 * t->bytes, enough(t, rate)), rate, 0);
}

/* As many bytes as the threshold, with UDP to the byte. */
static void
plan_exact(struct traffic_plan *p)
{
    const struct traffic_threshold *t = p->threshold;
    double rate = MIN(4 * t->rate, t->bytes / t->interval / 3.5);

    add_step(p, p->is_tcp ? 1.05 * t->bytes : t->bytes,
             MAX(rate, 1.5 * t->rate), 0);
}

static void
plan_one_less(struct traffic_plan *p)
{
    const struct traffic_threshold *t = p->threshold;

    add_step(p, p->is_tcp ? 0.8 * t->bytes : t->bytes - 1,
             2 * t->rate, 0);
}

static void
plan_slow(struct traffic_plan *p)
{
    const struct traffic_threshold *t = p->threshold;

    add_step(p, 1.3 * t->bytes, 0.4 * t->rate, 0);
}

static void
plan_slow_long(struct traffic_plan *p)
{
    const struct traffic_threshold *t = p->threshold;

    add_step(p, 3 * t->bytes, 0.6 * t->rate, 0);
}

static void
plan_late_burst(struct traffic_plan *p)
{
    const struct traffic_threshold *t = p->threshold;
    double rate = 3 * t->rate;

    add_step(p, 0.9 * t->bytes, 0.5 * t->rate, 0);
    add_step(p, MAX(1.2 * t->bytes, enough(t, rate)), rate, 0);
}

static void
plan_early_burst(struct traffic_plan *p)
{
    const struct traffic_threshold *t = p->threshold;

    add_step(p, 0.5 * t->bytes, 3 * t->rate, 0);
    add_step(p, 1.2 * t->bytes, 0.4 * t->rate, 0);
}

/* Fast for long enough, again and again. */
static void
plan_bursty(struct traffic_plan *p)
{
    const struct traffic_threshold *t = p->threshold;
    double rate = 3 * t->rate;

    for (int i = 0; i < 3; i++) {
        add_step(p, MAX(0.6 * t->bytes, enough(t, rate)), rate, i ? 2000 : 0);
    }
}

/* Fast, but never for long, and slow on average. */
static void
plan_spiky(struct traffic_plan *p)
{
    const struct traffic_threshold *t = p->threshold;

    double bytes = t->bytes / 10;

    for (int i = 0; i < 20; i++) {
        add_step(p, bytes, 8 * t->rate, bytes / (0.5 * t->rate) * 1000);
    }
}

static void
plan_mouse(struct traffic_plan *p)
{
    const struct traffic_threshold *t = p->threshold;

    add_step(p, 0.05 * t->bytes, 4 * t->rate, 0);
}

static void
plan_tiny(struct traffic_plan *p)
{
    const struct traffic_threshold *t = p->threshold;

    add_step(p, 100, t->rate, 0);
}

const struct traffic_kind traffic_kinds[] = {
    { "over", "true", plan_over, false, false },
    { "way-over", "true", plan_way_over, false, false },
    { "exact", "true", plan_exact, false, false },
    { "one-less", "false", plan_one_less, false, false },
    { "slow", "false", plan_slow, false, false },
    { "slow-long", "false", plan_slow_long, false, false },
    { "late-burst", "true", plan_late_burst, false, false },
    { "early-burst", "false", plan_early_burst, false, false },
    { "bursty", "true", plan_bursty, false, false },
    { "spiky", "null", plan_spiky, true, false },
    { "mouse", "false", plan_mouse, false, false },
    { "tiny", "false", plan_tiny, false, false },
    { "unanswered", "false", plan_way_over, true, true },
};

const size_t traffic_n_kinds = ARRAY_SIZE(traffic_kinds);
