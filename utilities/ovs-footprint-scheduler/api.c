/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "api.h"

#include <stdlib.h>
#include <string.h>

#include "api-metrics.h"
#include "coverage.h"
#include "extender.h"
#include "lib/http-server.h"
#include "lib/printable.h"
#include "lib/report.h"
#include "lib/workload.h"
#include "openvswitch/json.h"
#include "openvswitch/vlog.h"
#include "scheduler.h"
#include "served-files.h"
#include "svec.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(api);

COVERAGE_DEFINE(scheduler_bad_request);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 10);

typedef void api_function(struct api *, const struct http_request *,
                          struct http_response *);

static void
set_json(struct http_response *response, struct json *json)
{
    json_to_ds(json, JSSF_SORT, &response->body);
    json_destroy(json);
}

/* Takes ownership of 'why', which is logged as well, since kube-scheduler
 * ignores most answers of this kind.  Both strings may have anything of the
 * request in them. */
static void
set_bad_request(struct http_response *response, const char *path, char *why)
{
    COVERAGE_INC(scheduler_bad_request);
    VLOG_WARN_RL(&rl, "%s: %s", printable_text(path), printable_text(why));
    http_response_set_error(response, 400, "%s", why);
    free(why);
}

static void
set_not_read(const struct api *api, struct http_response *response)
{
    http_response_set_error(response, 503, "OVS_Footprint has not been read "
                            "yet: %s",
                            api->problem ? api->problem : api->database);
}

/* kube-scheduler's extender. */

static void
answer_extender(struct api *api, const struct http_request *request,
                struct http_response *response,
                void (*answer)(struct scheduler *,
                               const struct extender_args *, struct ds *))
{
    struct extender_args args;
    char *error = extender_args_parse(&args, request->body,
                                      request->body_length,
                                      &api->scheduler->cluster->nodes);

    if (error) {
        set_bad_request(response, request->path, error);
    } else if (!api->loaded) {
        set_not_read(api, response);
    } else {
        answer(api->scheduler, &args, &response->body);
    }
    extender_args_destroy(&args);
}

static void
answer_filter(struct api *api, const struct http_request *request,
              struct http_response *response)
{
    answer_extender(api, request, response, scheduler_filter);
}

static void
answer_prioritize(struct api *api, const struct http_request *request,
                  struct http_response *response)
{
    answer_extender(api, request, response, scheduler_prioritize);
}

/* Health. */

static void
answer_healthz(struct api *api OVS_UNUSED,
               const struct http_request *request OVS_UNUSED,
               struct http_response *response)
{
    response->content_type = "text/plain";
    ds_put_cstr(&response->body, "ok\n");
}

static void
answer_readyz(struct api *api, const struct http_request *request OVS_UNUSED,
              struct http_response *response)
{
    if (!api->loaded) {
        set_not_read(api, response);
    } else if (cluster_is_stale(api->scheduler->cluster)) {
        http_response_set_error(response, 503, "%s: all data are stale%s",
                                api->database, api->connected
                                ? ": is no ovs-footprintd running?"
                                : ", and the database is away");
    } else {
        answer_healthz(api, request, response);
    }
}

static void
answer_metrics(struct api *api, const struct http_request *request,
               struct http_response *response)
{
    enum openmetrics_dialect dialect = openmetrics_negotiate(
        http_request_get_header(request, "Accept"));

    response->content_type = openmetrics_get_content_type(dialect);
    api_put_metrics(api, dialect, &response->body);
}

/* For any other scheduler. */

static void
answer_nodes(struct api *api, const struct http_request *request,
             struct http_response *response)
{
    set_json(response, scheduler_nodes_to_json(
                 api->scheduler,
                 http_request_get_argument(request, "instances") != NULL));
}

static void
answer_workloads(struct api *api,
                 const struct http_request *request OVS_UNUSED,
                 struct http_response *response)
{
    set_json(response, scheduler_workloads_to_json(api->scheduler));
}

static void
answer_decisions(struct api *api, const struct http_request *request,
                 struct http_response *response)
{
    const char *limit = http_request_get_argument(request, "limit");
    unsigned int n = SCHEDULER_N_DECISIONS;
    struct report *report;

    if (limit && !str_to_uint(limit, 10, &n)) {
        set_bad_request(response, request->path,
                        xasprintf("limit=%s: not a number", limit));
        return;
    }
    report = scheduler_report_decisions(api->scheduler, n);
    set_json(response, report_to_json(report));
    report_destroy(report);
}

/* Initializes 'pod' from the argument "pod" or "workload".  Returns false,
 * with an error in 'response', if the request does not have exactly one of
 * these, or an invalid one. */
static bool
get_pod(struct api *api, const struct http_request *request,
        struct http_response *response, struct scheduler_pod *pod)
{
    const char *name = http_request_get_argument(request, "pod");
    const char *workload = http_request_get_argument(request, "workload");
    char *error = NULL;

