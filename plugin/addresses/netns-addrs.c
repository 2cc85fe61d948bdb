/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "addresses/netns-addrs.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "addresses/rtnl.h"
#include "addresses/veth-peer.h"
#include "coverage.h"
#include "hash.h"
#include "openvswitch/hmap.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(netns_addrs);

COVERAGE_DEFINE(netns_addrs_lookup);

/* How long an answer is used before the kernel is asked again, in
 * milliseconds. */
#define BELIEF 2000

/* What the kernel said of one container. */
struct answer {
    struct hmap_node node;      /* In 'answers', by 'ifindex'. */
    int ifindex;                /* Our end of the pair. */
    long long int when;         /* In time_msec() time. */
    int only_ifindex;           /* The one device to look at, or 0. */
    struct in6_addr *addrs;
    size_t n, allocated;
};

static struct hmap answers = HMAP_INITIALIZER(&answers);
static struct nl_sock *requests; /* Null until first needed. */

/* Opens the socket if it is not open.  Namespaces other than our own can be
 * asked about only if the kernel checks requests strictly (Linux 4.20). */
static bool
open_requests(void)
{
    static const char consequence[] = "which end of a flow a container is, is "
                                      "told only by external_ids and marks";
    static const int one = 1;

    if (!requests) {
        requests = rtnl_open(consequence);
        if (requests
            && setsockopt(nl_socket_get_fd(requests), SOL_NETLINK,
                          NETLINK_GET_STRICT_CHK, &one, sizeof one)) {
            VLOG_WARN("cannot ask for addresses in other network namespaces "
                      "(%s): %s", ovs_strerror(errno), consequence);
        }
    }
    return requests != NULL;
}

static void
add_addr(struct answer *answer, int family, const struct nlattr *attr)
{
    struct in6_addr addr;

    if (family == AF_INET && nla_len(attr) == sizeof(ovs_be32)) {
        ovs_be32 ip;

        memcpy(&ip, nla_data(attr), sizeof ip);
        in6_addr_set_mapped_ipv4(&addr, ip);
    } else if (family == AF_INET6 && nla_len(attr) == sizeof addr) {
        memcpy(&addr, nla_data(attr), sizeof addr);
    } else {
        return;
    }
    if (answer->n >= answer->allocated) {
        answer->addrs = x2nrealloc(answer->addrs, &answer->allocated,
                                   sizeof *answer->addrs);
    }
    answer->addrs[answer->n++] = addr;
}

static int
handle_addr(struct nl_msg *msg, void *answer_)
{
    struct nlattr *attrs[IFA_MAX + 1];
    struct answer *answer = answer_;
    const struct ifaddrmsg *ifa;

    if (nlmsg_hdr(msg)->nlmsg_type != RTM_NEWADDR
        || nlmsg_parse(nlmsg_hdr(msg), sizeof *ifa, attrs, IFA_MAX, NULL)) {
        return NL_OK;
    }
    ifa = nlmsg_data(nlmsg_hdr(msg));
    if (!answer->only_ifindex || answer->only_ifindex == ifa->ifa_index) {
        /* On a point-to-point device, IFA_ADDRESS is the peer's address. */
        const struct nlattr *attr = (attrs[IFA_LOCAL] ? attrs[IFA_LOCAL]
                                     : attrs[IFA_ADDRESS]);

        if (attr) {
            add_addr(answer, ifa->ifa_family, attr);
        }
    }
    return NL_OK;
}

/* Asks for the addresses of 'family' in the namespace 'nsid'. */
static void
get_addrs(struct answer *answer, int family, int nsid)
{
    struct ifaddrmsg ifa = { .ifa_family = family };
    struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETADDR,
                                            NLM_F_REQUEST | NLM_F_DUMP);
    int error;

    COVERAGE_INC(netns_addrs_lookup);
    if (!msg || nlmsg_append(msg, &ifa, sizeof ifa, NLMSG_ALIGNTO)
        || (nsid != VETH_PEER_SELF
            && nla_put_s32(msg, IFA_TARGET_NETNSID, nsid))) {
        out_of_memory();
    }
    error = rtnl_ask(requests, msg, handle_addr, answer);
    if (error) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);

        VLOG_DBG_RL(&rl, "addresses in namespace %d: %s", nsid,
                    nl_geterror(error));
    }
}

/* Brings 'answer' up to date. */
static void
ask(struct answer *answer)
{
    int ifindex, nsid;

    answer->n = 0;
    answer->when = time_msec();
    if (veth_peer_get_place(answer->ifindex, &ifindex, &nsid)
        && open_requests()) {
        answer->only_ifindex = nsid == VETH_PEER_SELF ? ifindex : 0;
        get_addrs(answer, AF_INET, nsid);
        get_addrs(answer, AF_INET6, nsid);
    }
}

static struct answer *
find_answer(int ifindex)
{
    struct answer *answer;

    HMAP_FOR_EACH_WITH_HASH (answer, node, hash_int(ifindex, 0), &answers) {
        if (answer->ifindex == ifindex) {
            return answer;
        }
    }
    answer = xzalloc(sizeof *answer);
    answer->ifindex = ifindex;
    answer->when = LLONG_MIN;
    hmap_insert(&answers, &answer->node, hash_int(ifindex, 0));
    return answer;
}

static void
forget(struct answer *answer)
{
    hmap_remove(&answers, &answer->node);
    free(answer->addrs);
    free(answer);
}

/* Frees the answers that are too old to be used again, among them those about
 * containers that do not exist any more. */
static void
forget_old(void)
{
    struct answer *answer;

    HMAP_FOR_EACH_SAFE (answer, node, &answers) {
        if (time_msec() >= answer->when + BELIEF) {
            forget(answer);
        }
    }
}

bool
netns_addrs_contain(int ifindex, const struct in6_addr *addr)
{
    struct answer *answer;

    if (ifindex <= 0) {
        return false;
    }
    answer = find_answer(ifindex);
    if (answer->when == LLONG_MIN || time_msec() >= answer->when + BELIEF) {
        ask(answer);
        forget_old();
    }
    for (size_t i = 0; i < answer->n; i++) {
        if (ipv6_addr_equals(&answer->addrs[i], addr)) {
            return true;
        }
    }
    return false;
}

void
netns_addrs_destroy(void)
{
    struct answer *answer;

    HMAP_FOR_EACH_SAFE (answer, node, &answers) {
        forget(answer);
    }
    nl_socket_free(requests);
    requests = NULL;
}
