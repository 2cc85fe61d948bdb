/*
 * Copyright (c) 2026 The ovs-footprint Authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at:
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

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
