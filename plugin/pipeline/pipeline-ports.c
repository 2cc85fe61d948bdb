/* SPDX-License-Identifier: Apache-2.0 */

/* Remembers the ports of a bridge and claims their flows.
 *
 * There are claims if there is a layout, which says where the flows may live,
 * and at least one container that is tracked or treated.  When either comes
 * or goes, all claims are made or released; otherwise only those of the ports
 * that changed. */

#include <config.h>

#include "pipeline/pipeline-ports.h"

#include "flow.h"
#include "lib/printable.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "pipeline/flow-table.h"
#include "pipeline/pipeline-elephants.h"
#include "pipeline/pipeline-flows.h"
#include "pipeline/pipeline-types.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(pipeline_ports);

/* A port, and the flows it needs. */
struct member {
    struct hmap_node node;      /* In pipeline_ports's 'members', by place. */
    struct pipeline_port port;
    struct eth_addr *macs;      /* What 'port.macs' points to; owned. */
    struct ovs_list claims;     /* Contains the flow table's claims. */
    unsigned int round;         /* 'round' of the pipeline_ports when this was
                                 * last asked for. */
};

struct pipeline_ports {
    char *name;                 /* Name of the bridge, for the log. */
    struct flow_table *ft;      /* Not owned. */
    struct hmap members;        /* Contains "struct member"s. */
    size_t n_containers;        /* Members that have a zone. */
    size_t n_adaptive;          /* Members that have one at times. */
    struct ovs_list claims;     /* Claims of the bridge as a whole. */
    struct pipeline_elephants *elephants;
    unsigned int round;

    struct pipeline_layout layout;
    bool sparing;               /* What is missing in 'layout'. */
    bool placed;                /* Does 'layout' say anything? */
    bool claiming;              /* Placed, and there is such a container. */
};

/* Claims on their way to a list. */
struct claimant {
    struct flow_table *ft;
    uint32_t rank;
    struct ovs_list *claims;
};

struct pipeline_ports *
pipeline_ports_create(const char *name, struct flow_table *ft)
{
    struct pipeline_ports *pp = xzalloc(sizeof *pp);

    pp->name = xstrdup(printable(name));
    pp->ft = ft;
    hmap_init(&pp->members);
    ovs_list_init(&pp->claims);
    pp->elephants = pipeline_elephants_create(ft);
    return pp;
}

/* Are 'a' and 'b' for the same container, as far as its place goes? */
static bool
same_place(const struct pipeline_port *a, const struct pipeline_port *b)
{
    return (a->ofport == b->ofport
            && a->endpoint_vlan == b->endpoint_vlan
            && ipv6_addr_equals(&a->endpoint_addr, &b->endpoint_addr));
}

static struct member *
member_create(struct pipeline_ports *pp, const struct pipeline_port *port)
{
    struct member *m = xzalloc(sizeof *m);

    ovs_list_init(&m->claims);
    hmap_insert(&pp->members, &m->node, hash_ofp_port(port->ofport));
    return m;
}

static void
member_destroy(struct pipeline_ports *pp, struct member *m)
{
    flow_table_release(pp->ft, &m->claims);
    pp->n_containers -= m->port.zone != 0;
    pp->n_adaptive -= m->port.adaptive;
    hmap_remove(&pp->members, &m->node);
    free(m->macs);
    free(m);
}

static struct member *
member_find(const struct pipeline_ports *pp, const struct pipeline_port *port)
{
    struct member *m;

    HMAP_FOR_EACH_WITH_HASH (m, node, hash_ofp_port(port->ofport),
                             &pp->members) {
        if (same_place(&m->port, port)) {
            return m;
        }
    }
    return NULL;
}

/* Releases all claims and forgets all ports. */
void
pipeline_ports_destroy(struct pipeline_ports *pp)
{
    if (pp) {
        struct member *m;

        pipeline_elephants_destroy(pp->elephants);
        flow_table_release(pp->ft, &pp->claims);
        HMAP_FOR_EACH_SAFE (m, node, &pp->members) {
            member_destroy(pp, m);
        }
        hmap_destroy(&pp->members);
        free(pp->name);
        free(pp);
    }
}

static void
claim_cb(const struct flow_spec *spec, void *claimant_)
{
    struct claimant *claimant = claimant_;

    flow_table_claim(claimant->ft, spec, claimant->rank, claimant->claims);
}

/* Makes the claims of 'm', or of the bridge if 'm' is null, what they should
 * be now.  The new ones come before the old ones go, so that flows in both are
 * left alone.
 *
 * Two ports that say they have the same address in the same VLAN contradict
 * each other.  The lower port number is believed, so that the outcome does not
 * depend on who was told first. */
