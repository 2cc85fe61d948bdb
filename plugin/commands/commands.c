/* SPDX-License-Identifier: Apache-2.0 */

/* The commands of ovs-footprintd.
 *
 * Each one makes its answer once, as a report or as JSON, and shows that
 * either aligned, for people, or with --format=json, for programs. */

#include <config.h>
#include "commands/commands.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "commands/show-status.h"
#include "detector/detector.h"
#include "flow.h"
#include "footprint/attribution.h"
#include "footprint/judge.h"
#include "footprint/tracker.h"
#include "lib/identity.h"
#include "lib/report.h"
#include "node/node.h"
#include "node/watch.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "ovsdb-idl.h"
#include "timeval.h"
#include "topology/topology.h"
#include "unixctl.h"
#include "util.h"
#include "zones/zones.h"

/* What commands look at. */
static struct status_context context;

/* Makes the report that a command shows. */
typedef struct report *make_report(const struct node *);

/* Finds out from a command's arguments whether it is to answer in JSON.
 * Replies with an error and returns false if they make no sense. */
static bool
parse_format(struct unixctl_conn *conn, int argc, const char *argv[],
             bool *json)
{
    *json = false;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--format=json")) {
            *json = true;
        } else if (!strcmp(argv[i], "--format=text")) {
            *json = false;
        } else {
            char *error = xasprintf("%s: unknown argument, use --format=json, "
                                    "--format=text or none\n", argv[i]);
            unixctl_command_reply_error(conn, error);
            free(error);
            return false;
        }
    }
    return true;
}

/* Takes ownership of 'json'. */
static void
reply_json(struct unixctl_conn *conn, struct json *json)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    json_to_ds(json, JSSF_PRETTY | JSSF_SORT, &s);
    ds_put_char(&s, '\n');
    unixctl_command_reply(conn, ds_cstr(&s));
    ds_destroy(&s);
    json_destroy(json);
}

static void
handle_report(struct unixctl_conn *conn, int argc, const char *argv[],
              void *make_)
{
    make_report *make = make_;
    struct report *report;
    bool json;

    if (!parse_format(conn, argc, argv, &json)) {
        return;
    }
    report = make(context.node);
    if (json) {
        reply_json(conn, report_to_json(report));
    } else {
        struct ds s = DS_EMPTY_INITIALIZER;

        report_format(report, &s);
        unixctl_command_reply(conn, ds_cstr(&s));
        ds_destroy(&s);
    }
    report_destroy(report);
}

/* Cells. */

/* 'n' with a decimal prefix, three significant digits: "12.5M". */
static char *
format_amount(uint64_t n)
{
    static const char prefixes[] = " kMGTPE";
    double x = n;
    int i = 0;

    while (x >= 999.5 && i < (int) strlen(prefixes) - 1) {
        x /= 1000;
        i++;
    }
    return (!i ? xasprintf("%"PRIu64, n)
            : xasprintf("%.*f%c", x < 9.995 ? 2 : x < 99.95 ? 1 : 0, x,
                        prefixes[i]));
}

static void
add_rate(struct report *r, uint64_t rate)
{
    report_add(r, json_integer_create(rate), format_amount(rate));
}

/* A duration in milliseconds; people see seconds, minutes and hours. */
static void
add_duration(struct report *r, long long int msec)
{
    long long int s = msec / 1000;
    char *text = (s < 60 ? xasprintf("%llds", s)
                  : s < 3600 ? xasprintf("%lldm%02llds", s / 60, s % 60)
                  : xasprintf("%lldh%02lldm", s / 3600, s / 60 % 60));

    report_add(r, json_integer_create(s), text);
}

/* One end of a flow: address and, if there is one, port. */
static void
add_endpoint(struct report *r, const struct in6_addr *addr, ovs_be16 port,
             bool has_port)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    if (has_port) {
        ipv6_format_mapped(addr, &s);
        if (ds_last(&s) != EOF && strchr(ds_cstr(&s), ':')) {
            char *v6 = ds_steal_cstr(&s);

            ds_put_format(&s, "[%s]", v6);
            free(v6);
        }
        ds_put_format(&s, ":%"PRIu16, ntohs(port));
    } else {
        ipv6_format_mapped(addr, &s);
    }
    report_add_string(r, ds_cstr(&s));
    ds_destroy(&s);
}

