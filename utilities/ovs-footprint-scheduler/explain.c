/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "explain.h"

#include <math.h>
#include <string.h>

#include "cluster.h"
#include "lib/printable.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "policy.h"
#include "scheduler-pod.h"
#include "util.h"

static void
put_rate(struct ds *s, double rate)
{
    static const char *const units[] = { "bit/s", "kbit/s", "Mbit/s", "Gbit/s",
                                         "Tbit/s" };
    size_t i = 0;

    while (rate >= 1000 && i < ARRAY_SIZE(units) - 1) {
        rate /= 1000;
        i++;
    }
    ds_put_format(s, "%.3g %s", rate, units[i]);
}

static double
percent(double share)
{
    return round(100 * share);
}

/* Appends which link's load decides. */
static void
put_link(const struct cluster_node *node, const struct policy_verdict *v,
         struct ds *s)
{
    if (v->by_hypervisor && node && node->hypervisor) {
        ds_put_format(s, "the link of its hypervisor %s",
                      printable(node->hypervisor->name));
    } else {
        ds_put_cstr(s, v->by_hypervisor
                    ? "the link that it shares with its guests" : "its link");
    }
}

/* Appends which containers a heavy pod would be beside. */
static void
put_company(const struct policy_verdict *v, struct ds *s)
{
    if (v->reason == POLICY_WITH_HEAVIES) {
        ds_put_cstr(s, "heavy containers are there already, and ");
    } else {
        ds_put_format(s, "no heavy container is there, %.0f that are not "
                      "heavy, and ", v->light);
    }
}

/* Appends how loaded the link is, and by what. */
static void
put_load(const struct cluster_node *node, const struct policy_verdict *v,
         struct ds *s)
{
    if (v->load > 0) {
        ds_put_format(s, "elephants take %.0f %% of ", percent(v->load));
        put_link(node, v, s);
    } else {
        ds_put_cstr(s, "no elephants there");
    }
    if (percent(v->expected) > 0) {
        ds_put_format(s, ", %.0f %% of which are expected of pods just placed",
                      percent(v->expected));
    }
    if (percent(v->at_rest) > 0) {
        ds_put_format(s, ", %.0f %% of which are expected of containers at "
                      "rest", percent(v->at_rest));
    }
}

void
explain_verdict(const struct cluster *cluster, const struct cluster_node *node,
                const struct policy_verdict *v, struct ds *s)
{
    switch (v->reason) {
    case POLICY_QUIET:
    case POLICY_LOADED:
        put_load(node, v, s);
        break;
    case POLICY_WITH_HEAVIES:
    case POLICY_FEW_LIGHTS:
        put_company(v, s);
        put_link(node, v, s);
        ds_put_format(s, " has room: %.0f %% with this pod",
                      percent(v->with_pod));
        break;
    case POLICY_FULL:
    case POLICY_ALL_FULL:
        put_link(node, v, s);
        ds_put_format(s, " has no room: %.0f %% with this pod%s",
                      percent(v->with_pod), v->reason == POLICY_FULL
                      ? "" : ", and no other node has");
        break;
    case POLICY_NEUTRAL_STALE:
        ds_put_format(s, "neutral, no heartbeat for %lld s: is ovs-footprintd "
                      "running there?", cluster_get_age(cluster, node));
        break;
    case POLICY_NEUTRAL_NO_NODE:
        ds_put_cstr(s, "neutral, the database has no such node: does "
                    "ovs-footprintd run there, with footprint-node-name as "
                    "its name?");
        break;
    case POLICY_NEUTRAL_BLIND:
        ds_put_cstr(s, "neutral, it cannot judge any of its containers: see "
                    "\"ovs-appctl -t ovs-footprintd show-status\" there");
        break;
    case POLICY_N_REASONS:
    default:
        OVS_NOT_REACHED();
    }
}

