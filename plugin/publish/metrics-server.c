/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "publish/metrics-server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conntrack/ct-dump.h"
#include "conntrack/ct-zone.h"
#include "lib/http-server.h"
#include "lib/problem.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovsdb/footprint-keys.h"
#include "publish/metrics.h"
#include "smap.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(metrics_server);

/* How often, in milliseconds, connections are counted by zone.  It takes a
 * dump of the whole table. */
#define COUNT_MSEC 60000

/* Pieces of a dump that are taken at a time. */
#define STEPS_PER_RUN 20

/* After how many milliseconds it is tried again to listen. */
#define RETRY_MSEC 10000

struct metrics_server {
    metrics_gather_cb *gather;
    void *aux;
    char *listen;               /* Where to listen; null for nowhere. */
    struct http_server *http;   /* Null if it does not. */
    char *problem;              /* Then why. */
    long long int retry;        /* And when to try again. */

    struct ct_dump *dump;       /* Null until it is first needed. */
    bool counting;              /* Is it under way? */
    long long int next_count;   /* When it shall begin. */
    uint32_t *counts, *new_counts; /* By zone: finished, null before that; and
                                    * under way. */
};

static void
handle_request(const struct http_request *request,
               struct http_response *response, void *server_)
{
    struct metrics_server *server = server_;
    struct metrics_figures figures = { .elephants = 0 };
    enum openmetrics_dialect dialect = openmetrics_negotiate(
        http_request_get_header(request, "Accept"));

    if (strcmp(request->path, "/metrics")) {
        http_response_set_error(response, 404, "%s: there is only /metrics "
                                "here", request->path);
        return;
    } else if (strcmp(request->method, "GET")) {
        response->allow = "GET";
        http_response_set_error(response, 405, "/metrics: use GET, not %s",
                                request->method);
        return;
    }
    server->gather(&figures, server->aux);
    figures.zones_known = server->counts != NULL;
    for (size_t i = 0; server->counts && i < figures.n_zones; i++) {
        figures.zones[i].entries = server->counts[figures.zones[i].zone];
    }
    response->content_type = openmetrics_get_content_type(dialect);
    metrics_format(&figures, dialect, &response->body);
    free(figures.zones);
}

struct metrics_server *
metrics_server_create(metrics_gather_cb *gather, void *aux)
{
    struct metrics_server *server = xzalloc(sizeof *server);

    server->gather = gather;
    server->aux = aux;
    return server;
}

static void
stop(struct metrics_server *server)
{
    http_server_destroy(server->http);
    server->http = NULL;
    ct_dump_close(server->dump);
    server->dump = NULL;
    free(server->counts);
    free(server->new_counts);
    server->counts = server->new_counts = NULL;
    server->counting = false;
    server->next_count = server->retry = 0;
}

void
metrics_server_destroy(struct metrics_server *server)
{
    if (server) {
        stop(server);
        free(server->listen);
        free(server->problem);
        free(server);
    }
}

static void
start(struct metrics_server *server, long long int now)
{
    struct http_server_config config = {
        .listen = server->listen,
        .max_connections = 16,
        .max_body = 1024,
    };
    char *error;

    server->http = http_server_create(&config, handle_request, server, &error);
    server->retry = now + RETRY_MSEC;
    if (server->http) {
        VLOG_INFO("serving %s/metrics", http_server_get_url(server->http));
    } else {
        char *problem = xasprintf(FP_CFG_METRICS_LISTEN"=%s", error);

        free(error);
        error = problem;
    }
    if (problem_set(&server->problem, error) && server->problem) {
        VLOG_WARN("%s", server->problem);
    }
}

static void
count_entry(const struct ct_message *m, long long int when OVS_UNUSED,
            void *counts_)
{
    uint32_t *counts = counts_;

    counts[m->zone]++;
}

/* Counts connections by zone, a piece at a time.  If that fails, what was
 * counted last is true no more. */
static void
run_count(struct metrics_server *server, long long int now)
{
    int error = 0;

    if (!server->counting && now >= server->next_count) {
        server->next_count = now + COUNT_MSEC;
        error = server->dump ? 0 : ct_dump_open(&server->dump);
        if (!error) {
            error = ct_dump_start(server->dump, -1);
        }
        server->counting = !error;
        free(server->new_counts);
        server->new_counts = xcalloc(CT_N_ZONES, sizeof *server->new_counts);
    }
    if (server->counting) {
        error = ct_dump_run(server->dump, STEPS_PER_RUN, count_entry,
                            server->new_counts);
        server->counting = !error;
    }
    if (error) {
        free(server->counts);
        server->counts = error == EOF ? server->new_counts : NULL;
        if (error != EOF) {
            free(server->new_counts);
        }
        server->new_counts = NULL;
    }
}

void
metrics_server_run(struct metrics_server *server,
                   const struct smap *external_ids, long long int now)
{
    const char *listen = (external_ids
                          ? smap_get(external_ids, FP_CFG_METRICS_LISTEN)
                          : server->listen);

    if (!nullable_string_is_equal(listen, server->listen)) {
        char *old = server->listen;

        stop(server);
        server->listen = nullable_xstrdup(listen);
        free(old);
        problem_set(&server->problem, NULL);
    }
    if (server->listen && !server->http && now >= server->retry) {
        start(server, now);
    }
    if (server->http) {
        run_count(server, now);
        http_server_run(server->http);
    }
}

void
metrics_server_wait(struct metrics_server *server)
{
    if (server->http) {
        http_server_wait(server->http);
        if (server->counting) {
            ct_dump_wait(server->dump);
        } else {
            poll_timer_wait_until(server->next_count);
        }
    } else if (server->listen) {
        poll_timer_wait_until(server->retry);
    }
}

const char *
metrics_server_get_problem(const struct metrics_server *server)
{
    return server->problem;
}
