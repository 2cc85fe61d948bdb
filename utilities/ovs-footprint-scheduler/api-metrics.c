/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "api-metrics.h"

#include "api-state.h"
#include "lib/http-server.h"
#include "scheduler.h"
#include "util.h"

static const char *const verbs[API_N_VERBS] = {
    [API_FILTER] = "filter",
    [API_PRIORITIZE] = "prioritize",
    [API_OTHER] = "other",
};

static void
put_requests(const struct api *api, struct openmetrics *m)
{
    openmetrics_family(m, OPENMETRICS_COUNTER, "footprint_scheduler_requests",
                       NULL, "Requests that were answered.");
    for (size_t i = 0; i < API_N_VERBS; i++) {
        openmetrics_add(m, api->requests[i], "verb", verbs[i], NULL);
    }
    openmetrics_family(m, OPENMETRICS_COUNTER,
                       "footprint_scheduler_request_errors", NULL,
                       "Requests that were answered with an error.");
    for (size_t i = 0; i < API_N_VERBS; i++) {
        openmetrics_add(m, api->errors[i], "verb", verbs[i], NULL);
    }
    openmetrics_family(m, OPENMETRICS_HISTOGRAM,
                       "footprint_scheduler_request_duration_seconds",
                       "seconds", "How long answering a request took.");
    for (size_t i = 0; i < API_N_VERBS; i++) {
        openmetrics_add_histogram(m, &api->latency[i], "verb", verbs[i],
                                  NULL);
    }
}

static void
put_refused(const struct api *api, struct openmetrics *m)
{
    const struct http_server_stats *stats = http_server_get_stats(api->server);

    openmetrics_family(m, OPENMETRICS_COUNTER,
                       "footprint_scheduler_refused_requests", NULL,
                       "Requests that did not get as far as an answer.");
    openmetrics_add(m, stats->too_large, "cause", "too_large", NULL);
    openmetrics_add(m, stats->too_busy, "cause", "too_busy", NULL);
    openmetrics_add(m, stats->too_slow, "cause", "too_slow", NULL);
    openmetrics_add(m, stats->truncated, "cause", "truncated", NULL);
    openmetrics_add(m, stats->unauthorized, "cause", "unauthorized", NULL);
}

static void
put_decisions(const struct scheduler *s, struct openmetrics *m)
{
    openmetrics_family(m, OPENMETRICS_COUNTER, "footprint_scheduler_decisions",
                       NULL, "Pods that were prioritized, by class.");
    for (enum workload_class c = 0; c <= WORKLOAD_HEAVY; c++) {
        openmetrics_add(m, s->by_class[c], "class",
                        workload_class_to_string(c), NULL);
    }
    openmetrics_family(m, OPENMETRICS_COUNTER,
                       "footprint_scheduler_node_scores", NULL,
                       "Nodes that were scored, by reason.");
    for (enum policy_reason r = 0; r < POLICY_N_REASONS; r++) {
        if (!policy_reason_is_neutral(r)) {
            openmetrics_add(m, s->by_reason[r], "reason",
                            policy_reason_to_string(r), NULL);
        }
    }
    openmetrics_family(m, OPENMETRICS_COUNTER,
                       "footprint_scheduler_neutral_scores", NULL,
                       "Nodes that were scored neutral for want of data.");
    for (enum policy_reason r = 0; r < POLICY_N_REASONS; r++) {
        if (policy_reason_is_neutral(r)) {
            openmetrics_add(m, s->by_reason[r], "cause",
                            policy_reason_to_string(r), NULL);
        }
    }
    openmetrics_family(m, OPENMETRICS_COUNTER,
                       "footprint_scheduler_refused_nodes", NULL,
                       "Nodes that were filtered out (in mode strict).");
    openmetrics_add(m, s->refused, NULL);
}

static void
put_cluster(const struct api *api, struct openmetrics *m)
{
    static const char *const states[] = {
        [POLICY_FRESH] = "fresh",
        [POLICY_STALE] = "stale",
        [POLICY_NO_NODE] = "no_node",
        [POLICY_BLIND] = "blind",
    };
    struct cluster *cluster = api->scheduler->cluster;
    unsigned int n[ARRAY_SIZE(states)] = { 0 };
    const struct cluster_node *node;

    CLUSTER_FOR_EACH_NODE (node, cluster) {
        /* A hypervisor need not be a node that runs pods. */
        if (node->has_row || ovs_list_is_empty(&node->guests)) {
            n[cluster_get_policy(cluster, node)->knowledge]++;
        }
    }
    openmetrics_family(m, OPENMETRICS_GAUGE, "footprint_scheduler_nodes", NULL,
                       "Nodes, by what is known of them.");
    for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
        openmetrics_add(m, n[i], "state", states[i], NULL);
    }
    openmetrics_family(m, OPENMETRICS_GAUGE, "footprint_scheduler_instances",
                       NULL, "Containers that the database knows.");
    openmetrics_add(m, hmap_count(&cluster->instances), NULL);
    openmetrics_family(m, OPENMETRICS_GAUGE, "footprint_scheduler_workloads",
                       NULL, "Workloads that the database knows.");
    openmetrics_add(m, hmap_count(&cluster->workloads), NULL);
    openmetrics_family(m, OPENMETRICS_GAUGE,
                       "footprint_scheduler_reservations", NULL,
                       "Pods that were just placed.");
    openmetrics_add(m, hmap_count(&cluster->reservations), NULL);
    openmetrics_family(m, OPENMETRICS_GAUGE,
                       "footprint_scheduler_database_connected", NULL,
                       "1 if OVS_Footprint can be reached, else 0.");
    openmetrics_add(m, api->connected, NULL);
    openmetrics_family(m, OPENMETRICS_GAUGE, "footprint_scheduler_ready", NULL,
                       "1 if the data have been read and are not stale.");
    openmetrics_add(m, api->loaded && !cluster_is_stale(cluster), NULL);
}

void
api_put_metrics(const struct api *api, enum openmetrics_dialect dialect,
                struct ds *s)
{
    struct openmetrics m;

    openmetrics_begin(&m, s, dialect);
    openmetrics_family(&m, OPENMETRICS_INFO, "footprint_scheduler_build", NULL,
                       "The version of ovs-footprint-scheduler.");
    openmetrics_add(&m, 1, "version", PACKAGE_VERSION, NULL);
    put_requests(api, &m);
    put_refused(api, &m);
    put_decisions(api->scheduler, &m);
    put_cluster(api, &m);
    openmetrics_end(&m);
}
