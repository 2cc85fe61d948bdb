/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "conntrack/ct-message.h"

#include <libmnl/libmnl.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "packets.h"
#include "util.h"

static void
parse_counters(const struct nlattr *nest, uint64_t *bytes)
{
    const struct nlattr *attr;

    mnl_attr_for_each_nested (attr, nest) {
        if (mnl_attr_get_type(attr) == CTA_COUNTERS_BYTES
            && mnl_attr_get_payload_len(attr) >= sizeof(ovs_be64)) {
            ovs_be64 value;

            memcpy(&value, mnl_attr_get_payload(attr), sizeof value);
            *bytes = ntohll(value);
        }
    }
}

static uint32_t
get_be32(const struct nlattr *attr)
{
    return (mnl_attr_get_payload_len(attr) >= sizeof(uint32_t)
            ? ntohl((OVS_FORCE ovs_be32) mnl_attr_get_u32(attr)) : 0);
}

bool
ct_message_parse(const struct nlmsghdr *nlh, struct ct_message *m)
{
    const struct nlattr *attr;

    if (nlh->nlmsg_type >> 8 != NFNL_SUBSYS_CTNETLINK
        || nlh->nlmsg_len < NLMSG_LENGTH(sizeof(struct nfgenmsg))) {
        return false;
    }
    *m = (struct ct_message) { .nlh = nlh };
    mnl_attr_for_each (attr, nlh, sizeof(struct nfgenmsg)) {
        switch (mnl_attr_get_type(attr)) {
        case CTA_ZONE:
            if (mnl_attr_get_payload_len(attr) >= sizeof(uint16_t)) {
                m->zone = ntohs((OVS_FORCE ovs_be16) mnl_attr_get_u16(attr));
            }
            break;
        case CTA_STATUS:
            m->assured = (get_be32(attr) & IPS_ASSURED) != 0;
            break;
        case CTA_ID:
            m->id = get_be32(attr);
            break;
        case CTA_COUNTERS_ORIG:
            parse_counters(attr, &m->bytes[CT_DIR_ORIG]);
            m->is_counted = true;
            break;
        case CTA_COUNTERS_REPLY:
            parse_counters(attr, &m->bytes[CT_DIR_REPLY]);
            m->is_counted = true;
            break;
        default:
            break;
        }
    }
    return true;
}

/* Returns an address of 'ct' as an IPv6 address. */
static struct in6_addr
get_address(const struct nf_conntrack *ct, enum nf_conntrack_attr v4,
            enum nf_conntrack_attr v6)
{
    struct in6_addr addr = IN6ADDR_ANY_INIT;

    if (nfct_attr_is_set(ct, v4) > 0) {
        in6_addr_set_mapped_ipv4(&addr, (OVS_FORCE ovs_be32)
                                 nfct_get_attr_u32(ct, v4));
    } else if (nfct_attr_is_set(ct, v6) > 0) {
        memcpy(&addr, nfct_get_attr(ct, v6), sizeof addr);
    }
    return addr;
}

static void
get_tuple(const struct nf_conntrack *ct, struct ct_tuple *tuple)
{
    memset(tuple, 0, sizeof *tuple);
    tuple->src = get_address(ct, ATTR_ORIG_IPV4_SRC, ATTR_ORIG_IPV6_SRC);
    tuple->dst = get_address(ct, ATTR_ORIG_IPV4_DST, ATTR_ORIG_IPV6_DST);
    tuple->nw_proto = nfct_get_attr_u8(ct, ATTR_ORIG_L4PROTO);
    if (nfct_attr_is_set(ct, ATTR_ICMP_ID) > 0) {
        tuple->icmp_id = ntohs((OVS_FORCE ovs_be16)
                               nfct_get_attr_u16(ct, ATTR_ICMP_ID));
        tuple->icmp_type = nfct_get_attr_u8(ct, ATTR_ICMP_TYPE);
        tuple->icmp_code = nfct_get_attr_u8(ct, ATTR_ICMP_CODE);
    } else {
        /* Without ports, these are 0. */
        tuple->src_port = (OVS_FORCE ovs_be16)
            nfct_get_attr_u16(ct, ATTR_ORIG_PORT_SRC);
        tuple->dst_port = (OVS_FORCE ovs_be16)
            nfct_get_attr_u16(ct, ATTR_ORIG_PORT_DST);
    }
}

bool
ct_message_get_flow(const struct ct_message *m, struct ct_flow *flow)
{
    struct nf_conntrack *ct = nfct_new();
    bool ok = ct && nfct_nlmsg_parse(m->nlh, ct) >= 0;

    memset(flow, 0, sizeof *flow);
    if (ok) {
        get_tuple(ct, &flow->tuple);
        for (int dir = 0; dir < CT_N_DIRS; dir++) {
            flow->bytes[dir] = m->bytes[dir];
        }
        flow->packets[CT_DIR_ORIG]
            = nfct_get_attr_u64(ct, ATTR_ORIG_COUNTER_PACKETS);
        flow->packets[CT_DIR_REPLY]
            = nfct_get_attr_u64(ct, ATTR_REPL_COUNTER_PACKETS);
        flow->mark = nfct_get_attr_u32(ct, ATTR_MARK);
        flow->zone = m->zone;
    }
    if (ct) {
        nfct_destroy(ct);
    }
    return ok;
}