    if (!name == !workload || (name && !*name)) {
        error = xstrdup("give either pod=NAMESPACE/NAME or workload=KEY");
    } else if (workload) {
        error = workload_check_key(workload);
    }
    if (error) {
        set_bad_request(response, request->path, error);
        return false;
    }
    if (name) {
        scheduler_pod_from_name(api->scheduler, pod, name);
    } else {
        scheduler_pod_from_workload(api->scheduler, pod, workload);
    }
    return true;
}

static void
answer_score(struct api *api, const struct http_request *request,
             struct http_response *response)
{
    const char *list = http_request_get_argument(request, "nodes");
    struct scheduler_pod pod;
    struct svec nodes = SVEC_EMPTY_INITIALIZER;

    if (!get_pod(api, request, response, &pod)) {
        return;
    }
    if (list) {
        char *copy = xstrdup(list), *save = NULL;

        for (char *name = strtok_r(copy, ",", &save); name;
             name = strtok_r(NULL, ",", &save)) {
            svec_add(&nodes, name);
        }
        free(copy);
    }
    if (!nodes.n) {
        set_bad_request(response, request->path,
                        xstrdup("give nodes=NAME,NAME,..."));
    } else {
        set_json(response, scheduler_score(api->scheduler, &pod,
                                           (const char *const *) nodes.names,
                                           nodes.n));
    }
    svec_destroy(&nodes);
    scheduler_pod_destroy(&pod);
}

static void
answer_explain(struct api *api, const struct http_request *request,
               struct http_response *response)
{
    const char *node = http_request_get_argument(request, "node");
    struct scheduler_pod pod;

    if (!node || !*node) {
        set_bad_request(response, request->path, xstrdup("give node=NAME"));
    } else if (get_pod(api, request, response, &pod)) {
        set_json(response, scheduler_explain(api->scheduler, &pod, node));
        scheduler_pod_destroy(&pod);
    }
}

static void
answer_openapi(struct api *api OVS_UNUSED,
               const struct http_request *request OVS_UNUSED,
               struct http_response *response)
{
    ds_put_cstr(&response->body, served_openapi_json);
}

static void
answer_page(struct api *api OVS_UNUSED,
            const struct http_request *request OVS_UNUSED,
            struct http_response *response)
{
    response->content_type = "text/html; charset=utf-8";
    ds_put_cstr(&response->body, served_page_html);
}

struct route {
    const char *path;
    const char *method;
    api_function *answer;
};

/* Returns the route for 'path', or null.  kube-scheduler's verbs may have any
 * prefix, as its configuration has it (urlPrefix). */
static const struct route *
find_route(const char *path)
{
    static const struct route routes[] = {
        { "/", "GET", answer_page },
        { "/filter", "POST", answer_filter },
        { "/healthz", "GET", answer_healthz },
        { "/metrics", "GET", answer_metrics },
        { "/prioritize", "POST", answer_prioritize },
        { "/readyz", "GET", answer_readyz },
        { "/v1/decisions", "GET", answer_decisions },
        { "/v1/explain", "GET", answer_explain },
        { "/v1/nodes", "GET", answer_nodes },
        { "/v1/openapi.json", "GET", answer_openapi },
        { "/v1/score", "GET", answer_score },
        { "/v1/workloads", "GET", answer_workloads },
    };
    const char *verb = strrchr(path, '/');

    for (size_t i = 0; i < ARRAY_SIZE(routes); i++) {
        const struct route *r = &routes[i];

        if (!strcmp(path, r->path)
            || (r->method[0] == 'P' && verb && !strcmp(verb, r->path))) {
            return r;
        }
    }
    return NULL;
}

static enum api_verb
get_verb(const struct route *route)
{
    return (!route ? API_OTHER
            : route->answer == answer_filter ? API_FILTER
            : route->answer == answer_prioritize ? API_PRIORITIZE : API_OTHER);
}

void
api_handle(const struct http_request *request, struct http_response *response,
           void *api_)
{
    struct api *api = api_;
    const struct route *route = find_route(request->path);
    enum api_verb verb = get_verb(route);
    long long int start = time_usec();

    if (!route) {
        http_response_set_error(response, 404, "%s: there is no such thing "
                                "here, see /v1/openapi.json", request->path);
    } else if (strcmp(request->method, route->method)) {
        response->allow = route->method;
        http_response_set_error(response, 405, "%s: use %s, not %s",
                                request->path, route->method, request->method);
    } else {
        route->answer(api, request, response);
    }
    api->requests[verb]++;
    api->errors[verb] += response->status >= 400;
    openmetrics_observe(&api->latency[verb], (time_usec() - start) / 1e6);
}
