/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "lib/learning.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

/* The rule: see learning.h. */
#define HEAVY_SHARE 0.5
#define LIGHT_SHARE 0.25
#define SURE 0.8
#define MIXED_TRIALS 4.0
#define NODE_TRIALS 3.0

/* More trials than this make no result surer, only the arithmetic less
 * exact. */
#define ENOUGH_TRIALS 1000.0

/* A heavy workload is a source, or a sink, if it is that for at least this
 * share of the time in which its role is known. */
#define ROLE_SHARE (2.0 / 3.0)

/* Jeffreys' prior. */
#define PRIOR 0.5

/* The continued fraction of the incomplete beta function at 'x', by Lentz's
 * method (Abramowitz and Stegun, 26.5.8).  'x' is such that it converges
 * fast. */
static double
beta_fraction(double a, double b, double x)
{
    const double tiny = DBL_MIN / DBL_EPSILON;
    double c = 1.0, d = 1.0 - (a + b) * x / (a + 1.0);
    double h;

    d = 1.0 / (fabs(d) < tiny ? tiny : d);
    h = d;
    for (int i = 1; i < 500; i++) {
        double even = i * (b - i) * x / ((a + 2 * i - 1) * (a + 2 * i));
        double odd = (-(a + i) * (a + b + i) * x
                      / ((a + 2 * i) * (a + 2 * i + 1)));
        double old = h;

        for (int j = 0; j < 2; j++) {
            double step = j ? odd : even;

            d = 1.0 + step * d;
            c = 1.0 + step / c;
            d = 1.0 / (fabs(d) < tiny ? tiny : d);
            c = fabs(c) < tiny ? tiny : c;
            h *= d * c;
        }
        if (fabs(h - old) < 1e-12 * fabs(h)) {
            break;
        }
    }
    return h;
}

/* P(p < x) if p has the distribution Beta('a', 'b'). */
static double
beta_below(double a, double b, double x)
{
    double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b)
                       + a * log(x) + b * log1p(-x));

    return (x < (a + 1.0) / (a + b + 2.0)
            ? front * beta_fraction(a, b, x) / a
            : 1.0 - front * beta_fraction(b, a, 1.0 - x) / b);
}

/* Can 'x' be a sum of observations?  None comes near 1e18, which an integer of
 * 64 bits still holds. */
static bool
is_sum(double x)
{
    return isfinite(x) && x >= 0 && x <= 1e18;
}

/* Is 'part' no more than 'whole', but for rounding? */
static bool
is_part(double part, double whole)
{
    return part <= whole * (1 + 1e-6) + 1e-6;
}

static bool
are_sums(const struct observation *o)
{
    return (is_sum(o->trials) && is_sum(o->heavy_trials)
            && is_sum(o->seconds) && is_sum(o->heavy_seconds)
            && is_sum(o->source_seconds) && is_sum(o->sink_seconds)
            && is_sum(o->bytes) && is_sum(o->peak_rate)
            && o->instances >= 0);
}

const char *
observation_check(const struct observation *o, long long int now)
{
    long long int latest = MAX(now, 0) + LEARNING_MAX_CLOCK_ERROR;

    if (!are_sums(o)) {
        return "a sum is negative or not a number";
    } else if (!is_part(o->heavy_trials, o->trials)) {
        return "it has more heavy trials than trials";
    } else if (!is_part(o->heavy_seconds, o->seconds)
               || !is_part(o->source_seconds, o->heavy_seconds)
               || !is_part(o->sink_seconds, o->heavy_seconds)) {
        return "a part of its time is longer than the whole";
    } else if (o->timestamp < 0 || o->first_seen < 0 || o->last_seen < 0) {
        return "a time is negative";
    } else if (o->timestamp > latest || o->first_seen > latest
               || o->last_seen > latest) {
        return "a time is in the future";
    }
    return NULL;
}

void
observation_decay(struct observation *o, long long int half_life,
                  long long int now)
{
    if (now > o->timestamp) {
        double age = (double) now - (double) o->timestamp;
        double factor;

        half_life = MIN(MAX(half_life, LEARNING_MIN_HALF_LIFE),
                        LEARNING_MAX_HALF_LIFE);
        factor = exp2(-age / half_life);
        o->trials *= factor;
        o->heavy_trials *= factor;
        o->seconds *= factor;
        o->heavy_seconds *= factor;
        o->source_seconds *= factor;
        o->sink_seconds *= factor;
        o->bytes *= factor;
        o->timestamp = now;
    }
}

