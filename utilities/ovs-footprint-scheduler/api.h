/* SPDX-License-Identifier: Apache-2.0 */

#ifndef API_H
#define API_H 1

/* What is served by HTTP: kube-scheduler's extender, /v1 for everybody else,
 * health, metrics, and a page to look at. */

#include <stdbool.h>
#include <stdint.h>

#include "lib/openmetrics.h"

struct http_request;
struct http_response;
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

/* Answers 'request': an http_handler, 'api' is a struct api. */
void api_handle(const struct http_request *request,
                struct http_response *response, void *api);

#endif /* api.h */
