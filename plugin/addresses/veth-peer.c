/* SPDX-License-Identifier: Apache-2.0 */

/* The Ethernet address at the other end of a veth pair.
 *
 * A veth names its other end by two attributes: IFLA_LINK is its ifindex,
 * IFLA_LINK_NETNSID the id, in our namespace, of the namespace it is in.  The
 * kernel answers RTM_GETLINK for another namespace if the request carries that
 * id in IFLA_TARGET_NETNSID (Linux 4.20 and later), so that nothing needs to
 * enter the namespace.
 *
 * A second socket listens to link notifications of every namespace that has an
 * id (NETLINK_LISTEN_ALL_NSID, Linux 4.2); each comes with the id of the
 * namespace that sent it, in a control message. */

#include <config.h>
#include "addresses/veth-peer.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "addresses/rtnl.h"
#include "coverage.h"
#include "hash.h"
#include "openvswitch/hmap.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(veth_peer);

COVERAGE_DEFINE(veth_peer_lookup);
COVERAGE_DEFINE(veth_peer_notification_lost);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 5);

/* What the kernel says of an interface. */
struct link {
    struct eth_addr mac;
    int peer_ifindex;           /* 0 if it has no other end. */
    int peer_nsid;              /* VETH_PEER_SELF if it is in our
                                 * namespace. */
    uint32_t max_packet;        /* The largest that it sends, or puts together
                                 * of what it gets; 0: unknown. */
};

/* IFLA_GRO_MAX_SIZE of Linux 5.19 and later. */
#define LINK_GRO_MAX_SIZE 58

/* A remembered answer. */
struct veth_peer {
    struct hmap_node node;      /* In 'peers', by 'ifindex'. */
    int ifindex;                /* Our end. */
    struct link link;           /* What the kernel says of that end. */
    bool found;
    struct eth_addr mac;        /* The other end's, if 'found'. */
};

static struct hmap peers = HMAP_INITIALIZER(&peers);
static struct nl_sock *requests; /* Null if there is no netlink. */
static struct nl_sock *notifier; /* Likewise. */
static uint64_t seq = 1;

void
veth_peer_init(void)
{
    static const char consequence[] = "containers' addresses are known only "
                                      "where external_ids give them";
    static const int one = 1;

    requests = rtnl_open(consequence);
    notifier = requests ? rtnl_open(consequence) : NULL;
    if (notifier) {
        nl_socket_add_membership(notifier, RTNLGRP_LINK);
        nl_socket_set_nonblocking(notifier);
        if (setsockopt(nl_socket_get_fd(notifier), SOL_NETLINK,
                       NETLINK_LISTEN_ALL_NSID, &one, sizeof one)) {
            VLOG_WARN("cannot listen to other network namespaces (%s): a "
                      "container whose address changes is noticed late",
                      ovs_strerror(errno));
        }
    }
}

static void
forget_all(void)
{
    struct veth_peer *peer;

    HMAP_FOR_EACH_SAFE (peer, node, &peers) {
        hmap_remove(&peers, &peer->node);
        free(peer);
    }
    seq++;
}

void
veth_peer_destroy(void)
{
    forget_all();
    nl_socket_free(requests);
    nl_socket_free(notifier);
    requests = notifier = NULL;
}

/* Returns the number in 'attr', which may be null: then it is 0. */
static uint32_t
get_u32(struct nlattr *attr)
{
    return attr && nla_len(attr) >= sizeof(uint32_t) ? nla_get_u32(attr) : 0;
}

