/* SPDX-License-Identifier: Apache-2.0 */

#ifndef PIPELINE_H
#define PIPELINE_H 1

/* The OpenFlow flows that make conntrack account each container's traffic in
 * the container's own zone, on one bridge.
 *
 * Forwarding does not change: the flows track the packet without recirculating
 * it, clear what tracking left on it, and hand it to the bridge's own table 0
 * as it was, unless it is an elephant's and pipeline_set_elephants() says what
 * is to become of it.  (pipeline.c opens with the whole mechanism.)
 *
 * A pipeline holds what the flows should be, compares it with what the switch
 * has whenever it connects or either changes, and applies the difference in
 * one bundle.  It touches only flows that carry its cookie.  It never blocks;
 * while ovs-vswitchd is away it keeps trying.  Destroying a pipeline leaves
 * the flows in the switch, so that a restart of the daemon goes unnoticed. */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "byte-order.h"
#include "conntrack/ct-flow.h"
#include "openvswitch/ofp-port.h"
#include "openvswitch/types.h"
#include "packets.h"

struct ds;
struct pipeline;

/* The cookie of every flow of ours, and nobody else's. */
#define PIPELINE_COOKIE UINT64_C(0xf007941d00000000)
#define PIPELINE_COOKIE_MASK UINT64_C(0xffffffff00000000)

/* Does a flow with 'cookie' belong to some pipeline of ours? */
static inline bool
pipeline_owns_cookie(ovs_be64 cookie)
{
    return (ntohll(cookie) & PIPELINE_COOKIE_MASK) == PIPELINE_COOKIE;
}

/* The first of the two tables that a pipeline uses besides table 0, unless
 * told otherwise.  The second is the next one. */
#define PIPELINE_DEFAULT_TABLE 250
#define PIPELINE_MIN_TABLE 1
#define PIPELINE_MAX_TABLE 252

/* In place of the number of a register: any that no other flow uses. */
#define PIPELINE_REG_ANY UINT8_MAX
#define PIPELINE_MAX_REG 15

/* What comes first. */
enum pipeline_order {
    PIPELINE_AUTO,              /* PIPELINE_ISOLATED if the bridge's flows
                                 * allow that, otherwise PIPELINE_INLINE. */
    PIPELINE_INLINE,            /* A packet is accounted, then forwarded. */
    PIPELINE_ISOLATED,          /* A copy is forwarded, then the packet is
                                 * accounted, so that nothing that fails in
                                 * accounting is felt. */
};

/* What may be chosen about the flows of a bridge. */
struct pipeline_options {
    uint8_t first_table;        /* From PIPELINE_MIN_TABLE to
                                 * PIPELINE_MAX_TABLE. */
    uint8_t reg;                /* NXM_NX_REGn, or PIPELINE_REG_ANY. */
    enum pipeline_order order;
    bool hardware;              /* PIPELINE_AUTO: does Open vSwitch give flows
                                 * to hardware?  That accounts no copies, so
                                 * PIPELINE_ISOLATED would keep them out. */
    const char *harm;           /* PIPELINE_AUTO: why the order must not become
                                 * PIPELINE_INLINE, a clause for people, or
                                 * null; owned by the caller, valid until there
                                 * are other options. */
};

bool pipeline_options_equal(const struct pipeline_options *,
                            const struct pipeline_options *);

/* One port of the bridge, as the pipeline needs to know it. */
struct pipeline_port {
    ofp_port_t ofport;          /* OpenFlow port number. */
    uint16_t zone;              /* Conntrack zone of the container behind it; 0
                                 * for a port without a container. */
    int vlan;                   /* VLAN of packets from the port that have no
                                 * tag, or -1 for a trunk without one. */
    bool native;                /* The port is a trunk and 'vlan' its native
                                 * VLAN, as opposed to an access port. */
    bool patch;                 /* It leads to another bridge. */
    bool adaptive;              /* A container that has a zone here only at
                                 * times, and the rest of the time needs no
                                 * flows of its own. */
    bool withdrawn;            /* Packets from and to it shall pass no zone at
                                 * all, not even that of the other end; then
                                 * 'zone' is 0. */
    const struct eth_addr *macs; /* Addresses of the container, by which */
    size_t n_macs;              /* packets to it are recognised. */

