/* SPDX-License-Identifier: Apache-2.0 */

#ifndef HTTP_LISTENER_H
#define HTTP_LISTENER_H 1

/* What an HTTP server is told when it starts, made into what it starts with:
 * a socket that listens, and the contents of the files of TLS. */

#include <stdbool.h>

struct http_server_config;

struct http_listener {
    int fd;                     /* Listens; whoever serves on it closes it. */
    char *url;                  /* Where that is, with the port it took. */

    /* In PEM format; null without TLS. */
    char *key;
    char *certificate;
    char *ca;                   /* That clients' certificates are signed by. */
};

/* Returns false, and in '*errorp' a sentence, which the caller must free, if
 * 'config' is invalid.  '*l' must be destroyed in either case. */
bool http_listener_init(struct http_listener *l,
                        const struct http_server_config *config,
                        char **errorp);

/* Leaves the socket alone. */
void http_listener_destroy(struct http_listener *);

#endif /* http-listener.h */
