/* SPDX-License-Identifier: Apache-2.0 */

/* How the daemon itself is doing.
 *
 * Everything that could make its answers wrong or incomplete is named here:
 * the detector in use and why it is not a better one, settings that are not in
 * force, bridges and ports that are not served, and every blind spot with its
 * count. */

#include <config.h>
#include "commands/show-status.h"

#include <inttypes.h>
#include <string.h>

#include "commands/blind-spots.h"
#include "detector/detector.h"
#include "evidence/evidence.h"
#include "footprint/judge.h"
#include "footprint/tracker.h"
#include "lib/ovs-compat.h"
#include "lib/printable.h"
#include "node/detector-cost.h"
#include "node/node-parts.h"
#include "node/node.h"
#include "node/pipelines.h"
#include "node/publication.h"
#include "node/watch.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "ovsdb-idl.h"
#include "pipeline/pipeline.h"
#include "settings/settings.h"
#include "svec.h"
#include "topology/topology.h"
#include "upkeep/guard.h"
#include "util.h"
#include "zones/zones.h"

static const char *
describe_database(const struct status_context *c)
{
    return (!ovsdb_idl_has_ever_connected(c->idl)
            ? "cannot reach the database yet, retrying"
            : !ovsdb_idl_is_connected(c->idl)
            ? "connection lost, retrying"
            : ovsdb_idl_is_lock_contended(c->idl)
            ? "waiting for another ovs-footprintd to go away"
            : !ovsdb_idl_has_lock(c->idl)
            ? "connected, but it grants no lock, as a read-only one (a "
              "backup) would: waiting until it does"
            : c->parts->refused
            ? "connected, but it refuses what is published, retrying less and "
              "less often: its log says why; is its disk full?"
            : "connected");
}

static struct json *
string_or_null(const char *s)
{
    return s ? json_string_create(s) : json_null_create();
}

/* Returns the pipeline of 'br', or null. */
static const struct pipeline *
find_pipeline(const struct status_context *c, const struct bridge *br)
{
    return pipelines_find(c->parts->pipelines, br->name);
}

/* Returns the sentence that says why 'br' is not (fully) served, or null. */
static const char *
get_bridge_problem(const struct bridge *br, const struct pipeline *pipeline)
{
    const char *problem = pipeline ? pipeline_get_problem(pipeline) : NULL;

    return (br->problem ? br->problem
            : problem ? problem
            : br->is_userspace ? EVIDENCE_USERSPACE
            : NULL);
}

static const char *
describe_bridge(const struct bridge *br, const struct pipeline *pipeline)
{
    return (!br->wanted ? "cleaning up"
            : !br->exists ? "missing"
            : br->mode == ZONES_OVN ? "OVN's zones"
            : br->mode == ZONES_SHARED ? "shared zones"
            : br->is_userspace ? "not tracked"
            : pipeline && pipeline_is_synced(pipeline) ? "in sync"
            : "not in sync");
}

static size_t
count_containers(const struct bridge *br)
{
    const struct port *port;
    size_t n = 0;

    LIST_FOR_EACH (port, bridge_node, &br->ports) {
        n += port->is_container;
    }
    return n;
}

/* Says in 'o' in which order packets are forwarded and accounted. */
static void
put_order(struct json *o, const struct bridge *br,
          const struct pipeline *pipeline)
{
    bool has_flows = pipeline && pipeline_count_flows(pipeline);
    enum pipeline_order order = (has_flows ? pipeline_get_order(pipeline)
                                 : PIPELINE_ISOLATED);

    json_object_put(o, "pipeline", string_or_null(
                        has_flows ? pipeline_order_to_string(order) : NULL));
    json_object_put_string(o, "pipeline_setting", pipeline_order_to_string(
                               br->pipeline_options.order));
    json_object_put(o, "why_not_isolated", string_or_null(
                        order == PIPELINE_INLINE
                        ? pipeline_get_obstacle(pipeline) : NULL));
}