static int
compare(double a, double b)
{
    return (a > b) - (a < b);
}

/* Sorts by weight, and then by all else that the result depends on, so that it
 * does not depend on the order of the observations. */
static int
compare_observations(const void *a_, const void *b_)
{
    const struct observation *a = a_;
    const struct observation *b = b_;
    int cmp = compare(a->trials, b->trials);

    cmp = cmp ? cmp : compare(a->heavy_trials, b->heavy_trials);
    cmp = cmp ? cmp : compare(a->heavy_seconds, b->heavy_seconds);
    cmp = cmp ? cmp : compare(a->seconds, b->seconds);
    cmp = cmp ? cmp : compare(a->source_seconds, b->source_seconds);
    return cmp ? cmp : compare(a->sink_seconds, b->sink_seconds);
}

/* Keeps those of the 'n' observations that can be true, decayed until 'now'
 * and sorted by weight.  Returns how many. */
static size_t
keep_good(struct observation *o, size_t n, long long int half_life,
          long long int now, struct learned *learned)
{
    size_t n_good = 0;

    for (size_t i = 0; i < n; i++) {
        const char *why = observation_check(&o[i], now);

        if (why) {
            learned->n_ignored++;
            learned->ignored = why;
        } else {
            o[n_good] = o[i];
            observation_decay(&o[n_good++], half_life, now);
        }
    }
    /* Without any, 'o' may be null, which qsort() does not allow. */
    if (n_good) {
        qsort(o, n_good, sizeof *o, compare_observations);
    }
    return n_good;
}

/* Limits each node's trials to the median node's, or to NODE_TRIALS if that is
 * more.  'o' is sorted by weight. */
static void
bound_weights(struct observation *o, size_t n)
{
    double max = MAX(NODE_TRIALS, o[(n - 1) / 2].trials);

    for (size_t i = 0; i < n; i++) {
        if (o[i].trials > max) {
            o[i].heavy_trials *= max / o[i].trials;
            o[i].trials = max;
        }
    }
}

/* Decides on the class, as learning.h says, by 'heavy' of the trials being
 * heavy. */
static void
decide_class(struct learned *learned, double heavy)
{
    double scale = MIN(ENOUGH_TRIALS / MAX(learned->trials, 1), 1);
    double a = heavy * scale + PRIOR;
    double b = MAX(learned->trials - heavy, 0) * scale + PRIOR;
    double p_heavy = 1 - beta_below(a, b, HEAVY_SHARE);
    double p_light = beta_below(a, b, LIGHT_SHARE);

    if (p_heavy >= SURE) {
        learned->class = WORKLOAD_HEAVY;
        learned->confidence = p_heavy;
    } else if (p_light >= SURE) {
        learned->class = WORKLOAD_LIGHT;
        learned->confidence = p_light;
    } else if (learned->trials >= MIXED_TRIALS) {
        learned->class = WORKLOAD_MIXED;
        learned->confidence = MAX(1 - p_heavy - p_light, 0);
    }
}

/* A node's figure, and how much the node counts. */
struct weighted {
    double value;
    double weight;
};

static int
compare_weighted(const void *a_, const void *b_)
{
    const struct weighted *a = a_;
    const struct weighted *b = b_;
    int cmp = compare(a->value, b->value);

    return cmp ? cmp : compare(a->weight, b->weight);
}

/* Returns the lower weighted median; 0 if there is none. */
static double
weighted_median(struct weighted *w, size_t n)
{
    double total = 0, below = 0;

    qsort(w, n, sizeof *w, compare_weighted);
    for (size_t i = 0; i < n; i++) {
        total += w[i].weight;
    }
    for (size_t i = 0; i < n; i++) {
        below += w[i].weight;
        if (below >= total / 2) {
            return w[i].value;
        }
    }
    return 0;
}

/* Where three nodes or more saw it heavy, the second highest peak counts, so
 * that one node alone does not decide. */
