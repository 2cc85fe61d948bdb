/* SPDX-License-Identifier: Apache-2.0 */

#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H 1

/* A small HTTP/1.1 server for programs with a poll loop.
 *
 * It is libmicrohttpd without a thread: http_server_run() does what can be
 * done now, http_server_wait() has the poll loop wake up when there is more.
 * A request is handed over when it has arrived whole, and is answered at once.
 *
 * Nobody can make it wait or grow: the number of connections, the size of a
 * body, of all bodies together and of a header, and the time in which a
 * request must have arrived are limited.  What goes beyond is answered with a
 * 4xx or 503 and the reason, in JSON: {"error":"..."}. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/http-server-config.h"
#include "openvswitch/dynamic-string.h"

/* A request, as the handler sees it: valid only while it runs. */
struct http_request {
    const char *method;         /* "GET" also for HEAD. */
    const char *path;           /* Decoded, without what follows a "?". */
    const char *body;           /* Not null, and ends with a null byte. */
    size_t body_length;         /* In bytes, without that null byte. */
    struct http_conn *conn;     /* For the functions below. */
};

/* Returns the argument 'name' of the request's query, decoded, or null if it
 * has none. */
const char *http_request_get_argument(const struct http_request *,
                                      const char *name);

/* Returns the header 'name', or null if there is none. */
const char *http_request_get_header(const struct http_request *,
                                    const char *name);

/* The answer.  The handler fills 'body', and changes the rest where the
 * default, 200 and "application/json", is not right. */
struct http_response {
    unsigned int status;
    const char *content_type;   /* A constant. */
    const char *allow;          /* For 405: the methods, a constant; else
                                 * null. */
    struct ds body;             /* Taken over by the server. */
};

/* Makes the answer an error: {"error":"..."}, in place of what it was. */
void http_response_set_error(struct http_response *, unsigned int status,
                             const char *format, ...)
    OVS_PRINTF_FORMAT(3, 4);

typedef void http_handler(const struct http_request *, struct http_response *,
                          void *aux);

/* What a server had to do, and how often it refused a request without asking
 * the handler, by status. */
struct http_server_stats {
    uint64_t connections;       /* Accepted. */
    uint64_t requests;          /* Handed over. */
    uint64_t too_large;         /* 413. */
    uint64_t too_busy;          /* 503: all bodies together. */
    uint64_t too_slow;          /* 408. */
    uint64_t truncated;         /* 400: the client stopped in the middle. */
    uint64_t unauthorized;      /* 401: no or an invalid client certificate. */
};

struct http_server;

/* Returns a server that listens, or null and in '*errorp' a sentence, which
 * the caller must free.  The strings in 'config' need not outlive the call. */
struct http_server *http_server_create(const struct http_server_config *,
                                       http_handler *, void *aux,
                                       char **errorp);
void http_server_destroy(struct http_server *);

void http_server_run(struct http_server *);
void http_server_wait(struct http_server *);

/* Returns the URL of the server's root, e.g. "http://127.0.0.1:8080". */
const char *http_server_get_url(const struct http_server *);

const struct http_server_stats *http_server_get_stats(
    const struct http_server *);

#endif /* http-server.h */
