/* SPDX-License-Identifier: Apache-2.0 */

#ifndef CT_FLOW_H
#define CT_FLOW_H 1

/* A conntrack entry, as the parts of the daemon hand it to each other.
 *
 * This is the one vocabulary that the detectors, which know BPF and netlink,
 * share with the tracker and everything behind it, which know neither. */

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "openvswitch/types.h"

struct ds;

/* The two directions of a conntrack entry, as indexes.  The original direction
 * is that of the packet that created the entry. */
enum ct_dir {
    CT_DIR_ORIG = 0,
    CT_DIR_REPLY = 1,
    CT_N_DIRS
};

/* Who speaks to whom, in the original direction. */
struct ct_tuple {
    struct in6_addr src;        /* IPv4 addresses are IPv4-mapped. */
    struct in6_addr dst;
    ovs_be16 src_port;          /* 0 where the protocol has no ports. */
    ovs_be16 dst_port;          /* Likewise; for ICMP, see 'icmp_*'. */
    uint16_t icmp_id;           /* ICMP and ICMPv6 only, host byte order. */
    uint8_t icmp_type;
    uint8_t icmp_code;
    uint8_t nw_proto;           /* IPPROTO_*. */
    bool is_ipv6;               /* Addresses do not tell: IPv6 packets may have
                                 * IPv4-mapped ones as well. */
};

/* A conntrack entry at one moment. */
struct ct_flow {
    uint64_t id;                /* Names the entry as long as it lives; opaque,
                                 * chosen by the detector. */
    struct ct_tuple tuple;
    uint64_t bytes[CT_N_DIRS];  /* Conntrack's own counters. */
    uint64_t packets[CT_N_DIRS];
    uint32_t mark;
    uint16_t zone;
    long long int created;      /* When it was first seen to grow, in
                                 * time_msec() time; an upper bound of its
                                 * age. */
    long long int last_fast;    /* When it last moved at its threshold rate or
                                 * more, in time_msec() time. */
    uint64_t rate;              /* bit/s, both directions together, as last
                                 * measured. */
};

/* Appends 'addr', which is one of the tuple's, to the string. */
void ct_tuple_format_addr(const struct ct_tuple *,
                          const struct in6_addr *addr, struct ds *);

/* Appends the tuple to the string, in the way of "ovs-appctl
 * dpctl/dump-conntrack". */
void ct_tuple_format(const struct ct_tuple *, struct ds *);

/* Are both the same, in the same direction? */
bool ct_tuple_equals(const struct ct_tuple *, const struct ct_tuple *);

/* Returns a hash of 'tuple' that is the same for either direction.  As
 * ct_tuple_equals_symmetric(), it leaves out ICMP type and code, which tell
 * the directions apart. */
uint32_t ct_tuple_hash_symmetric(const struct ct_tuple *);

/* Returns true if 'a' and 'b' are of the same conversation, whoever began
 * it. */
bool ct_tuple_equals_symmetric(const struct ct_tuple *,
                               const struct ct_tuple *);

/* Returns the name of IP protocol 'nw_proto' in lower case, or its number in
 * decimal if it is one of the less common ones. */
const char *ct_proto_name(uint8_t nw_proto);

#endif /* ct-flow.h */