static struct json *
bridges_to_json(const struct status_context *c)
{
    const struct bridge **bridges;
    size_t n = topology_sort_bridges(c->parts->topology, &bridges);
    struct json *array = json_array_create_empty();

    for (size_t i = 0; i < n; i++) {
        const struct bridge *br = bridges[i];
        const struct pipeline *pipeline = find_pipeline(c, br);
        struct json *o = json_object_create();

        json_object_put_string(o, "name", br->name);
        json_object_put_string(o, "state", describe_bridge(br, pipeline));
        json_object_put(o, "containers",
                        json_integer_create(count_containers(br)));
        json_object_put(o, "flows", json_integer_create(
                            pipeline ? pipeline_count_flows(pipeline) : 0));
        put_order(o, br, pipeline);
        json_object_put(o, "problem",
                        string_or_null(get_bridge_problem(br, pipeline)));
        json_array_add(array, o);
    }
    free(bridges);
    return array;
}

/* 'sentence' may be null. */
static void
add_sentence(struct json *array, const char *sentence)
{
    if (sentence) {
        json_array_add(array, json_string_create(sentence));
    }
}

/* Adds 'problem', unless it is null, after 'name', the bridge or port that has
 * it, unless 'problem' begins with that itself. */
static void
add_problem_of(struct json *array, const char *name, const char *problem)
{
    if (problem && !strncmp(problem, "bridge ", strlen("bridge "))) {
        add_sentence(array, problem);
    } else if (problem) {
        json_array_add(array, json_string_create_nocopy(
                           xasprintf("%s: %s", name, problem)));
    }
}

/* A bridge with invalid settings of its own is still served; one with any of
 * the other problems is not, or not fully. */
static void
add_bridge_problems(struct json *array, const struct status_context *c)
{
    const struct bridge **bridges;
    size_t n = topology_sort_bridges(c->parts->topology, &bridges);

    for (size_t i = 0; i < n; i++) {
        const struct bridge *br = bridges[i];
        const struct pipeline *pipeline = find_pipeline(c, br);

        add_sentence(array, br->options_problem);
        add_sentence(array, br->tracking_problem);
        add_sentence(array, br->policy_problem);
        add_problem_of(array, br->name, br->problem);
        add_problem_of(array, br->name,
                       pipeline ? pipeline_get_problem(pipeline) : NULL);
        if (br->wanted && br->mode == ZONES_MANAGED && br->fails_open) {
            add_problem_of(array, br->name,
                           "it has lost its controller and forwards past all "
                           "flows; with fail_mode secure, or no controller, "
                           "it would not");
        }
    }
    free(bridges);
}

static void
add_watch_error(struct json *array, const struct watch *watch,
                const struct port *port)
{
    int error = port->zone ? watch_get_error(watch, port->zone) : 0;

    if (error) {
        json_array_add(array, json_string_create_nocopy(
                           xasprintf("%s: the detector cannot watch its zone "
                                     "%"PRIu16" (%s)", port->name, port->zone,
                                     ovs_strerror(error))));
    }
}

/* Adds the sentences 'problems', sorted by the keys that they are about. */
static void
add_settings_problems(struct json *array, const struct shash *problems)
{
    const struct shash_node **nodes = shash_sort(problems);

    for (size_t i = 0; i < shash_count(problems); i++) {
        add_sentence(array, nodes[i]->data);
    }
    free(nodes);
}

static void
add_publication_problems(struct json *array, const struct publication *p)
{
    struct svec problems = SVEC_EMPTY_INITIALIZER;
    const char *problem;
    size_t i;

    publication_get_problems(p, &problems);
    SVEC_FOR_EACH (i, problem, &problems) {
        add_sentence(array, problem);
    }
    svec_destroy(&problems);
}

/* If an interface moves more than its zone shows, the port is judged by
 * counters, but the cause may need the user's attention as well. */
static void
add_wire_problem(struct json *array, const struct evidence *e)
{
    if (e->wire_fault && e->wire.reason) {
        add_problem_of(array, e->port->name, e->wire.reason);
    }
}

/* Adds one sentence for all ports, since the usual cause is the network
 * namespace of the daemon. */
static void
add_elsewhere_problem(struct json *array, const struct judge *judge,
                      const struct port **ports, size_t n)
{
    const char *first = NULL;
    size_t count = 0;

    for (size_t i = 0; i < n; i++) {
        if (judge_get_verdict(judge, ports[i])->evidence.elsewhere) {
            first = first ? first : ports[i]->name;
            count++;
        }
    }
    if (first) {
        json_array_add(array, json_string_create_nocopy(xasprintf(
            "the network devices of %"PRIuSIZE" ports, the first of which is "
            "%s, are in another network namespace than this daemon, which "
            "must run in that of ovs-vswitchd (for a pod, hostNetwork: true); "
            "until then their packets are not tracked", count, first)));
    }
}

