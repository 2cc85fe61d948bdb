/* SPDX-License-Identifier: Apache-2.0 */

#ifndef HTTP_SERVER_CONFIG_H
#define HTTP_SERVER_CONFIG_H 1

/* What an HTTP server is told when it starts. */

#include <stddef.h>

struct http_server_config {
    const char *listen;         /* "ADDRESS:PORT", "[IPV6]:PORT" or ":PORT";
                                 * port 0 takes a free one. */

    /* TLS, if there is a certificate: names of files in PEM format. */
    const char *private_key;
    const char *certificate;
    const char *ca_cert;        /* If given, a client must have a certificate
                                 * that this one has signed. */

    /* Limits; 0 stands for the default. */
    unsigned int max_connections; /* 256. */
    size_t max_body;            /* Bytes of one request's body, 1 MB. */
    size_t max_bodies;          /* Of all requests at a time, 4 * max_body. */
    unsigned int request_time;  /* Seconds until a request must have arrived,
                                 * and its answer left, 10. */
    unsigned int idle_time;     /* Seconds between two requests, 120. */
};

#endif /* http-server-config.h */
