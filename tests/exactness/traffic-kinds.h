/* SPDX-License-Identifier: Apache-2.0 */

#ifndef TRAFFIC_KINDS_H
#define TRAFFIC_KINDS_H 1

/* What kinds of flows traffic-gen makes: each an example of something that is
 * an elephant, or just is not. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The threshold. */
struct traffic_threshold {
    uint64_t bytes;
    double rate;                /* Bytes per second. */
    double interval;            /* Seconds between two looks of a detector:
                                 * what is fast, is so for some of these. */
};

enum traffic_dir {
    TRAFFIC_ORIG,               /* From the client. */
    TRAFFIC_REPLY,              /* From the server. */
    TRAFFIC_BOTH
};

/* A part of what a flow does. */
struct traffic_step {
    uint64_t bytes;             /* Headers included, for UDP. */
    double rate;                /* Bytes per second. */
    int pause;                  /* Milliseconds before it. */
};

#define TRAFFIC_MAX_STEPS 32

struct traffic_plan {
    bool is_tcp;
    enum traffic_dir dir;
    const struct traffic_threshold *threshold;
    struct traffic_step steps[TRAFFIC_MAX_STEPS];
    int n_steps;
};

struct traffic_kind {
    const char *name;
    const char *claim;          /* Is it an elephant?  "true", "false", or, if
                                 * that depends on the detector, "null". */
    void (*plan)(struct traffic_plan *); /* Adds the steps. */
    bool udp_only;
    bool unanswered;            /* The server does not say anything. */
};

extern const struct traffic_kind traffic_kinds[];
extern const size_t traffic_n_kinds;

#endif /* traffic-kinds.h */
