/* SPDX-License-Identifier: Apache-2.0 */

/* Drives scheduler, cluster and policy: a cluster, and pods to be placed on
 * it.
 *
 *     time SECONDS
 *     clock SECONDS               the wall clock is set
 *     node NAME [KEY=VALUE...]    speed, out, in, heavy, light, unknown,
 *                                 elephants, hypervisor, seen (when), interval
 *     gone NAME                   a node's row is removed
 *     instance ID WRITER NODE CONTAINER CLASS ROLE RATE [WORKLOAD]
 *     ended ID
 *     learn WORKLOAD TRIALS HEAVY SECONDS BYTES   an observation of now
 *     mode soft|strict
 *     place POD CLASS NODE...     prioritize; "-" for no class said outright
 *     filter POD CLASS NODE...
 *     score WORKLOAD NODE...      scores with reasons; reserves nothing
 *     explain POD NODE
 *     expected                    what was reserved, by node
 *     decisions N
 *
 * Rates and speeds are in Mbit/s. */

#include <config.h>
#include "utilities/ovs-footprint-scheduler/scheduler.h"
#include "tests/unit/test-pure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "lib/ovs-compat.h"
#include "lib/report.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "smap.h"
#include "util.h"
#include "uuid.h"
#include "utilities/ovs-footprint-scheduler/extender.h"

static struct cluster cluster;
static struct scheduler scheduler;
static bool initialized;

/* Returns a UUID that is the same for each 'name'. */
static struct uuid
get_uuid(const char *name)
{
    struct uuid uuid = UUID_ZERO;

    uuid.parts[0] = hash_string(name, 0);
    uuid.parts[1] = hash_string(name, 1);
    return uuid;
}

static double
get_number(const struct smap *smap, const char *key, double scale)
{
    return strtod(smap_get_def(smap, key, "0"), NULL) * scale;
}

static void
set_node(struct words *words)
{
    char *name = xstrdup(words_take(words));
    struct uuid uuid = get_uuid(name);
    struct smap smap = SMAP_INITIALIZER(&smap);

    while (words_are_left(words)) {
        char *pair = xstrdup(words_take(words));
        char *value = strchr(pair, '=');

        *value++ = '\0';
        smap_replace(&smap, pair, value);
        free(pair);
    }
    cluster_set_node(&cluster, &uuid, &(struct cluster_node_row) {
        .name = name,
        .hypervisor = smap_get_def(&smap, "hypervisor", ""),
        .detector = "hook",
        .version = "1",
        .last_seen = (smap_get(&smap, "seen") ? get_number(&smap, "seen", 1)
                      : cluster.now),
        .interval = smap_get_int(&smap, "interval", 30),
        .elephants = get_number(&smap, "elephants", 1),
        .heavy = get_number(&smap, "heavy", 1),
        .light = get_number(&smap, "light", 1),
        .unknown = get_number(&smap, "unknown", 1),
        .bits_in = get_number(&smap, "in", 1e6),
        .bits_out = get_number(&smap, "out", 1e6),
        .speed = get_number(&smap, "speed", 1e6),
    });
    smap_destroy(&smap);
    free(name);
}

static void
set_instance(struct words *words)
{
    struct uuid uuid = get_uuid(words_take(words));
    struct cluster_instance_row row = { .workload = "" };
    char *writer = xstrdup(words_take(words));
    char *node = xstrdup(words_take(words));
    char *container = xstrdup(words_take(words));

    row.writer = writer;
    row.node = node;
    row.container = container;
    if (!footprint_class_from_string(words_take(words), &row.class)) {
        ovs_fatal(0, "no such class");
    }
    row.role = footprint_role_from_string(words_take(words));
    row.rate = words_take_number(words) * 1e6;
    if (words_are_left(words)) {
        row.workload = words_take(words);
    }
    cluster_set_instance(&cluster, &uuid, &row);
    free(writer);
    free(node);
    free(container);
}

static void
learn(struct words *words)
{
    char *workload = xstrdup(words_take(words));
    struct uuid uuid = get_uuid(workload);
    struct observation observation = {
        .timestamp = cluster.now,
        .trials = words_take_number(words),
        .heavy_trials = words_take_number(words),
        .seconds = 1e6,
        .heavy_seconds = words_take_number(words),
        .bytes = words_take_number(words),
        .first_seen = cluster.now - 1000,
        .last_seen = cluster.now,
        .instances = 10,
    };

    observation.peak_rate = 1e12;
    cluster_set_observation(&cluster, &uuid, workload, &observation);
    free(workload);
}

/* Returns the body of a request of kube-scheduler's, made of the words, which
 * the caller must free. */
static char *
make_question(struct words *words)
{
    char *pod = xstrdup(words_take(words));
    const char *class = words_take(words);
    struct ds s = DS_EMPTY_INITIALIZER;
    const char *separator = "";

    ds_put_format(&s, "{\"Pod\":{\"metadata\":{\"namespace\":\"default\","
                  "\"name\":\"%s\"", pod);
    if (strcmp(class, "-")) {
        ds_put_format(&s, ",\"annotations\":{\"footprint-class\":\"%s\"}",
                      class);
    }
    ds_put_cstr(&s, "}},\"Nodes\":null,\"NodeNames\":[");
    while (words_are_left(words)) {
        ds_put_format(&s, "%s\"%s\"", separator, words_take(words));
        separator = ",";
    }
    ds_put_cstr(&s, "]}");
    free(pod);
    return ds_steal_cstr(&s);
}

