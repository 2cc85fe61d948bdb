/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "publish/pupil.h"

#include <stdlib.h>
#include <string.h>

#include "footprint/judge.h"
#include "lib/identity.h"
#include "lib/printable.h"
#include "openvswitch/vlog.h"
#include "ovsdb/footprint-keys.h"
#include "topology/port.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(pupil);

/* An endpoint has a name of the form "namespace/pod". */
static void
find_endpoint_workload(const struct port *port, struct workload *w)
{
    const char *name = port->identity.name;
    const char *slash = name ? strchr(name, '/') : NULL;

    if (slash) {
        char *namespace = xmemdup0(name, slash - name);

        workload_from_pod_name(w, namespace, slash + 1);
        free(namespace);
    } else {
        *w = (struct workload) {
            .why = xstrdup("its endpoint has no name of the form "
                           "\"namespace/pod\""),
        };
    }
}

/* Reads in which Kubernetes node the container behind 'port' runs. */
static void
read_k8s_node(struct pupil *p, const struct port *port)
{
    const char *name = port->identity.k8s_node;
    char *problem = name ? identity_check_node_name(name) : NULL;

    free(p->on_node);
    p->on_node = problem || !name || !*name ? NULL : xstrdup(name);
    if (problem) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 5);

        VLOG_WARN_RL(&rl, "Interface %s: external_ids:"FP_CFG_K8S_NODE"="
                     "\"%s\" is invalid: %s; the container counts for this "
                     "node alone", printable(port->name), printable(name),
                     problem);
        free(problem);
    }
}

struct pupil *
pupil_create(void)
{
    struct pupil *p = xzalloc(sizeof *p);

    ovs_list_init(&p->workload_node);
    return p;
}

void
pupil_read(struct pupil *p, const struct port *port)
{
    workload_destroy(&p->workload);
    if (port->endpoint_id) {
        find_endpoint_workload(port, &p->workload);
    } else {
        workload_from_identity(&p->workload, &port->identity);
    }
    free(p->container);
    p->container = identity_to_string(&port->identity);
    read_k8s_node(p, port);
    p->version = port->version;
    p->public.key = p->workload.key;
    p->public.said = p->workload.kind == WORKLOAD_SAID;
    p->public.why = p->workload.why;
    p->known = false;
}

void
pupil_destroy(struct pupil *p)
{
    if (p) {
        workload_destroy(&p->workload);
        free(p->container);
        free(p->on_node);
        free(p);
    }
}

struct pupil_state
pupil_state_of_verdict(const struct verdict *v, double rate)
{
    bool by_flows = v->evidence.kind == EVIDENCE_FLOWS;
    const char *evidence = evidence_kind_to_string(v->evidence.kind);

    return (struct pupil_state) {
        .class = v->footprint.class,
        .role = v->footprint.role,
        .evidence = evidence ? evidence : "",
        .since = v->footprint.since / 1000,
        .elephants = by_flows ? v->footprint.n_elephants : 0,
        .rate = rate,
    };
}

bool
pupil_state_equal(const struct pupil_state *a, const struct pupil_state *b)
{
    return (a->class == b->class && a->role == b->role
            && !strcmp(a->evidence, b->evidence) && a->since == b->since
            && a->elephants == b->elephants && a->rate == b->rate);
}
