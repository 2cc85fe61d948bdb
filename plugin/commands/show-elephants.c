/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "commands/show-elephants.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "flow.h"
#include "footprint/attribution.h"
#include "footprint/tracker.h"
#include "lib/humanize.h"
#include "lib/identity.h"
#include "lib/report.h"
#include "node/node-parts.h"
#include "node/watch.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "publish/learner.h"
#include "timeval.h"
#include "topology/topology.h"
#include "util.h"

static const struct report_column columns[] = {
    { "PORT", "port" },
    { "CONTAINER", "container" },
    { "WORKLOAD", "workload" },
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

/* Adds one end of a flow with tuple 't': its address and, if the protocol has
 * ports, its port. */
static void
add_endpoint(struct report *r, const struct ct_tuple *t,
             const struct in6_addr *addr, ovs_be16 port)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ct_tuple_format_addr(t, addr, &s);
    if (t->src_port || t->dst_port) {
        if (ds_last(&s) != EOF && strchr(ds_cstr(&s), ':')) {
            char *v6 = ds_steal_cstr(&s);

            ds_put_format(&s, "[%s]", v6);
            free(v6);
        }
        ds_put_format(&s, ":%"PRIu16, ntohs(port));
    }
    report_add_string_nocopy(r, ds_steal_cstr(&s));
}

/* Adds 'port', its container and its workload.  'port' is null if it is not
 * known whose flow it is. */
static void
add_port(struct report *r, const struct node_parts *node,
         const struct port *port)
{
    const struct port_workload *w
        = port ? learner_get_workload(node->learner, port) : NULL;

    report_add_name(r, port ? port->name : NULL);
    report_add_name_nocopy(r, port ? identity_to_string(&port->identity)
                              : NULL);
    report_add_name(r, w ? w->key : NULL);
}

static void
add_elephant(struct report *r, const struct node_parts *node,
             const struct ct_flow *flow, const struct attribution *part)
{
    long long int age = MAX(0, time_msec() - flow->created) / 1000;
    const struct ct_tuple *t = &flow->tuple;

    report_add_row(r);
    add_port(r, node, part->port);
    report_add_string(r, footprint_role_to_string(part->role));
    report_add_string(r, ct_proto_name(t->nw_proto));
    add_endpoint(r, t, &t->src, t->src_port);
    add_endpoint(r, t, &t->dst, t->dst_port);
    report_add_number(r, flow->zone);
    for (int dir = 0; dir < CT_N_DIRS; dir++) {
        report_add_number(r, flow->bytes[dir]);
        report_add_number(r, flow->packets[dir]);
    }
    report_add_amount(r, flow->rate);
    report_add(r, json_integer_create(age), humanize_duration(age));
}

/* Adds one row for each container that 'flow' belongs to, or one without a
 * container. */
static void
add_elephants(struct report *r, const struct node_parts *node,
              const struct ct_flow *flow)
{
    struct attribution parts[ATTRIBUTION_MAX];
    bool ambiguous;
    size_t n = attribution_of_flow(node->topology, flow, parts,
                                   &ambiguous);

    for (size_t i = 0; i < n; i++) {
        add_elephant(r, node, flow, &parts[i]);
    }
    if (!n) {
        const struct attribution nobody = { NULL, FOOTPRINT_NONE };

        add_elephant(r, node, flow, &nobody);
    }
}

struct report *
show_elephants(const struct node_parts *node)
{
    struct report *r = report_create(columns, ARRAY_SIZE(columns));
    struct elephant **elephants;
    size_t n = tracker_get_all(node->tracker, &elephants);

    for (size_t i = 0; i < n; i++) {
        struct ct_flow flow = elephants[i]->flow;

        if (watch_refresh(node->watch, &flow)) {
            add_elephants(r, node, &flow);
        }
    }
    free(elephants);
    return r;
}
