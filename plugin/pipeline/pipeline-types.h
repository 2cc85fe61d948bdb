/* SPDX-License-Identifier: Apache-2.0 */

#ifndef PIPELINE_TYPES_H
#define PIPELINE_TYPES_H 1

/* What a pipeline is told of a bridge, and how its flows are recognized. */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "byte-order.h"
#include "conntrack/ct-flow.h"
#include "openvswitch/ofp-port.h"
#include "openvswitch/types.h"
#include "packets.h"

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

/* Whether a packet is accounted or forwarded first. */
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

/* "inline" or "isolated". */
const char *pipeline_order_to_string(enum pipeline_order);

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
    bool adaptive;              /* It is a container that has a zone here only
                                 * at times, and needs no flows of its own at
                                 * other times. */
    bool withdrawn;             /* Packets from and to it must pass no zone at
                                 * all, not even that of the other end; then
                                 * 'zone' is 0. */
    const struct eth_addr *macs; /* Addresses of the container. */
    size_t n_macs;              /* Packets to it are known by them. */

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
    uint32_t mark;              /* Of the packet. */
    uint32_t mark_mask;         /* Bits of 'mark' that count; 0: none. */
};

bool pipeline_treatment_equal(const struct pipeline_treatment *,
                              const struct pipeline_treatment *);

/* The part of an elephant that the container behind a port sends. */
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

#endif /* pipeline-types.h */