/* Returns sentences about settings, bridges and ports, in an array. */
static struct json *
problems_to_json(const struct status_context *c)
{
    const struct settings *settings = c->parts->settings;
    const struct judge *judge = c->parts->judge;
    struct json *array = json_array_create_empty();
    const struct port **ports;
    size_t n;

    add_settings_problems(array, &settings->problems);
    add_settings_problems(array, &settings->unknown);
    add_bridge_problems(array, c);
    add_publication_problems(array, c->parts->publication);
    add_sentence(array, guard_get_problem(c->parts->guard));
    n = topology_sort_ports(c->parts->topology, &ports);
    add_elsewhere_problem(array, judge, ports, n);
    for (size_t i = 0; i < n; i++) {
        add_sentence(array, port_get_zone_problem(ports[i]));
        add_sentence(array, ports[i]->kind_problem);
        add_sentence(array, ports[i]->threshold_problem);
        add_sentence(array, ports[i]->tracking_problem);
        add_sentence(array, ports[i]->policy_problem);
        add_sentence(array, ports[i]->endpoint_problem);
        add_watch_error(array, c->parts->watch, ports[i]);
        add_wire_problem(array, &judge_get_verdict(judge, ports[i])->evidence);
    }
    free(ports);
    return array;
}

/* The containers that are not judged by their flows, and why. */
static struct json *
judged_otherwise_to_json(const struct status_context *c)
{
    struct json *array = json_array_create_empty();
    const struct port **ports;
    size_t n = topology_sort_ports(c->parts->topology, &ports);

    for (size_t i = 0; i < n; i++) {
        const struct evidence *e
            = &judge_get_verdict(c->parts->judge, ports[i])->evidence;
        const char *reason = evidence_get_reason(e);

        if (ports[i]->is_container && reason
            && (e->kind == EVIDENCE_NONE || !evidence_is_as_wished(e))) {
            struct json *o = json_object_create();

            json_object_put_string(o, "port", ports[i]->name);
            json_object_put(o, "evidence", string_or_null(
                                evidence_kind_to_string(e->kind)));
            json_object_put_string(o, "reason", reason);
            json_object_put(o, "pending", json_boolean_create(e->pending));
            json_array_add(array, o);
        }
    }
    free(ports);
    return array;
}

/* How many containers there are, and how many of them are tracked. */
static struct json *
tracking_to_json(const struct status_context *c)
{
    const struct hmap *ports = topology_get_ports(c->parts->topology);
    struct json *o = json_object_create();
    long long int n_tracked = 0, n_quiet = 0;
    const struct port *port;

    HMAP_FOR_EACH (port, name_node, ports) {
        if (port->is_container && port->bridge->wanted) {
            bool tracked = judge_needs_flows(c->parts->judge, port);

            n_tracked += tracked;
            n_quiet += !tracked;
        }
    }
    json_object_put(o, "tracked", json_integer_create(n_tracked));
    json_object_put(o, "quiet", json_integer_create(n_quiet));
    return o;
}

/* What each detector costs, or would. */
static struct json *
cost_to_json(const struct status_context *c)
{
    struct json *o = json_object_create();
    struct detector_cost_figures cost;

    node_estimate_detector_cost(c->node, &cost);
    json_object_put(o, "packets_per_second", json_real_create(cost.packets));
    json_object_put(o, "entries", json_integer_create(cost.entries));
    json_object_put(o, "hook", json_real_create(cost.hook));
    json_object_put(o, "scan", json_real_create(cost.scan));
    json_object_put(o, "poll", json_real_create(cost.poll));
    return o;
}

