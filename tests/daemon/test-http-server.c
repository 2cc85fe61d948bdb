/* SPDX-License-Identifier: Apache-2.0 */

/* An HTTP server that says what it was asked, for tests/daemon/http-server.at:
 *
 *     test-http-server LISTEN [KEY CERTIFICATE [CA]] &
 *
 * It prints its URL when it listens.  Its limits are small: 3 connections, 2
 * seconds a request, bodies of 2,000 bytes, 3,000 of all together.  "/exit"
 * ends it. */

#include <config.h>
#include "lib/http-server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "util.h"

static bool exiting;

static void
handle(const struct http_request *request, struct http_response *response,
       void *aux OVS_UNUSED)
{
    const char *argument = http_request_get_argument(request, "q");
    const char *header = http_request_get_header(request, "x-test");

    if (!strcmp(request->path, "/exit")) {
        exiting = true;
    } else if (!strcmp(request->path, "/large")) {
        ds_put_char_multiple(&response->body, 'x', 5000000);
        return;
    } else if (!strcmp(request->path, "/no")) {
        http_response_set_error(response, 404, "%s: not \"here\"",
                                request->path);
        return;
    }
    response->content_type = "text/plain";
    ds_put_format(&response->body, "%s %s q=%s x-test=%s %"PRIuSIZE
                  " bytes:%s%.9s\n", request->method, request->path,
                  argument ? argument : "-", header ? header : "-",
                  request->body_length, *request->body ? " " : "",
                  request->body);
}

int
main(int argc, char *argv[])
{
    struct http_server_config config = {
        .listen = argc > 1 ? argv[1] : "127.0.0.1:0",
        .private_key = argc > 2 ? argv[2] : NULL,
        .certificate = argc > 3 ? argv[3] : NULL,
        .ca_cert = argc > 4 ? argv[4] : NULL,
        .max_connections = 3,
        .max_body = 2000,
        .max_bodies = 3000,
        .request_time = 2,
        .idle_time = 4,
    };
    struct http_server *server;
    char *error;

    ovs_set_program_name(argv[0], PACKAGE_VERSION);
    vlog_set_levels(NULL, VLF_SYSLOG, VLL_OFF);
    server = http_server_create(&config, handle, NULL, &error);
    if (!server) {
        fprintf(stderr, "%s\n", error);
        free(error);
        return 1;
    }
    puts(http_server_get_url(server));
    fflush(stdout);
    while (!exiting) {
        http_server_run(server);
        http_server_wait(server);
        poll_block();
    }
    http_server_run(server);
    const struct http_server_stats *stats = http_server_get_stats(server);
    printf("requests %"PRIu64" too-large %"PRIu64" too-busy %"PRIu64
           " too-slow %"PRIu64" truncated %"PRIu64" unauthorized %"PRIu64"\n",
           stats->requests, stats->too_large, stats->too_busy, stats->too_slow,
           stats->truncated, stats->unauthorized);
    http_server_destroy(server);
    return 0;
}