void
explain_bad_class(const struct scheduler_pod *pod, struct ds *s)
{
    if (pod->bad_class) {
        ds_put_format(s, "; the pod's annotation footprint-class=\"%s\" is "
                      "ignored: use heavy, light, mixed or unknown",
                      printable(pod->bad_class));
    }
}

void
explain_pod(const struct scheduler_pod *pod, struct ds *s)
{
    const struct learned *l = &pod->learned;

    if (*pod->name) {
        ds_put_format(s, "pod %s\n", printable_text(pod->name));
    }
    if (pod->workload) {
        ds_put_format(s, "workload %s\n", printable_text(pod->workload));
    } else {
        ds_put_format(s, "workload unknown: %s\n",
                      pod->problem ? printable_text(pod->problem) : "-");
    }
    ds_put_format(s, "class %s, ",
                  workload_class_to_string(pod->policy.class));
    if (pod->source == SCHEDULER_SAID) {
        ds_put_cstr(s, "as its annotation says\n");
    } else if (pod->source == SCHEDULER_NOBODY) {
        ds_put_cstr(s, "nothing was learned of it yet\n");
    } else {
        ds_put_format(s, "%.0f %% sure by %.3g trials on %"PRIuSIZE" nodes",
                      percent(l->confidence), l->trials, l->n_nodes);
        if (l->typical_rate > 0) {
            ds_put_cstr(s, ", typically ");
            put_rate(s, l->typical_rate);
        }
        ds_put_char(s, '\n');
    }
}

static void
put_link_line(const char *what, const struct policy_link *link, struct ds *s)
{
    ds_put_format(s, "  %s: %g heavy, %g light, %g unknown; elephants ", what,
                  link->heavy, link->light, link->unknown);
    put_rate(s, link->elephants);
    if (link->speed > 0) {
        ds_put_cstr(s, " of ");
        put_rate(s, link->speed);
    } else {
        ds_put_cstr(s, ", link speed not known (footprint-uplinks says it)");
    }
    if (link->expected_heavy > 0 || link->expected_light > 0) {
        ds_put_format(s, "; expected: %.2g heavy and %.2g other pods",
                      link->expected_heavy, link->expected_light);
    }
    if (link->resting > 0) {
        ds_put_format(s, "; at rest: %g of heavy workloads, typically ",
                      link->resting);
        put_rate(s, link->resting_rate);
        ds_put_cstr(s, " together");
    }
    ds_put_char(s, '\n');
}

void
explain_node(struct cluster *cluster, const struct cluster_node *node,
             struct ds *s)
{
    const struct policy_node *policy = cluster_get_policy(cluster, node);

    if (!node) {
        return;
    }
    put_link_line("node", &policy->link, s);
    if (policy->hypervisor) {
        put_link_line(node->hypervisor ? printable(node->hypervisor->name)
                                       : "with guests",
                      policy->hypervisor, s);
    }
    if (node->has_row) {
        ds_put_format(s, "  heard of %lld s ago, detector %s, %lld kinds of "
                      "blind spots\n", cluster_get_age(cluster, node),
                      printable(node->detector), node->blind_spots);
    }
}

/* For programs. */

static void
put_number(struct json *object, const char *name, double value)
{
    /* JSON has neither infinity nor NaN, and integers are written as such. */
    json_object_put(object, name,
                    !isfinite(value) ? json_null_create()
                    : value == (long long int) value && fabs(value) < 1e15
                    ? json_integer_create(value)
                    : json_real_create(round(value * 1e6) / 1e6));
}

static void
put_nullable(struct json *object, const char *name, const char *s)
{
    json_object_put(object, name, s ? json_string_create(s)
                    : json_null_create());
}