static void
add_container(struct report *r, const struct port *port)
{
    char *name = port ? identity_to_string(&port->identity) : NULL;

    report_add_string(r, name);
    free(name);
}

/* show-elephants. */

static const struct report_column elephant_columns[] = {
    { "PORT", "port" },
    { "CONTAINER", "container" },
    { "ROLE", "role" },
    { "PROTO", "protocol" },
    { "SOURCE", "source" },
    { "DESTINATION", "destination" },
    { "ZONE", "zone" },
    { "BYTES", "bytes" },
    { "PACKETS", "packets" },
    { "BYTES-BACK", "reply_bytes" },
    { "PACKETS-BACK", "reply_packets" },
    { "BIT/S", "rate" },
    { "AGE", "age" },
};

/* 'port' is null if it is not known whose flow it is. */
static void
add_elephant(struct report *r, const struct ct_flow *flow,
             const struct port *port, enum footprint_role role)
{
    const struct ct_tuple *t = &flow->tuple;
    bool has_ports = t->src_port || t->dst_port;

    report_add_row(r);
    report_add_string(r, port ? port->name : NULL);
    add_container(r, port);
    report_add_string(r, footprint_role_to_string(role));
    report_add_string(r, ct_proto_name(t->nw_proto));
    add_endpoint(r, &t->src, t->src_port, has_ports);
    add_endpoint(r, &t->dst, t->dst_port, has_ports);
    report_add_number(r, flow->zone);
    for (int dir = 0; dir < CT_N_DIRS; dir++) {
        report_add_number(r, flow->bytes[dir]);
        report_add_number(r, flow->packets[dir]);
    }
    add_rate(r, flow->rate);
    add_duration(r, MAX(0, time_msec() - flow->created));
}

/* One row for each container that 'flow' belongs to. */
static void
add_elephants(struct report *r, const struct node *node,
              const struct ct_flow *flow)
{
    struct attribution parts[ATTRIBUTION_MAX];
    bool ambiguous;
    size_t n = attribution_of_flow(node_get_topology(node), flow, parts,
                                   &ambiguous);

    for (size_t i = 0; i < n; i++) {
        add_elephant(r, flow, parts[i].port, parts[i].role);
    }
    if (!n) {
        add_elephant(r, flow, NULL, FOOTPRINT_NONE);
    }
}

static struct report *
make_elephants(const struct node *node)
{
    struct report *r = report_create(elephant_columns,
                                     ARRAY_SIZE(elephant_columns));
    struct elephant **elephants;
    size_t n = tracker_get_all(node_get_tracker(node), &elephants);

    for (size_t i = 0; i < n; i++) {
        struct ct_flow flow = elephants[i]->flow;

        if (detector_refresh(watch_get_detector(node_get_watch(node)),
                             &flow)) {
            add_elephants(r, node, &flow);
        }
    }
    free(elephants);
    return r;
}

/* show-footprints. */

static const struct report_column footprint_columns[] = {
    { "BRIDGE", "bridge" },
    { "PORT", "port" },
    { "CONTAINER", "container" },
    { "FOOTPRINT", "footprint" },
    { "ROLE", "role" },
    { "EVIDENCE", "evidence" },
    { "ELEPHANTS", "elephants" },
    { "SINCE", "since" },
};

