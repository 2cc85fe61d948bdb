/* SPDX-License-Identifier: Apache-2.0 */

#ifndef POLICY_H
#define POLICY_H 1

/* Where a pod should go, by what it is and by what the nodes carry.
 *
 * Pure: a function of its arguments.  Documentation/scheduling.rst tells the
 * same on a page, for people; this is the short form.
 *
 * A node is as loaded as the more loaded of two links: its own, and that of
 * the hypervisor whose virtual machine it is.  Loads are shares of a link:
 * what the elephants take, no less than 5 % for each heavy container (which
 * may only be catching its breath), and what is expected: of pods that were
 * just placed, and of containers at rest, whose workload is heavy and which
 * have no elephant now.
 *
 *     a light or unknown pod   10 * (1 - load)
 *     a heavy pod              10         where others are heavy and it has
 *                                         room
 *                              8          at the first of several equal ones
 *                                         that would be the best with 7
 *                              7 to 2     where none is: by light containers,
 *                                         fewest first
 *                              0          where it has no room
 *     anybody                  5          where nothing is known, or not any
 *                                         more
 *
 * "Room" means that, with the pod, everything on a link (not only elephants)
 * takes 100 % at most.  No pod is said to need more than half of a link: an
 * elephant that took a whole one would have taken any, and fits wherever it
 * gets its half.  If no node has room, a heavy pod goes where the load is
 * least.
 *
 * Differences too small for an integer stay ties, which other plugins decide,
 * except for the 8 above. */

#include <stdbool.h>
#include <stddef.h>

#include "lib/learning.h"

/* The score of a node of which nothing is known. */
#define POLICY_NEUTRAL_SCORE 5

/* What is taken for granted where nothing was measured. */
struct policy_weights {
    double heavy_share;         /* Of a link, by a heavy pod of which no rate
                                 * is known. */
    double heavy_floor;         /* Of a link, at least, for each container
                                 * that is heavy, moving or not. */
    double most_share;          /* Of a link, by any pod that is looking for
                                 * room: one that was seen to take all of a
                                 * link takes what there is. */
    double mixed_share;         /* By a pod that may turn out either way. */
    double unknown_share;       /* By a pod just placed that nobody knows. */
    double light_share;         /* By a light pod just placed. */
    double strict_load;         /* In strict mode, no light pods from here. */
};
extern const struct policy_weights policy_default_weights;

/* How much is known of a node. */
enum policy_knowledge {
    POLICY_FRESH,
    POLICY_STALE,               /* No heartbeat for three intervals. */
    POLICY_NO_NODE,             /* The database has no such node. */
    POLICY_BLIND,               /* It cannot judge any of its containers. */
};

/* A link: of a node, or of its hypervisor. */
struct policy_link {
    double speed;               /* bit/s; 0 if it is not known. */
    double elephants;           /* bit/s in elephants, in the busier
                                 * direction. */
    double all;                 /* bit/s of everything, likewise. */
    double heavy, light, unknown; /* Containers. */

    /* Of these, those at rest, with what they will take, in bit/s. */
    double resting;
    double resting_heavy;       /* Of them, heavy still. */
    double resting_rated;       /* Of them, summed up in the next one. */
    double resting_rate;

    /* Pods that were just placed. */
    double expected;            /* bit/s of those with a known rate. */
    double expected_rated;      /* How many pods those are. */
    double expected_share;      /* Shares of a link, of the other ones. */
    double expected_usual;      /* Shares of a link, of all of them, for a link
                                 * of no known speed. */
    double expected_heavy, expected_light; /* Pods. */

    /* What policy_weigh_link() makes of the above, as shares of the link. */
    double load;                /* Of elephants and what is expected, 0 to
                                 * 1. */
    double pending;             /* Of that, what is expected of pods that were
                                 * just placed. */
    double at_rest;             /* Of that, of containers at rest. */
    double filling;             /* Of everything, may be above 1. */
};

/* Why a node got its score. */
enum policy_reason {
    POLICY_QUIET,               /* No elephants worth a point are there. */
    POLICY_LOADED,              /* Elephants take some of the link. */
    POLICY_WITH_HEAVIES,        /* Heavy among the heavy, with room. */
    POLICY_FEW_LIGHTS,          /* Heavy among the light. */
    POLICY_FULL,                /* Heavy, and the link has no room. */
    POLICY_ALL_FULL,            /* Heavy, and no link has room. */
    POLICY_NEUTRAL_STALE,
    POLICY_NEUTRAL_NO_NODE,
    POLICY_NEUTRAL_BLIND,
    POLICY_N_REASONS
};

struct policy_node {
    enum policy_knowledge knowledge;
    struct policy_link link;
    const struct policy_link *hypervisor; /* Null if there is none. */

    /* What policy_weigh_node() makes of the above: the score of any pod that
     * is not heavy, which depends on nothing else. */
    int score;
    enum policy_reason reason;
};

struct policy_pod {
    enum workload_class class;
    double rate;                /* What it will take, in bit/s; 0 if that is
                                 * not known. */
};

struct policy_verdict {
    int score;                  /* 0 to 10. */
    enum policy_reason reason;
    bool by_hypervisor;         /* Is it the hypervisor's link that decides? */
    double load;                /* Of that link, 0 to 1. */
    double expected;            /* Of that, by pods that were just placed. */
    double at_rest;             /* Of that, by containers at rest. */
    double with_pod;            /* The load with this pod and all other
                                 * traffic, may be above 1. */
    double light;               /* Containers on the node that are neither
                                 * heavy nor at rest. */
    bool refused;               /* In strict mode: not here. */
};

/* Works out what any question wants to know of 'link'. */
void policy_weigh_link(const struct policy_weights *, struct policy_link *);

/* The same for 'node', whose links have been weighed. */
void policy_weigh_node(struct policy_node *node);

/* Judges the 'n' nodes for 'pod', which have been weighed.  'verdicts'
 * has room for as many. */
void policy_judge(const struct policy_weights *, const struct policy_pod *,
                  const struct policy_node *const *nodes, size_t n,
                  struct policy_verdict *verdicts);

/* The share of a link that a pod of this class is expected to take where no
 * rate, or no speed, says it better. */
double policy_get_share(const struct policy_weights *,
                        const struct policy_pod *);

/* "quiet", "loaded", ..., for programs. */
const char *policy_reason_to_string(enum policy_reason);

/* Is a verdict for this reason neutral, because nothing is known? */
bool policy_reason_is_neutral(enum policy_reason);

#endif /* policy.h */