static struct json *
detector_to_json(const struct status_context *c)
{
    const struct watch *watch = c->parts->watch;
    const struct detector *successor = watch_get_successor(watch);
    struct detector *d = watch_get_detector(watch);
    struct json *o = json_object_create();

    json_object_put_string(o, "in_use",
                           detector_kind_to_string(detector_get_kind(d)));
    json_object_put_string(o, "how", (detector_is_awake(d)
                                      ? detector_get_how(d)
                                      : "detached while no container is "
                                        "tracked"));
    json_object_put(o, "why_not_better",
                    string_or_null(watch_get_problem(watch)));
    json_object_put(o, "load", string_or_null(watch_get_load_reason(watch)));
    json_object_put(o, "successor",
                    string_or_null(successor
                                   ? detector_kind_to_string(
                                       detector_get_kind(successor))
                                   : NULL));
    json_object_put(o, "cost", cost_to_json(c));
    return o;
}

static struct json *
zones_to_json(const struct status_context *c)
{
    const struct settings *s = c->parts->settings;
    struct json *o = json_object_create();
    unsigned int n_range, n_owned;

    zones_count(topology_get_zones(c->parts->topology),
                &n_range, &n_owned);
    json_object_put(o, "first", json_integer_create(s->zone_min));
    json_object_put(o, "last", json_integer_create(s->zone_max));
    json_object_put(o, "allocated", json_integer_create(n_owned));
    return o;
}

struct json *
status_to_json(const struct status_context *c)
{
    const struct tracker *tracker = c->parts->tracker;
    const struct judge *judge = c->parts->judge;
    struct json *o = json_object_create();
    struct json *db = json_object_create();

    json_object_put_string(db, "remote", c->remote);
    json_object_put_string(db, "state", describe_database(c));
    json_object_put(o, "database", db);
    json_object_put(o, "detector", detector_to_json(c));
    json_object_put(o, "zones", zones_to_json(c));
    json_object_put(o, "bridges", bridges_to_json(c));
    json_object_put(o, "tracking", tracking_to_json(c));
    json_object_put(o, "elephants", json_integer_create(
                        tracker_count_conversations(tracker)));
    json_object_put(o, "ambiguous_elephants",
                    json_integer_create(judge_count_ambiguous(judge)));
    json_object_put(o, "heavy_containers",
                    json_integer_create(judge_count_heavy(judge)));
    json_object_put(o, "problems", problems_to_json(c));
    json_object_put(o, "judged_otherwise", judged_otherwise_to_json(c));
    json_object_put(o, "blind_spots", blind_spots_to_json(c->parts));
    return o;
}

/* Returns the member 'key' of 'o', which must exist, made printable, or null
 * if it is not a string. */
static const char *
get_string(const struct json *o, const char *key)
{
    const struct json *value = shash_find_data(json_object(o), key);

    return (value->type == JSON_STRING ? printable_text(json_string(value))
            : NULL);
}

static long long int
get_integer(const struct json *o, const char *key)
{
    return json_integer(shash_find_data(json_object(o), key));
}

static const struct json *
get_member(const struct json *o, const char *key)
{
    return shash_find_data(json_object(o), key);
}

/* Says which order of the pipeline is in use, and why, unless that is just
 * what the settings ask for. */
static void
format_order(const struct json *br, struct ds *s)
{
    const char *order = get_string(br, "pipeline");
    const char *obstacle = get_string(br, "why_not_isolated");

    if (order && obstacle) {
        ds_put_format(s, "    inline, not isolated: %s\n", obstacle);
    } else if (order && !strcmp(get_string(br, "pipeline_setting"), "auto")) {
        ds_put_format(s, "    %s: nothing on the bridge prevents it\n", order);
    }
}

static void
format_bridges(const struct json *bridges, struct ds *s)
{
    size_t n = json_array_size(bridges);

    ds_put_format(s, "bridges:%s\n",
                  n ? "" : " none, name some in external_ids:"
                           "footprint-bridges");
    for (size_t i = 0; i < n; i++) {
        const struct json *br = json_array_at(bridges, i);
        const char *problem = get_string(br, "problem");

        ds_put_format(s, "  %s: %s, %lld containers, %lld flows\n",
                      printable(get_string(br, "name")),
                      get_string(br, "state"),
                      get_integer(br, "containers"),
                      get_integer(br, "flows"));
        format_order(br, s);
        if (problem) {
            ds_put_format(s, "    %s\n", problem);
        }
    }
}

static double
get_real(const struct json *o, const char *key)
{
    return json_real(get_member(o, key));
}

