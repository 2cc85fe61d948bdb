/* SPDX-License-Identifier: Apache-2.0 */

/* A scheduler extender that knows nothing, for comparison: reads the question,
 * and answers with a constant of the size of an answer for N nodes.
 *
 *     trivial-extender PORT N
 *
 * It is what anybody would write on libmicrohttpd. */

#include <config.h>

#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

struct body {
    char *s;
    size_t n;
};

static enum MHD_Result
answer(void *constant_, struct MHD_Connection *connection,
       const char *url OVS_UNUSED, const char *method OVS_UNUSED,
       const char *version OVS_UNUSED, const char *data, size_t *n,
       void **bodyp)
{
    struct ds *constant = constant_;
    struct body *body = *bodyp;
    struct MHD_Response *response;
    enum MHD_Result result;

    if (!body) {
        *bodyp = xzalloc(sizeof *body);
        return MHD_YES;
    }
    if (*n) {
        body->s = xrealloc(body->s, body->n + *n);
        memcpy(body->s + body->n, data, *n);
        body->n += *n;
        *n = 0;
        return MHD_YES;
    }
    free(body->s);
    free(body);
    *bodyp = NULL;
    response = MHD_create_response_from_buffer(
        constant->length, constant->string, MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(response, "Content-Type", "application/json");
    result = MHD_queue_response(connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return result;
}

int
main(int argc, char *argv[])
{
    struct ds constant = DS_EMPTY_INITIALIZER;

    if (argc != 3) {
        ovs_fatal(0, "usage: %s PORT N", argv[0]);
    }
    ds_put_char(&constant, '[');
    for (int i = 0; i < atoi(argv[2]); i++) {
        ds_put_format(&constant, "%s{\"Host\":\"worker-%05d.example\","
                      "\"Score\":%d}", i ? "," : "", i, i % 11);
    }
    ds_put_char(&constant, ']');
    if (!MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, atoi(argv[1]), NULL,
                          NULL, answer, &constant, MHD_OPTION_END)) {
        ovs_fatal(0, "cannot listen on port %s", argv[1]);
    }
    for (;;) {
        pause();
    }
}