static void
sum_rates(const struct observation *o, size_t n, struct learned *learned)
{
    struct weighted *typical = xmalloc(n * sizeof *typical);
    struct weighted *peak = xmalloc(n * sizeof *peak);
    size_t n_heavy = 0;

    for (size_t i = 0; i < n; i++) {
        if (o[i].heavy_trials > 0 && o[i].heavy_seconds > 0) {
            typical[n_heavy].value = o[i].bytes * 8 / o[i].heavy_seconds;
            typical[n_heavy].weight = o[i].heavy_trials;
            peak[n_heavy].value = o[i].peak_rate;
            peak[n_heavy++].weight = o[i].heavy_trials;
        }
    }
    learned->typical_rate = weighted_median(typical, n_heavy);
    qsort(peak, n_heavy, sizeof *peak, compare_weighted);
    if (n_heavy) {
        learned->peak_rate = peak[n_heavy - (n_heavy >= 3 ? 2 : 1)].value;
    }
    free(typical);
    free(peak);
}

/* Each node votes with its weight, however long it watched. */
static void
sum_role(const struct observation *o, size_t n, struct learned *learned)
{
    double source = 0, sink = 0;

    for (size_t i = 0; i < n; i++) {
        double told = o[i].source_seconds + o[i].sink_seconds;

        if (told > 0) {
            source += o[i].heavy_trials * o[i].source_seconds / told;
            sink += o[i].heavy_trials * o[i].sink_seconds / told;
        }
    }
    if (source + sink > 0) {
        double share = source / (source + sink);

        learned->role = (share >= ROLE_SHARE ? FOOTPRINT_SOURCE
                         : share <= 1 - ROLE_SHARE ? FOOTPRINT_SINK
                         : FOOTPRINT_BOTH);
    }
}

static void
sum_lives(const struct observation *o, size_t n, struct learned *learned)
{
    double duty = 0;

    learned->first_seen = o[0].first_seen;
    for (size_t i = 0; i < n; i++) {
        learned->instances += MIN(o[i].instances, INT32_MAX);
        learned->first_seen = MIN(learned->first_seen, o[i].first_seen);
        learned->last_seen = MAX(learned->last_seen, o[i].last_seen);
        if (o[i].seconds > 0) {
            duty += o[i].trials * o[i].heavy_seconds / o[i].seconds;
        }
    }
    learned->duty = learned->trials > 0 ? MIN(duty / learned->trials, 1) : 0;
}

static void
sum_good(struct observation *o, size_t n, struct learned *learned)
{
    double heavy = 0;

    bound_weights(o, n);
    for (size_t i = 0; i < n; i++) {
        learned->trials += o[i].trials;
        heavy += o[i].heavy_trials;
    }
    learned->share = learned->trials > 0 ? heavy / learned->trials : 0;
    learned->n_nodes = n;
    decide_class(learned, heavy);
    sum_rates(o, n, learned);
    sum_role(o, n, learned);
    sum_lives(o, n, learned);
}

void
learning_sum(const struct observation *observations, size_t n,
             long long int half_life, long long int now,
             struct learned *learned)
{
    struct observation *good = n ? xmemdup(observations, n * sizeof *good)
                               : NULL;
    size_t n_good;

    memset(learned, 0, sizeof *learned);
    n_good = keep_good(good, n, half_life, now, learned);
    if (n_good) {
        sum_good(good, n_good, learned);
    }
    free(good);
}

char *
learning_parse_half_life(const char *value, long long int *half_life)
{
    size_t n_digits = strspn(value, "0123456789");
    const char *unit = value + n_digits;
    long long int factor = (!*unit || !strcmp(unit, "s") ? 1
                            : !strcmp(unit, "m") ? 60
                            : !strcmp(unit, "h") ? 3600
                            : !strcmp(unit, "d") ? 86400 : 0);
    long long int seconds = 0;

    if (n_digits && n_digits <= 9 && factor) {
        seconds = strtoll(value, NULL, 10) * factor;
    }
    if (seconds < LEARNING_MIN_HALF_LIFE || seconds > LEARNING_MAX_HALF_LIFE) {
        return xstrdup("not a time from 1h to 3650d, such as 7d, 12h or a "
                       "number of seconds");
    }
    *half_life = seconds;
    return NULL;
}

const char *
workload_class_to_string(enum workload_class class)
{
    switch (class) {
    case WORKLOAD_UNKNOWN: return "unknown";
    case WORKLOAD_LIGHT: return "light";
    case WORKLOAD_MIXED: return "mixed";
    case WORKLOAD_HEAVY: return "heavy";
    default: OVS_NOT_REACHED();
    }
}
