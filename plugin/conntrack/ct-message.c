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

/* Stores in '*counter' the counter that 'nest' has as attribute 'type', if
 * any. */
static void
parse_counter(const struct nlattr *nest, uint16_t type, uint64_t *counter)
{
    const struct nlattr *attr;

    mnl_attr_for_each_nested (attr, nest) {
        if (mnl_attr_get_type(attr) == type
            && mnl_attr_get_payload_len(attr) >= sizeof(ovs_be64)) {
            ovs_be64 value;

            memcpy(&value, mnl_attr_get_payload(attr), sizeof value);
            *counter = ntohll(value);
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
            m->answered = (get_be32(attr) & IPS_SEEN_REPLY) != 0;
            break;
        case CTA_ID:
            m->id = get_be32(attr);
            break;
        case CTA_COUNTERS_ORIG:
            parse_counter(attr, CTA_COUNTERS_BYTES, &m->bytes[CT_DIR_ORIG]);
            m->is_counted = true;
            break;
        case CTA_COUNTERS_REPLY:
            parse_counter(attr, CTA_COUNTERS_BYTES, &m->bytes[CT_DIR_REPLY]);
            m->is_counted = true;
            break;
        default:
            break;
        }
    }
    return true;
}

uint64_t
ct_message_count_packets(const struct ct_message *m)
{
    uint64_t packets[CT_N_DIRS] = { 0 };
    const struct nlattr *attr;

    mnl_attr_for_each (attr, m->nlh, sizeof(struct nfgenmsg)) {
        if (mnl_attr_get_type(attr) == CTA_COUNTERS_ORIG) {
            parse_counter(attr, CTA_COUNTERS_PACKETS, &packets[CT_DIR_ORIG]);
        } else if (mnl_attr_get_type(attr) == CTA_COUNTERS_REPLY) {
            parse_counter(attr, CTA_COUNTERS_PACKETS, &packets[CT_DIR_REPLY]);
        }
    }
    return packets[CT_DIR_ORIG] + packets[CT_DIR_REPLY];
}

static bool
has_size(const struct nlattr *attr, size_t size)
{
    return mnl_attr_get_payload_len(attr) >= size;
}

static ovs_be16
get_be16(const struct nlattr *attr)
{
    return (has_size(attr, sizeof(ovs_be16))
            ? (OVS_FORCE ovs_be16) mnl_attr_get_u16(attr) : 0);
}

static uint8_t
get_u8(const struct nlattr *attr)
{
    return has_size(attr, sizeof(uint8_t)) ? mnl_attr_get_u8(attr) : 0;
}

/* Stores in '*addr' the address in 'attr', IPv4 or IPv6 by its size. */
static void
parse_address(const struct nlattr *attr, struct in6_addr *addr)
{
    if (has_size(attr, sizeof *addr)) {
        memcpy(addr, mnl_attr_get_payload(attr), sizeof *addr);
    } else if (has_size(attr, sizeof(ovs_be32))) {
        in6_addr_set_mapped_ipv4(addr, (OVS_FORCE ovs_be32)
                                 mnl_attr_get_u32(attr));
    }
}

static void
parse_addresses(const struct nlattr *nest, struct ct_tuple *tuple)
{
    const struct nlattr *attr;

    mnl_attr_for_each_nested (attr, nest) {
        switch (mnl_attr_get_type(attr)) {
        case CTA_IP_V4_SRC:
            parse_address(attr, &tuple->src);
            break;
        case CTA_IP_V6_SRC:
            parse_address(attr, &tuple->src);
            tuple->is_ipv6 = true;
            break;
        case CTA_IP_V4_DST:
        case CTA_IP_V6_DST:
            parse_address(attr, &tuple->dst);
            break;
        default:
            break;
        }
    }
}

static void
parse_protocol(const struct nlattr *nest, struct ct_tuple *tuple)
{
    const struct nlattr *attr;

    mnl_attr_for_each_nested (attr, nest) {
        switch (mnl_attr_get_type(attr)) {
        case CTA_PROTO_NUM:
            tuple->nw_proto = get_u8(attr);
            break;
        case CTA_PROTO_SRC_PORT:
            tuple->src_port = get_be16(attr);
            break;
        case CTA_PROTO_DST_PORT:
            tuple->dst_port = get_be16(attr);
            break;
        case CTA_PROTO_ICMP_ID:
        case CTA_PROTO_ICMPV6_ID:
            tuple->icmp_id = ntohs(get_be16(attr));
            break;
        case CTA_PROTO_ICMP_TYPE:
        case CTA_PROTO_ICMPV6_TYPE:
            tuple->icmp_type = get_u8(attr);
            break;
        case CTA_PROTO_ICMP_CODE:
        case CTA_PROTO_ICMPV6_CODE:
            tuple->icmp_code = get_u8(attr);
            break;
        default:
            break;
        }
    }
}

static void
parse_tuple(const struct nlattr *nest, struct ct_tuple *tuple)
{
    const struct nlattr *attr;

    mnl_attr_for_each_nested (attr, nest) {
        if (mnl_attr_get_type(attr) == CTA_TUPLE_IP) {
            parse_addresses(attr, tuple);
        } else if (mnl_attr_get_type(attr) == CTA_TUPLE_PROTO) {
            parse_protocol(attr, tuple);
        }
    }
}

/* libnetfilter_conntrack could parse the message as well, but it ends the
 * process if a message is not as it expects. */
bool
ct_message_get_flow(const struct ct_message *m, struct ct_flow *flow)
{
    const struct nlattr *attr;
    bool has_tuple = false;

    memset(flow, 0, sizeof *flow);
    flow->zone = m->zone;
    memcpy(flow->bytes, m->bytes, sizeof flow->bytes);
    mnl_attr_for_each (attr, m->nlh, sizeof(struct nfgenmsg)) {
        switch (mnl_attr_get_type(attr)) {
        case CTA_TUPLE_ORIG:
            parse_tuple(attr, &flow->tuple);
            has_tuple = true;
            break;
        case CTA_COUNTERS_ORIG:
            parse_counter(attr, CTA_COUNTERS_PACKETS,
                          &flow->packets[CT_DIR_ORIG]);
            break;
        case CTA_COUNTERS_REPLY:
            parse_counter(attr, CTA_COUNTERS_PACKETS,
                          &flow->packets[CT_DIR_REPLY]);
            break;
        case CTA_MARK:
            flow->mark = get_be32(attr);
            break;
        default:
            break;
        }
    }
    return has_tuple;
}