/* Parses a link message.  Returns false if it is not one. */
static bool
parse_link(const struct nlmsghdr *nlh, int *ifindex, struct link *link)
{
    enum { MAX_ATTR = MAX(IFLA_MAX, LINK_GRO_MAX_SIZE) };
    struct nlattr *attrs[MAX_ATTR + 1];
    const struct ifinfomsg *ifi;

    if ((nlh->nlmsg_type != RTM_NEWLINK && nlh->nlmsg_type != RTM_DELLINK)
        || nlmsg_parse(CONST_CAST(struct nlmsghdr *, nlh), sizeof *ifi, attrs,
                       MAX_ATTR, NULL)) {
        return false;
    }
    ifi = nlmsg_data(nlh);
    *ifindex = ifi->ifi_index;
    memset(link, 0, sizeof *link);
    if (attrs[IFLA_ADDRESS] && nla_len(attrs[IFLA_ADDRESS]) == ETH_ADDR_LEN) {
        memcpy(&link->mac, nla_data(attrs[IFLA_ADDRESS]), ETH_ADDR_LEN);
    }
    link->max_packet = MAX(get_u32(attrs[IFLA_GSO_MAX_SIZE]),
                           get_u32(attrs[LINK_GRO_MAX_SIZE]));
    link->peer_ifindex = get_u32(attrs[IFLA_LINK]);
    link->peer_nsid = (attrs[IFLA_LINK_NETNSID]
                       ? nla_get_s32(attrs[IFLA_LINK_NETNSID])
                       : VETH_PEER_SELF);
    return true;
}

struct answer {
    struct link *link;
    bool valid;
};

static int
handle_answer(struct nl_msg *msg, void *answer_)
{
    struct answer *answer = answer_;
    int ifindex;

    answer->valid = parse_link(nlmsg_hdr(msg), &ifindex, answer->link);
    return NL_OK;
}

/* Stores in '*link' what the kernel says of the interface 'ifindex' in the
 * namespace 'nsid'.  Returns false if it does not exist. */
static bool
get_link(int nsid, int ifindex, struct link *link)
{
    struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC, .ifi_index = ifindex };
    struct answer answer = { link, false };
    struct nl_msg *msg;
    int error;

    COVERAGE_INC(veth_peer_lookup);
    msg = nlmsg_alloc_simple(RTM_GETLINK, NLM_F_REQUEST);
    if (!msg || nlmsg_append(msg, &ifi, sizeof ifi, NLMSG_ALIGNTO)
        || (nsid != VETH_PEER_SELF
            && nla_put_s32(msg, IFLA_TARGET_NETNSID, nsid))) {
        out_of_memory();
    }
    error = rtnl_ask(requests, msg, handle_answer, &answer);
    if (error) {
        VLOG_DBG_RL(&rl, "link %d in namespace %d: %s",
                    ifindex, nsid, nl_geterror(error));
    }
    return !error && answer.valid;
}

static struct veth_peer *
find_peer(int ifindex)
{
    struct veth_peer *peer;

    HMAP_FOR_EACH_WITH_HASH (peer, node, hash_int(ifindex, 0), &peers) {
        if (peer->ifindex == ifindex) {
            return peer;
        }
    }
    return NULL;
}

static struct veth_peer *
look_up_peer(int ifindex)
{
    struct veth_peer *peer = xzalloc(sizeof *peer);
    struct link other;

    peer->ifindex = ifindex;
    if (get_link(VETH_PEER_SELF, ifindex, &peer->link)
        && peer->link.peer_ifindex
        && get_link(peer->link.peer_nsid, peer->link.peer_ifindex, &other)
        && !eth_addr_is_zero(other.mac)
        /* A VLAN or macvlan device has IFLA_LINK as well, but only of two veth
         * ends does each name the other. */
        && other.peer_ifindex == ifindex) {
        peer->found = true;
        peer->mac = other.mac;
    }
    hmap_insert(&peers, &peer->node, hash_int(ifindex, 0));
    return peer;
}

/* Returns what is known of the veth interface 'ifindex', or null if there is
 * no other end. */
static const struct veth_peer *
get_peer(int ifindex)
{
    const struct veth_peer *peer;

    if (!requests || ifindex <= 0) {
        return NULL;
    }
    peer = find_peer(ifindex);
    if (!peer) {
        peer = look_up_peer(ifindex);
    }
    return peer->found ? peer : NULL;
}

bool
veth_peer_get_mac(int ifindex, struct eth_addr *mac)
{
    const struct veth_peer *peer = get_peer(ifindex);

    if (peer) {
        *mac = peer->mac;
    }
    return peer != NULL;
}

