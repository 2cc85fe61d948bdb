/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "conntrack/ct-netlink.h"

#include <errno.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "openvswitch/vlog.h"
#include "packets.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(ct_netlink);

struct ct_netlink {
    struct nfct_handle *query;  /* For requests and their answers. */
};

/* Sends the request 'query' about 'data', and calls 'cb' with 'aux' for each
 * entry of the answer. */
static int
ct_netlink_query(struct nfct_handle *handle,
                 enum nf_conntrack_query query, const void *data,
                 int (*cb)(enum nf_conntrack_msg_type,
                           struct nf_conntrack *, void *aux),
                 void *aux)
{
    int error;

    nfct_callback_register(handle, NFCT_T_ALL, cb, aux);
    error = nfct_query(handle, query, data) < 0 ? errno : 0;
    nfct_callback_unregister(handle);
    return error;
}

int
ct_netlink_open(struct ct_netlink **netlinkp)
{
    struct ct_netlink *netlink = xzalloc(sizeof *netlink);
    struct ct_flow none = { .tuple.nw_proto = IPPROTO_TCP };
    int error;

    netlink->query = nfct_open(CONNTRACK, 0);
    error = netlink->query ? 0 : errno;
    if (!error) {
        /* Any request makes the kernel load ctnetlink. */
        error = ct_netlink_get(netlink, &none);
        error = error == ENOENT ? 0 : error;
    }
    if (error) {
        ct_netlink_close(netlink);
        netlink = NULL;
    }
    *netlinkp = netlink;
    return error;
}

void
ct_netlink_close(struct ct_netlink *netlink)
{
    if (netlink) {
        if (netlink->query) {
            nfct_close(netlink->query);
        }
        free(netlink);
    }
}

/* Sets the tuple and the zone of 'flow' in 'ct', which must be empty. */
static void
set_tuple(struct nf_conntrack *ct, const struct ct_flow *flow)
{
    const struct ct_tuple *tuple = &flow->tuple;

    if (tuple->is_ipv6) {
        nfct_set_attr_u8(ct, ATTR_ORIG_L3PROTO, AF_INET6);
        nfct_set_attr(ct, ATTR_ORIG_IPV6_SRC, &tuple->src);
        nfct_set_attr(ct, ATTR_ORIG_IPV6_DST, &tuple->dst);
    } else {
        nfct_set_attr_u8(ct, ATTR_ORIG_L3PROTO, AF_INET);
        nfct_set_attr_u32(ct, ATTR_ORIG_IPV4_SRC,
                          (OVS_FORCE uint32_t)
                          in6_addr_get_mapped_ipv4(&tuple->src));
        nfct_set_attr_u32(ct, ATTR_ORIG_IPV4_DST,
                          (OVS_FORCE uint32_t)
                          in6_addr_get_mapped_ipv4(&tuple->dst));
    }
    nfct_set_attr_u8(ct, ATTR_ORIG_L4PROTO, tuple->nw_proto);
    if (tuple->nw_proto == IPPROTO_ICMP || tuple->nw_proto == IPPROTO_ICMPV6) {
        nfct_set_attr_u8(ct, ATTR_ICMP_TYPE, tuple->icmp_type);
        nfct_set_attr_u8(ct, ATTR_ICMP_CODE, tuple->icmp_code);
        nfct_set_attr_u16(ct, ATTR_ICMP_ID,
                          (OVS_FORCE uint16_t) htons(tuple->icmp_id));
    } else {
        nfct_set_attr_u16(ct, ATTR_ORIG_PORT_SRC,
                          (OVS_FORCE uint16_t) tuple->src_port);
        nfct_set_attr_u16(ct, ATTR_ORIG_PORT_DST,
                          (OVS_FORCE uint16_t) tuple->dst_port);
    }
    if (flow->zone) {
        nfct_set_attr_u16(ct, ATTR_ZONE, flow->zone);
    }
}

static int
get_cb(enum nf_conntrack_msg_type type OVS_UNUSED, struct nf_conntrack *ct,
       void *flow_)
{
    struct ct_flow *flow = flow_;

    flow->bytes[CT_DIR_ORIG] = nfct_get_attr_u64(ct, ATTR_ORIG_COUNTER_BYTES);
    flow->bytes[CT_DIR_REPLY] = nfct_get_attr_u64(ct, ATTR_REPL_COUNTER_BYTES);
    flow->packets[CT_DIR_ORIG]
        = nfct_get_attr_u64(ct, ATTR_ORIG_COUNTER_PACKETS);
    flow->packets[CT_DIR_REPLY]
        = nfct_get_attr_u64(ct, ATTR_REPL_COUNTER_PACKETS);
    flow->mark = nfct_get_attr_u32(ct, ATTR_MARK);
    return NFCT_CB_CONTINUE;
}

int
ct_netlink_get(struct ct_netlink *netlink, struct ct_flow *flow)
{
    struct nf_conntrack *ct = nfct_new();
    int error;

    if (!ct) {
        return ENOMEM;
    }
    set_tuple(ct, flow);
    error = ct_netlink_query(netlink->query, NFCT_Q_GET, ct, get_cb, flow);
    nfct_destroy(ct);
    return error;
}