/* 'in_use' is the kind of the detector in use. */
static void
format_cost(const struct json *cost, const char *in_use, struct ds *s)
{
    const char *separator = ";";

    ds_put_format(s, "  cost: %.2f %% of a processor, with %.0f packets/s and "
                  "%lld conntrack entries", get_real(cost, in_use) * 100,
                  get_real(cost, "packets_per_second"),
                  get_integer(cost, "entries"));
    for (int kind = DETECTOR_NONE + 1; kind < DETECTOR_N_KINDS; kind++) {
        const char *name = detector_kind_to_string(kind);

        if (strcmp(name, in_use)) {
            ds_put_format(s, "%s %s would cost %.2f %%", separator, name,
                          get_real(cost, name) * 100);
            separator = ",";
        }
    }
    ds_put_char(s, '\n');
}

static void
format_detector(const struct json *detector, struct ds *s)
{
    const char *why = get_string(detector, "why_not_better");
    const char *in_use = get_string(detector, "in_use");
    const char *load = get_string(detector, "load");
    const char *successor = get_string(detector, "successor");

    ds_put_format(s, "detector: %s (%s)\n", in_use,
                  get_string(detector, "how"));
    if (why) {
        ds_put_format(s, "  why not a better one: %s\n", why);
    }
    if (load) {
        ds_put_format(s, "  chosen by load: %s\n", load);
    }
    if (successor) {
        ds_put_format(s, "  %s takes over when it has found the elephants\n",
                      successor);
    }
    if (strcmp(in_use, "none")) {
        format_cost(get_member(detector, "cost"), in_use, s);
    }
}

static void
format_tracking(const struct json *tracking, struct ds *s)
{
    long long int n_quiet = get_integer(tracking, "quiet");

    if (n_quiet) {
        ds_put_format(s, "tracked: %lld containers; not %lld others, whose "
                      "interfaces move too little to have an elephant\n",
                      get_integer(tracking, "tracked"), n_quiet);
    }
}

static void
format_problems(const struct json *problems, struct ds *s)
{
    size_t n = json_array_size(problems);

    ds_put_format(s, "problems:%s\n", n ? "" : " none");
    for (size_t i = 0; i < n; i++) {
        ds_put_format(s, "  %s\n",
                      printable_text(json_string(json_array_at(problems, i))));
    }
}

static void
format_judged_otherwise(const struct json *ports, struct ds *s)
{
    size_t n = json_array_size(ports);

    ds_put_format(s, "judged by counters:%s\n", n ? "" : " none");
    for (size_t i = 0; i < n; i++) {
        const struct json *port = json_array_at(ports, i);

        ds_put_format(s, "  %s: %s%s\n", printable(get_string(port, "port")),
                      get_string(port, "reason"),
                      json_boolean(get_member(port, "pending"))
                      ? "; it is not judged yet"
                      : get_string(port, "evidence")
                      ? "" : "; it has no counters either");
    }
}

void
status_format(const struct status_context *c, struct ds *s)
{
    struct json *status = status_to_json(c);
    const struct json *db = get_member(status, "database");
    const struct json *zones = get_member(status, "zones");

    ds_put_format(s, "database: %s, %s\n", get_string(db, "remote"),
                  get_string(db, "state"));
    format_detector(get_member(status, "detector"), s);
    ds_put_format(s, "zones: %lld allocated from %lld-%lld\n",
                  get_integer(zones, "allocated"), get_integer(zones, "first"),
                  get_integer(zones, "last"));
    format_bridges(get_member(status, "bridges"), s);
    format_tracking(get_member(status, "tracking"), s);
    ds_put_format(s, "elephants: %lld\n", get_integer(status, "elephants"));
    if (get_integer(status, "ambiguous_elephants")) {
        ds_put_format(s, "  of which %lld could be several ports', since "
                      "those have the same address\n",
                      get_integer(status, "ambiguous_elephants"));
    }
    ds_put_format(s, "heavy containers: %lld\n",
                  get_integer(status, "heavy_containers"));
    format_problems(get_member(status, "problems"), s);
    format_judged_otherwise(get_member(status, "judged_otherwise"), s);
    blind_spots_format(get_member(status, "blind_spots"), s);
    json_destroy(status);
}