static void
ask(struct words *words,
    void (*answer)(struct scheduler *, const struct extender_args *,
                   struct ds *))
{
    char *text = make_question(words);
    struct ds s = DS_EMPTY_INITIALIZER;
    struct extender_args args;
    char *error = extender_args_parse(&args, text, strlen(text),
                                      &cluster.nodes);

    ovs_assert(!error);
    answer(&scheduler, &args, &s);
    puts(ds_cstr(&s));
    extender_args_destroy(&args);
    ds_destroy(&s);
    free(text);
}

static void
score(struct words *words)
{
    struct scheduler_pod pod;
    char *workload = xstrdup(words_take(words));
    const char *nodes[20];
    struct json *json;
    size_t n = 0;

    while (words_are_left(words)) {
        nodes[n++] = xstrdup(words_take(words));
    }
    scheduler_pod_from_workload(&scheduler, &pod, workload);
    json = scheduler_score(&scheduler, &pod, nodes, n);
    const struct json *scores = shash_find_data(json_object(json), "scores");
    for (size_t i = 0; i < n; i++) {
        const struct shash *object = json_object(json_array_at(scores, i));

        printf("%s %lld %s\n", nodes[i],
               (long long int) json_integer(shash_find_data(object, "score")),
               json_string(shash_find_data(object, "why")));
        free(CONST_CAST(char *, nodes[i]));
    }
    json_destroy(json);
    scheduler_pod_destroy(&pod);
    free(workload);
}

static void
explain(struct words *words)
{
    char *name = xstrdup(words_take(words));
    struct ds s = DS_EMPTY_INITIALIZER;
    struct scheduler_pod pod;

    scheduler_pod_from_name(&scheduler, &pod, name);
    scheduler_format_explanation(&scheduler, &pod, words_take(words), &s);
    fputs(ds_cstr(&s), stdout);
    scheduler_pod_destroy(&pod);
    ds_destroy(&s);
    free(name);
}

static void
show_expected(void)
{
    struct shash names = SHASH_INITIALIZER(&names);
    const struct cluster_node *node;

    CLUSTER_FOR_EACH_NODE (node, &cluster) {
        shash_add(&names, node->name, node);
    }
    const struct shash_node **sorted = shash_sort(&names);
    for (size_t i = 0; i < shash_count(&names); i++) {
        node = sorted[i]->data;
        printf("%s %.3g Mbit/s and %.3g of a link, %.3g heavy, %.3g other\n",
               node->name, node->expected / 1e6, node->expected_share,
               node->expected_heavy, node->expected_light);
    }
    free(sorted);
    shash_destroy(&names);
}

static void
show_decisions(size_t n)
{
    struct report *report = scheduler_report_decisions(&scheduler, n);
    struct ds s = DS_EMPTY_INITIALIZER;

    report_format(report, &s);
    fputs(ds_cstr(&s), stdout);
    ds_destroy(&s);
    report_destroy(report);
}

static bool
run(const char *command, struct words *words)
{
    if (!initialized) {
        cluster_init(&cluster);
        scheduler_init(&scheduler, &cluster);
        cluster_run(&cluster, 1000000, 0);
        initialized = true;
    }
    if (!strcmp(command, "time")) {
        long long int now = words_take_number(words);

        cluster_run(&cluster, 1000000 + now, now * 1000);
    } else if (!strcmp(command, "clock")) {
        cluster_run(&cluster, 1000000 + words_take_number(words),
                    cluster.msec);
    } else if (!strcmp(command, "node")) {
        set_node(words);
    } else if (!strcmp(command, "gone")) {
        struct uuid uuid = get_uuid(words_take(words));

        cluster_remove_node(&cluster, &uuid);
    } else if (!strcmp(command, "instance")) {
        set_instance(words);
    } else if (!strcmp(command, "ended")) {
        struct uuid uuid = get_uuid(words_take(words));

        cluster_remove_instance(&cluster, &uuid);
    } else if (!strcmp(command, "learn")) {
        learn(words);
    } else if (!strcmp(command, "mode")) {
        scheduler.mode = (strcmp(words_take(words), "strict")
                          ? SCHEDULER_SOFT : SCHEDULER_STRICT);
    } else if (!strcmp(command, "place")) {
        ask(words, scheduler_prioritize);
    } else if (!strcmp(command, "filter")) {
        ask(words, scheduler_filter);
    } else if (!strcmp(command, "score")) {
        score(words);
    } else if (!strcmp(command, "explain")) {
        explain(words);
    } else if (!strcmp(command, "expected")) {
        show_expected();
    } else if (!strcmp(command, "decisions")) {
        show_decisions(words_take_number(words));
    } else {
        return false;
    }
    return true;
}

static void
finish(void)
{
    if (initialized) {
        scheduler_destroy(&scheduler);
        cluster_destroy(&cluster);
    }
}

const struct driver test_scheduler = { "scheduler", run, finish };