    /* If the container is one of several behind the port, what else tells its
     * packets from theirs.  The port may be there several times, once without
     * these and once for each such container. */
    int endpoint_vlan;          /* The tag of its packets, 0 for any. */
    struct in6_addr endpoint_addr; /* Its address, IPv4-mapped for IPv4;
                                    * in6addr_any for any. */
};

/* What becomes of an elephant's packets before the bridge's own flows see
 * them. */
struct pipeline_treatment {
    int dscp;                   /* From 0 to 63, or -1 to leave it alone. */
    uint32_t queue;             /* 0: none. */
    uint32_t mark;              /* Of the packet, in the bits of */
    uint32_t mark_mask;         /* 'mark_mask', 0 for none. */
};

bool pipeline_treatment_equal(const struct pipeline_treatment *,
                              const struct pipeline_treatment *);

/* What the container behind a port sends of an elephant. */
struct pipeline_elephant {
    ofp_port_t ofport;
    int endpoint_vlan;          /* As in the port. */
    struct ct_tuple tuple;      /* As in the packets; pipeline_can_match().
                                 * All zero: all that the port sends. */
    struct pipeline_treatment treatment;
};

/* Can OpenFlow tell packets of 'tuple' from those of others between the same
 * two addresses?  It cannot see the ID of an ICMP message, nor the ports of
 * protocols that it does not know. */
bool pipeline_can_match(const struct ct_tuple *tuple);

/* Makes the pipeline of the bridge 'name'.  It wants no flows until
 * pipeline_set_ports() is called, and removes none before that. */
struct pipeline *pipeline_create(const char *name);

/* From now on the flows use the first table and the one after it, and the
 * register.  Whatever others have there makes the pipeline withdraw, with a
 * problem.  Flows that move do so all at once. */
void pipeline_configure(struct pipeline *, const struct pipeline_options *);

/* Leaves the flows in the switch. */
void pipeline_destroy(struct pipeline *);

/* From now on the flows for exactly these 'n' ports should be in the switch;
 * with 'n' zero, no flow of ours.  Copies what it needs.  Cheap when nothing
 * changed. */
void pipeline_set_ports(struct pipeline *, const struct pipeline_port *,
                        size_t n);

/* From now on exactly these 'n' elephants are treated; and if these are not
 * 'all', those of a previous run whose flows are in the switch.  Copies what
 * it needs.  Costs as much as changed, beside one look at each. */
void pipeline_set_elephants(struct pipeline *,
                            const struct pipeline_elephant *, size_t n,
                            bool all);

void pipeline_run(struct pipeline *);
void pipeline_wait(struct pipeline *);

/* True when the switch has confirmed exactly the flows last asked for. */
bool pipeline_is_synced(const struct pipeline *);

/* PIPELINE_INLINE or PIPELINE_ISOLATED, whichever the flows are made for. */
enum pipeline_order pipeline_get_order(const struct pipeline *);

/* With PIPELINE_AUTO, what speaks against PIPELINE_ISOLATED: a phrase for
 * people, or null.  Owned by the pipeline, valid until its next run. */
const char *pipeline_get_obstacle(const struct pipeline *);

/* If flows of others have to do with any of those 'bits' of packets' marks, so
 * that ours leave them alone: a phrase for people that names one such flow,
 * otherwise null.  Owned by the pipeline, valid until its next run. */
const char *pipeline_get_marker(const struct pipeline *, uint32_t bits);

/* "inline" or "isolated". */
const char *pipeline_order_to_string(enum pipeline_order);

/* Number of flows of ours in the switch, as last known. */
size_t pipeline_count_flows(const struct pipeline *);

/* What keeps the pipeline from being in sync, as a sentence for people, or
 * null.  Owned by the pipeline, valid until its next run. */
const char *pipeline_get_problem(const struct pipeline *);

#endif /* pipeline.h */