struct json *
explain_pod_to_json(const struct scheduler_pod *pod)
{
    struct json *json = json_object_create();
    const struct learned *l = &pod->learned;

    if (*pod->name) {
        json_object_put_string(json, "pod", pod->name);
    }
    put_nullable(json, "workload", pod->workload);
    put_nullable(json, "problem", pod->problem);
    json_object_put_string(json, "class",
                           workload_class_to_string(pod->policy.class));
    json_object_put_string(json, "source",
                           scheduler_source_to_string(pod->source));
    put_number(json, "confidence", l->confidence);
    put_number(json, "trials", l->trials);
    put_number(json, "nodes", l->n_nodes);
    put_number(json, "typical_rate", l->typical_rate);
    put_number(json, "peak_rate", l->peak_rate);
    put_number(json, "last_seen", l->last_seen);
    return json;
}

static struct json *
instances_to_json(const struct cluster_node *node)
{
    struct json *array = json_array_create_empty();
    const struct cluster_instance *instance;

    LIST_FOR_EACH (instance, node_node, &node->instances) {
        struct json *json = json_object_create();

        json_object_put_string(json, "container", instance->container);
        json_object_put_string(json, "workload",
                               cluster_instance_get_workload(instance));
        json_object_put_string(json, "class",
                               footprint_class_to_string(instance->class));
        put_nullable(json, "role", footprint_role_to_string(instance->role));
        put_number(json, "elephants", instance->elephants);
        put_number(json, "rate", instance->rate);
        json_object_put(json, "resting",
                        json_boolean_create(instance->resting));
        json_array_add(array, json);
    }
    return array;
}

static void
put_link_json(struct json *json, const struct policy_link *link)
{
    put_number(json, "heavy", link->heavy);
    put_number(json, "light", link->light);
    put_number(json, "unknown", link->unknown);
    put_number(json, "elephant_rate", link->elephants);
    put_number(json, "rate", link->all);
    put_number(json, "link_speed", link->speed);
    put_number(json, "resting", link->resting);
    put_number(json, "expected_heavy", link->expected_heavy);
    put_number(json, "expected_other", link->expected_light);
    put_number(json, "load", link->load);
}

struct json *
explain_node_to_json(struct cluster *cluster, const struct cluster_node *node,
                     bool instances)
{
    static const char *const states[] = {
        [POLICY_FRESH] = "fresh",
        [POLICY_STALE] = "stale",
        [POLICY_NO_NODE] = "no-node",
        [POLICY_BLIND] = "blind",
    };
    const struct policy_node *policy = cluster_get_policy(cluster, node);
    struct json *json = json_object_create();

    json_object_put_string(json, "state", states[policy->knowledge]);
    if (!node) {
        return json;
    }
    json_object_put_string(json, "node", node->name);
    put_nullable(json, "hypervisor", node->hypervisor
                 ? node->hypervisor->name : NULL);
    put_link_json(json, &policy->link);
    if (policy->hypervisor) {
        struct json *shared = json_object_create();

        put_link_json(shared, policy->hypervisor);
        json_object_put(json, "shared", shared);
    }
    if (node->has_row) {
        put_number(json, "age", cluster_get_age(cluster, node));
        put_number(json, "elephants", node->elephants);
        put_number(json, "blind_spots", node->blind_spots);
        json_object_put_string(json, "detector", node->detector);
        json_object_put_string(json, "version", node->version);
    }
    if (instances) {
        json_object_put(json, "instances", instances_to_json(node));
    }
    return json;
}

void
explain_verdict_to_json(const struct cluster *cluster,
                        const struct cluster_node *node,
                        const struct policy_verdict *v, struct json *json)
{
    struct ds why = DS_EMPTY_INITIALIZER;

    explain_verdict(cluster, node, v, &why);
    put_number(json, "score", v->score);
    json_object_put_string(json, "reason", policy_reason_to_string(v->reason));
    json_object_put_string(json, "why", ds_cstr(&why));
    put_number(json, "load", v->load);
    put_number(json, "load_with_pod", v->with_pod);
    json_object_put(json, "refused", json_boolean_create(v->refused));
    ds_destroy(&why);
}
