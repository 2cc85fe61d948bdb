/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "conntrack/ct-flow.h"

#include <string.h>

#include "hash.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "util.h"

static bool
proto_is_icmp(uint8_t nw_proto)
{
    return nw_proto == IPPROTO_ICMP || nw_proto == IPPROTO_ICMPV6;
}

void
ct_tuple_format_addr(const struct ct_tuple *tuple,
                     const struct in6_addr *addr, struct ds *s)
{
    if (tuple->is_ipv6) {
        ipv6_format_addr(addr, s);
    } else {
        ipv6_format_mapped(addr, s);
    }
}

void
ct_tuple_format(const struct ct_tuple *tuple, struct ds *s)
{
    ds_put_format(s, "%s,src=", ct_proto_name(tuple->nw_proto));
    ct_tuple_format_addr(tuple, &tuple->src, s);
    ds_put_cstr(s, ",dst=");
    ct_tuple_format_addr(tuple, &tuple->dst, s);
    if (proto_is_icmp(tuple->nw_proto)) {
        ds_put_format(s, ",id=%"PRIu16",type=%"PRIu8",code=%"PRIu8,
                      tuple->icmp_id, tuple->icmp_type, tuple->icmp_code);
    } else if (tuple->src_port || tuple->dst_port) {
        ds_put_format(s, ",sport=%"PRIu16",dport=%"PRIu16,
                      ntohs(tuple->src_port), ntohs(tuple->dst_port));
    }
}

bool
ct_tuple_equals(const struct ct_tuple *a, const struct ct_tuple *b)
{
    return (a->nw_proto == b->nw_proto
            && a->is_ipv6 == b->is_ipv6
            && a->src_port == b->src_port
            && a->dst_port == b->dst_port
            && a->icmp_id == b->icmp_id
            && a->icmp_type == b->icmp_type
            && a->icmp_code == b->icmp_code
            && ipv6_addr_equals(&a->src, &b->src)
            && ipv6_addr_equals(&a->dst, &b->dst));
}

static uint32_t
endpoint_hash(const struct in6_addr *addr, ovs_be16 port)
{
    return hash_bytes(addr, sizeof *addr, (OVS_FORCE uint32_t) port);
}

uint32_t
ct_tuple_hash_symmetric(const struct ct_tuple *tuple)
{
    return hash_3words(endpoint_hash(&tuple->src, tuple->src_port)
                       ^ endpoint_hash(&tuple->dst, tuple->dst_port),
                       tuple->icmp_id,
                       tuple->nw_proto | tuple->is_ipv6 << 8);
}

bool
ct_tuple_equals_symmetric(const struct ct_tuple *a, const struct ct_tuple *b)
{
    if (a->nw_proto != b->nw_proto || a->is_ipv6 != b->is_ipv6
        || a->icmp_id != b->icmp_id) {
        return false;
    }
    return ((a->src_port == b->src_port
             && a->dst_port == b->dst_port
             && ipv6_addr_equals(&a->src, &b->src)
             && ipv6_addr_equals(&a->dst, &b->dst))
            || (a->src_port == b->dst_port
                && a->dst_port == b->src_port
                && ipv6_addr_equals(&a->src, &b->dst)
                && ipv6_addr_equals(&a->dst, &b->src)));
}

const char *
ct_proto_name(uint8_t nw_proto)
{
    static char numbers[UINT8_MAX + 1][4];

    switch (nw_proto) {
    case IPPROTO_ICMP:
        return "icmp";
    case IPPROTO_IGMP:
        return "igmp";
    case IPPROTO_IPIP:
        return "ipip";
    case IPPROTO_TCP:
        return "tcp";
    case IPPROTO_UDP:
        return "udp";
    case IPPROTO_DCCP:
        return "dccp";
    case IPPROTO_IPV6:
        return "ipv6";
    case IPPROTO_GRE:
        return "gre";
    case IPPROTO_ESP:
        return "esp";
    case IPPROTO_AH:
        return "ah";
    case IPPROTO_ICMPV6:
        return "icmpv6";
    case IPPROTO_SCTP:
        return "sctp";
    case IPPROTO_UDPLITE:
        return "udplite";
    default:
        snprintf(numbers[nw_proto], sizeof numbers[nw_proto], "%"PRIu8,
                 nw_proto);
        return numbers[nw_proto];
    }
}