bool
veth_peer_get_place(int ifindex, int *peer_ifindex, int *nsid)
{
    const struct veth_peer *peer = get_peer(ifindex);

    if (peer) {
        *peer_ifindex = peer->link.peer_ifindex;
        *nsid = peer->link.peer_nsid;
    }
    return peer != NULL;
}

uint32_t
veth_peer_ask_max_packet(int ifindex)
{
    struct link link, other;

    if (!requests || ifindex <= 0
        || !get_link(VETH_PEER_SELF, ifindex, &link)) {
        return 0;
    } else if (!link.peer_ifindex
               || !get_link(link.peer_nsid, link.peer_ifindex, &other)) {
        return link.max_packet;
    }
    return MAX(link.max_packet, other.max_packet);
}

uint64_t
veth_peer_get_seq(void)
{
    return seq;
}

/* Returns true if 'peer' must be asked for again, now that the interface
 * 'ifindex' in the namespace 'nsid' is 'link', or was 'deleted'. */
static bool
is_stale(const struct veth_peer *peer, int nsid, int ifindex,
         const struct link *link, bool deleted)
{
    if (nsid == VETH_PEER_SELF && ifindex == peer->ifindex) {
        return (deleted || link->peer_ifindex != peer->link.peer_ifindex
                || link->peer_nsid != peer->link.peer_nsid);
    }
    return (nsid == peer->link.peer_nsid
            && ifindex == peer->link.peer_ifindex
            && (deleted || !peer->found
                || !eth_addr_equals(link->mac, peer->mac)));
}

static void
handle_notification(const struct nlmsghdr *nlh, int nsid)
{
    bool deleted = nlh->nlmsg_type == RTM_DELLINK;
    struct veth_peer *peer;
    struct link link;
    int ifindex;

    if (!parse_link(nlh, &ifindex, &link)) {
        return;
    }
    HMAP_FOR_EACH_SAFE (peer, node, &peers) {
        if (is_stale(peer, nsid, ifindex, &link, deleted)) {
            hmap_remove(&peers, &peer->node);
            free(peer);
            seq++;
        }
    }
}

/* Returns the id of the namespace that sent 'msg'. */
static int
get_sender_nsid(struct msghdr *msg)
{
    for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg); cmsg;
         cmsg = CMSG_NXTHDR(msg, cmsg)) {
        if (cmsg->cmsg_level == SOL_NETLINK
            && cmsg->cmsg_type == NETLINK_LISTEN_ALL_NSID) {
            int nsid;

            memcpy(&nsid, CMSG_DATA(cmsg), sizeof nsid);
            return nsid;
        }
    }
    return VETH_PEER_SELF;
}

/* Receives one datagram of notifications.  libnl does not hand over control
 * messages, so this reads its socket.  Returns false when there is none. */
static bool
receive_notifications(void)
{
    union {
        struct cmsghdr align;
        char data[256];
    } control;
    static char buffer[65536];
    struct iovec iov = { buffer, sizeof buffer };
    struct msghdr msg = {
        .msg_iov = &iov,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof control,
    };
    struct nlmsghdr *nlh = ALIGNED_CAST(struct nlmsghdr *, buffer);
    ssize_t n;
    int left;

    n = recvmsg(nl_socket_get_fd(notifier), &msg, MSG_DONTWAIT);
    if (n < 0) {
        if (errno == ENOBUFS) {
            COVERAGE_INC(veth_peer_notification_lost);
            forget_all();
            return true;
        }
        return false;
    }
    left = n;
    for (; nlmsg_ok(nlh, left); nlh = nlmsg_next(nlh, &left)) {
        handle_notification(nlh, get_sender_nsid(&msg));
    }
    return true;
}

void
veth_peer_run(void)
{
    /* Bounded, so that a flood of notifications does not keep the daemon from
     * its other work. */
    for (int i = 0; notifier && i < 1000 && receive_notifications(); i++) {
        continue;
    }
}

void
veth_peer_wait(void)
{
    if (notifier) {
        poll_fd_wait(nl_socket_get_fd(notifier), POLLIN);
    }
}
