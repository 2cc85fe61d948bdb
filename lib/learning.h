/* SPDX-License-Identifier: Apache-2.0 */

#ifndef LEARNING_H
#define LEARNING_H 1

/* What a workload is, by all that nodes have seen of it.
 *
 * The unit of evidence is a trial: a container of the workload for a day, or
 * for as long as it lived.  A trial is heavy if the container was, at any time
 * in it, and counts 1 as soon as it is; otherwise it is light and counts by
 * how long the container was watched, up to 1 after an hour.  Trials are made
 * from footprints by plugin/publish/observer.h.
 *
 * Trials are taken as draws from a Bernoulli distribution whose parameter, the
 * share p of heavy trials, may drift: each counts half as much after each
 * half-life (exponential forgetting; Kulhavy and Zarrop, "On a general concept
 * of forgetting", Int. J. Control 58, 1993).  With Jeffreys' prior the
 * posterior of p is Beta(h + 1/2, t - h + 1/2) for h heavy of t trials (Brown,
 * Cai and DasGupta, "Interval estimation for a binomial proportion",
 * Statistical Science 16, 2001).  The workload is
 *
 *     heavy    if P(p > 1/2) >= 0.8      one heavy trial and no other: 0.82
 *     light    if P(p < 1/4) >= 0.8      three light trials and no other: 0.83
 *     mixed    otherwise, once there are 4 trials' worth of evidence
 *     unknown  otherwise
 *
 * So one odd replica does not convict a hundred.  A workload that becomes
 * heavy for good counts as heavy within about one half-life; one that becomes
 * light is no longer heavy after about one, and light after two to three.
 *
 * One node's weight is bounded, so that a node that lies lies in its own name
 * only: its trials count as the median node's, at most, or as 3, whichever is
 * more.  Rates are medians of nodes by weight, for the same reason.
 *
 * Pure: the result depends on the arguments only, in whatever order the
 * observations are.  Times are in seconds of wall clock time, and need agree
 * within minutes only. */

#include <stdbool.h>
#include <stddef.h>

#include "lib/footprint-class.h"

/* A half-life, in seconds. */
#define LEARNING_HALF_LIFE (7LL * 24 * 3600)
#define LEARNING_MIN_HALF_LIFE 3600LL
#define LEARNING_MAX_HALF_LIFE (3650LL * 24 * 3600)

/* A workload that is not seen any more is forgotten when the evidence is worth
 * less than this many trials, and after this many half-lives at the latest. */
#define LEARNING_FORGOTTEN 0.05
#define LEARNING_MAX_HALF_LIVES 10

/* By how much a time may be in the future, in seconds. */
#define LEARNING_MAX_CLOCK_ERROR 86400LL

/* What one node has seen of one workload.  The sums decay from 'timestamp'. */
struct observation {
    long long int timestamp;    /* When the sums were right. */
    double trials;              /* How many, by weight: 1 at most for each. */
    double heavy_trials;        /* How many of those were heavy. */
    double seconds;             /* Watched, in sum over the containers. */
    double heavy_seconds;       /* Of those, heavy.  Those in which a container
                                 * was heavy only because it had been do not
                                 * count. */
    double source_seconds;      /* Of 'heavy_seconds', those as a source. */
    double sink_seconds;        /* Likewise, as a sink; both may count. */
    double bytes;               /* In elephants. */

    /* These do not decay. */
    double peak_rate;           /* Of one container, in bit/s. */
    long long int instances;    /* Containers seen. */
    long long int first_seen;   /* When the first one was. */
    long long int last_seen;    /* When one was last. */
};

enum workload_class {
    WORKLOAD_UNKNOWN,
    WORKLOAD_LIGHT,
    WORKLOAD_MIXED,
    WORKLOAD_HEAVY,
};

/* What is known of a workload. */
struct learned {
    enum workload_class class;
    double confidence;          /* In 'class': 0 to 1; 0 if unknown. */
    double share;               /* Estimate of p, 0 to 1; 0 without a trial. */
    double trials;              /* Weight of all evidence. */
    enum footprint_role role;   /* FOOTPRINT_NONE if it was never heavy. */
    double duty;                /* Share of the time that it has elephants. */
    double typical_rate;        /* Of one container meanwhile, in bit/s. */
    double peak_rate;
    long long int instances;
    long long int first_seen, last_seen; /* 0 without an observation. */
    size_t n_nodes;             /* Whose observations counted. */
    size_t n_ignored;           /* Observations that cannot be true. */
    const char *ignored;        /* Why one of those is not; otherwise null. */
};

/* Computes 'learned' from the 'n' observations of a workload, each of another
 * node, at the time 'now'.  'half_life' is in seconds. */
void learning_sum(const struct observation *, size_t n,
                  long long int half_life, long long int now,
                  struct learned *learned);

/* Returns null if 'observation' can be true at 'now', otherwise what is wrong
 * with it, in a few words. */
const char *observation_check(const struct observation *, long long int now);

/* Turns the sums of 'observation' into what they are worth at 'now'.  A 'now'
 * before its timestamp changes nothing. */
void observation_decay(struct observation *, long long int half_life,
                       long long int now);

/* Parses a half-life: "7d", "12h", "90m", or a number of seconds.  Returns
 * null and stores it in '*half_life', in seconds, or returns a malloc()'d
 * phrase that says what would be right. */
char *learning_parse_half_life(const char *, long long int *half_life);

/* "unknown", "light", "mixed", "heavy". */
const char *workload_class_to_string(enum workload_class);

#endif /* learning.h */