static void
renew_claims(struct pipeline_ports *pp, struct member *m)
{
    struct ovs_list *claims = m ? &m->claims : &pp->claims;
    struct ovs_list new_claims = OVS_LIST_INITIALIZER(&new_claims);
    struct claimant claimant = {
        .ft = pp->ft,
        .rank = m ? ofp_to_u16(m->port.ofport) : 0,
        .claims = &new_claims,
    };
    struct pipeline_layout layout = pp->layout;

    layout.sparing = pp->sparing;
    if (pp->claiming && m) {
        pipeline_flows_for_port(&layout, &m->port, claim_cb, &claimant);
    } else if (pp->claiming) {
        pipeline_flows_for_bridge(&layout, claim_cb, &claimant);
    }
    flow_table_release(pp->ft, claims);
    ovs_list_push_back_all(claims, &new_claims);

    if (m && !flow_table_is_granted(claims)) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);

        VLOG_WARN_RL(&rl, "%s: port %"PRIu32" has an address that another "
                     "port has too; packets to it are accounted to the other",
                     pp->name, ofp_to_u16(m->port.ofport));
    }
}

static void
renew_all_claims(struct pipeline_ports *pp)
{
    struct member *m;

    renew_claims(pp, NULL);
    HMAP_FOR_EACH (m, node, &pp->members) {
        renew_claims(pp, m);
    }
    pipeline_elephants_place(pp->elephants,
                             pp->claiming ? &pp->layout : NULL);
}

static bool
port_equals(const struct pipeline_port *a, const struct pipeline_port *b)
{
    return (a->zone == b->zone
            && a->vlan == b->vlan
            && a->native == b->native
            && a->patch == b->patch
            && a->adaptive == b->adaptive
            && a->withdrawn == b->withdrawn
            && a->n_macs == b->n_macs
            && (!a->n_macs
                || !memcmp(a->macs, b->macs, a->n_macs * sizeof *a->macs)));
}

static void
member_update(struct pipeline_ports *pp, struct member *m,
              const struct pipeline_port *port)
{
    pp->n_containers -= m->port.zone != 0;
    pp->n_containers += port->zone != 0;
    pp->n_adaptive -= m->port.adaptive;
    pp->n_adaptive += port->adaptive;
    free(m->macs);
    m->macs = (port->n_macs
               ? xmemdup(port->macs, port->n_macs * sizeof *port->macs)
               : NULL);
    m->port = *port;
    m->port.macs = m->macs;
    renew_claims(pp, m);
}

static void
update_claiming(struct pipeline_ports *pp)
{
    bool claiming = (pp->placed
                     && (pp->n_containers
                         || !pipeline_elephants_is_empty(pp->elephants)));
    bool sparing = pp->n_adaptive != 0;

    if (claiming != pp->claiming || (claiming && sparing != pp->sparing)) {
        pp->claiming = claiming;
        pp->sparing = sparing;
        renew_all_claims(pp);
    }
}

void
pipeline_ports_set(struct pipeline_ports *pp,
                   const struct pipeline_port *ports, size_t n)
{
    struct member *m;

    pp->round++;
    for (size_t i = 0; i < n; i++) {
        const struct pipeline_port *port = &ports[i];

        m = member_find(pp, port);
        if (!m) {
            m = member_create(pp, port);
            member_update(pp, m, port);
        } else if (!port_equals(&m->port, port)) {
            member_update(pp, m, port);
        }
        m->round = pp->round;
    }
    if (hmap_count(&pp->members) > n) {
        HMAP_FOR_EACH_SAFE (m, node, &pp->members) {
            if (m->round != pp->round) {
                member_destroy(pp, m);
            }
        }
    }
    update_claiming(pp);
}

void
pipeline_ports_set_elephants(struct pipeline_ports *pp,
                             const struct pipeline_elephant *elephants,
                             size_t n, bool all)
{
    pipeline_elephants_set(pp->elephants, elephants, n, all);
    update_claiming(pp);
}

void
pipeline_ports_place(struct pipeline_ports *pp,
                     const struct pipeline_layout *layout)
{
    bool moved = (layout && pp->placed
                  && memcmp(layout, &pp->layout, sizeof *layout));

    pp->placed = layout != NULL;
    if (layout) {
        pp->layout = *layout;
    }
    if (moved && pp->claiming) {
        renew_all_claims(pp);
    }
    update_claiming(pp);
}
