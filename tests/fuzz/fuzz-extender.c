/* SPDX-License-Identifier: Apache-2.0 */

/* Feeds extender, and then scheduler, with what kube-scheduler might have
 * sent.  What is answered must be JSON that libopenvswitch can read, and the
 * cluster must not grow. */

#include <config.h>
#include "utilities/ovs-footprint-scheduler/extender.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"
#include "utilities/ovs-footprint-scheduler/scheduler.h"
#include "uuid.h"

static void
make_cluster(struct cluster *cluster, struct scheduler *scheduler)
{
    static const char *const names[] = {
        "a", "node-a",
        "node-b.a-name-as-long-as-cloud-providers-make-them.example.internal",
    };

    cluster_init(cluster);
    cluster->patience = 10;
    scheduler_init(scheduler, cluster);
    scheduler->mode = SCHEDULER_STRICT;
    cluster_run(cluster, 1000000, 0);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        struct uuid uuid = UUID_ZERO;

        uuid.parts[0] = i;
        cluster_set_node(cluster, &uuid, &(struct cluster_node_row) {
            .name = names[i],
            .hypervisor = i ? "a" : "",
            .detector = "hook",
            .version = "1",
            .last_seen = 1000000,
            .interval = 30 * 24 * 3600,
            .heavy = i,
            .bits_out = i * 5e9,
            .speed = 1e10,
        });
    }
}

static void
check_answer(struct ds *answer)
{
    struct json *json = json_from_string(ds_cstr(answer));

    ovs_assert(json->type != JSON_STRING);
    json_destroy(json);
    ds_clear(answer);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct scheduler scheduler;
    static struct cluster cluster;
    static long long int msec;
    struct ds answer = DS_EMPTY_INITIALIZER;
    struct extender_args args;
    char *error;

    if (!scheduler.cluster) {
        make_cluster(&cluster, &scheduler);
    }
    error = extender_args_parse(&args, (const char *) data, size,
                                &cluster.nodes);
    if (!error) {
        scheduler_filter(&scheduler, &args, &answer);
        check_answer(&answer);
        scheduler_prioritize(&scheduler, &args, &answer);
        check_answer(&answer);
    }
    cluster_run(&cluster, 1000000, ++msec);
    ovs_assert(hmap_count(&cluster.reservations) <= 10);
    ovs_assert(cluster_count_nodes(&cluster) == 3);
    extender_args_destroy(&args);
    ds_destroy(&answer);
    free(error);
    return 0;
}
