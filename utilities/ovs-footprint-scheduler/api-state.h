/* SPDX-License-Identifier: Apache-2.0 */

#ifndef API_STATE_H
#define API_STATE_H 1

/* What the API answers from, and what it counts. */

#include <stdbool.h>
#include <stdint.h>

#include "lib/openmetrics.h"

struct http_server;
struct scheduler;

/* What is counted for each verb. */
enum api_verb {
    API_FILTER,
    API_PRIORITIZE,
    API_OTHER,
    API_N_VERBS
};

struct api {
    struct scheduler *scheduler;
    struct http_server *server;
    bool loaded;                /* Has the database been read once? */
    bool connected;             /* Is there a connection to it? */
    const char *database;       /* Its name, for messages. */
    char *problem;              /* Why there is none, or null. */

    uint64_t requests[API_N_VERBS];
    uint64_t errors[API_N_VERBS];
    struct openmetrics_histogram latency[API_N_VERBS];
};

#endif /* api-state.h */
