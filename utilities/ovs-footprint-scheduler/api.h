/* SPDX-License-Identifier: Apache-2.0 */

#ifndef API_H
#define API_H 1

/* What is served by HTTP: kube-scheduler's extender, /v1 for everybody else,
 * health, metrics, and a page to look at. */

#include "api-state.h"

struct http_request;
struct http_response;

/* Answers 'request': an http_handler, 'api' is a struct api. */
void api_handle(const struct http_request *request,
                struct http_response *response, void *api);

#endif /* api.h */