static struct report *
make_footprints(const struct node *node)
{
    struct report *r = report_create(footprint_columns,
                                     ARRAY_SIZE(footprint_columns));
    struct port **ports;
    size_t n = topology_sort_ports(node_get_topology(node), &ports);

    for (size_t i = 0; i < n; i++) {
        const struct port *port = ports[i];
        const struct verdict *v = judge_get_verdict(node_get_judge(node),
                                                    port);
        const struct footprint *fp = &v->footprint;
        char *since;

        if (!port->is_container) {
            continue;
        }
        since = xastrftime_msec("%Y-%m-%dT%H:%M:%SZ", fp->since, true);
        report_add_row(r);
        report_add_string(r, port->bridge->name);
        report_add_string(r, port->name);
        add_container(r, port);
        report_add_string(r, footprint_class_to_string(fp->class));
        report_add_string(r, footprint_role_to_string(fp->role));
        report_add_string(r, evidence_kind_to_string(v->evidence.kind));
        if (v->evidence.kind == EVIDENCE_FLOWS) {
            report_add_number(r, fp->n_elephants);
        } else {
            report_add(r, NULL, NULL);
        }
        report_add_string(r, since);
        free(since);
    }
    free(ports);
    return r;
}

/* show-zones. */

static const struct report_column zone_columns[] = {
    { "ZONE", "zone" },
    { "BRIDGE", "bridge" },
    { "PORT", "port" },
    { "OFPORT", "ofport" },
    { "CONTAINER", "container" },
    { "MAC", "mac" },
    { "MODE", "mode" },
    { "PROBLEM", "problem" },
};

static void
add_macs(struct report *r, const struct port *port)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < port->macs.n; i++) {
        ds_put_format(&s, "%s"ETH_ADDR_FMT, i ? "," : "",
                      ETH_ADDR_ARGS(port->macs.addrs[i]));
    }
    report_add_string(r, s.length ? ds_cstr(&s) : NULL);
    ds_destroy(&s);
}

static int
compare_zones(const void *a_, const void *b_)
{
    const struct port *const *a = a_;
    const struct port *const *b = b_;

    return ((*a)->zone < (*b)->zone ? -1 : (*a)->zone > (*b)->zone ? 1
            : strcmp((*a)->name, (*b)->name));
}

static struct report *
make_zones(const struct node *node)
{
    struct report *r = report_create(zone_columns, ARRAY_SIZE(zone_columns));
    struct port **ports;
    size_t n = topology_sort_ports(node_get_topology(node), &ports);

    qsort(ports, n, sizeof *ports, compare_zones);
    for (size_t i = 0; i < n; i++) {
        const struct port *port = ports[i];

        if (!port->is_container) {
            continue;
        }
        report_add_row(r);
        if (port->zone) {
            report_add_number(r, port->zone);
        } else {
            report_add(r, NULL, NULL);
        }
        report_add_string(r, port->bridge->name);
        report_add_string(r, port->name);
        if (port->ofport != OFPP_NONE) {
            report_add_number(r, ofp_to_u16(port->ofport));
        } else {
            report_add(r, NULL, NULL);
        }
        add_container(r, port);
        add_macs(r, port);
        report_add_string(r, zones_mode_to_string(port->bridge->mode));
        report_add_string(r, port->problem);
    }
    free(ports);
    return r;
}

/* show-status. */

static void
handle_status(struct unixctl_conn *conn, int argc, const char *argv[],
              void *aux OVS_UNUSED)
{
    bool as_json;

    if (!parse_format(conn, argc, argv, &as_json)) {
        return;
    }
    if (as_json) {
        reply_json(conn, status_to_json(&context));
    } else {
        struct ds s = DS_EMPTY_INITIALIZER;

        status_format(&context, &s);
        unixctl_command_reply(conn, ds_cstr(&s));
        ds_destroy(&s);
    }
}

void
commands_init(struct node *node, struct ovsdb_idl *idl, const char *remote)
{
    static const struct {
        const char *name;
        make_report *make;
    } reports[] = {
        { "show-elephants", make_elephants },
        { "show-footprints", make_footprints },
        { "show-zones", make_zones },
    };

    context = (struct status_context) {
        .node = node, .idl = idl, .remote = remote,
    };
    for (size_t i = 0; i < ARRAY_SIZE(reports); i++) {
        unixctl_command_register(reports[i].name, "[--format=json]", 0, 1,
                                 handle_report, reports[i].make);
    }
    unixctl_command_register("show-status", "[--format=json]", 0, 1,
                             handle_status, NULL);
}

void
commands_destroy(void)
{
    memset(&context, 0, sizeof context);
}
