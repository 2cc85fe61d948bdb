/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "evidence/link-counters.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <string.h>

#include "addresses/rtnl.h"
#include "coverage.h"
#include "evidence/byte-counters.h"
#include "hash.h"
#include "openvswitch/hmap.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(link_counters);

COVERAGE_DEFINE(link_counters_read);

/* How many readings in a row that are not complete may leave out a device
 * before it counts as gone. */
#define MAX_MISSED 3

/* As long as the datagrams that the kernel writes dumps to. */
#define BUFFER_SIZE 32768

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);

/* What a device had moved at the last reading. */
struct link {
    struct hmap_node node;      /* In link_counters's 'links'. */
    int ifindex;
    struct byte_counters counters;
    uint64_t packets;
    unsigned int n_missed;      /* Readings since it was in one. */
};

struct link_counters {
    struct nl_sock *sock;       /* Null if there is none to be had. */
    struct hmap links;          /* Contains "struct link"s. */
};

struct link_counters *
link_counters_create(void)
{
    struct link_counters *lc = xzalloc(sizeof *lc);

    lc->sock = rtnl_open("ports cannot be judged by counters");
    if (lc->sock) {
        nl_socket_set_msg_buf_size(lc->sock, BUFFER_SIZE);
    }
    hmap_init(&lc->links);
    return lc;
}

void
link_counters_destroy(struct link_counters *lc)
{
    struct link *link;

    if (!lc) {
        return;
    }
    HMAP_FOR_EACH_SAFE (link, node, &lc->links) {
        hmap_remove(&lc->links, &link->node);
        free(link);
    }
    hmap_destroy(&lc->links);
    nl_socket_free(lc->sock);
    free(lc);
}

static struct link *
find_link(const struct link_counters *lc, int ifindex)
{
    struct link *link;

    HMAP_FOR_EACH_WITH_HASH (link, node, hash_int(ifindex, 0), &lc->links) {
        if (link->ifindex == ifindex) {
            return link;
        }
    }
    return NULL;
}

/* Takes the counters of one device, which 'message' has, if it has any. */
static void
take_stats(struct link_counters *lc, struct nlmsghdr *message)
{
    const struct if_stats_msg *header = nlmsg_data(message);
    struct rtnl_link_stats64 stats;
    const struct nlattr *attr;
    struct link *link;

    attr = (message->nlmsg_type == RTM_NEWSTATS
            && nlmsg_valid_hdr(message, sizeof *header)
            ? nlmsg_find_attr(message, sizeof *header, IFLA_STATS_LINK_64)
            : NULL);
    if (!attr) {
        return;
    }
    memset(&stats, 0, sizeof stats);
    nla_memcpy(&stats, attr, sizeof stats);
    link = find_link(lc, header->ifindex);
    if (!link) {
        link = xzalloc(sizeof *link);
        link->ifindex = header->ifindex;
        hmap_insert(&lc->links, &link->node, hash_int(link->ifindex, 0));
    }
    link->n_missed = 0;
    link->counters = (struct byte_counters) {
        .sent = stats.rx_bytes, .received = stats.tx_bytes,
    };
    link->packets = stats.rx_packets + stats.tx_packets;
}

/* Takes what a datagram of 'n' bytes from the kernel says in answer to the
 * request 'seq'.  Returns true if more is to come, and stores in '*error' the
 * error of libnl's that it ends with, or 0. */
static bool
take_datagram(struct link_counters *lc, struct nlmsghdr *message, int n,
              uint32_t seq, int *error)
{
    bool more = true;

    for (; nlmsg_ok(message, n); message = nlmsg_next(message, &n)) {
        if (message->nlmsg_seq != seq) {
            continue;
        }
        if (message->nlmsg_flags & NLM_F_DUMP_INTR) {
            *error = -NLE_DUMP_INTR;
        }
        if (message->nlmsg_type == NLMSG_DONE) {
            more = false;
        } else if (message->nlmsg_type == NLMSG_ERROR) {
            const struct nlmsgerr *e = nlmsg_data(message);

            *error = (nlmsg_valid_hdr(message, sizeof *e)
                      ? -nl_syserr2nlerr(e->error) : -NLE_MSG_TRUNC);
            more = false;
        } else {
            take_stats(lc, message);
        }
    }
    return more;
}

/* Asks for the counters of all devices.  Returns the number of the request,
 * or an error of libnl's, which is negative. */
static int64_t
send_request(struct link_counters *lc)
{
    struct if_stats_msg request = {
        .family = AF_UNSPEC,
        .filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64),
    };
    struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETSTATS, NLM_F_DUMP);
    int64_t seq;
    int error;

    if (!msg || nlmsg_append(msg, &request, sizeof request, NLMSG_ALIGNTO)) {
        out_of_memory();
    }
    error = nl_send_auto(lc->sock, msg);
    seq = nlmsg_hdr(msg)->nlmsg_seq;
    nlmsg_free(msg);
    return error < 0 ? error : seq;
}

/* Reads the answer from the datagrams themselves, since libnl otherwise makes
 * a copy of the message for each device, and a table of its attributes, which
 * is most of what a reading would cost. */
static int
dump_stats(struct link_counters *lc)
{
    int64_t seq = send_request(lc);
    bool more = seq >= 0;
    int error = more ? 0 : seq;

    while (more) {
        struct sockaddr_nl from;
        unsigned char *data;
        int n = nl_recv(lc->sock, &from, &data, NULL);

        if (n <= 0) {
            return n ? n : -NLE_AGAIN;
        }
        more = (from.nl_pid
                || take_datagram(lc, ALIGNED_CAST(struct nlmsghdr *, data), n,
                                 seq, &error));
        free(data);
    }
    return error;
}

/* Forgets the devices that are not there any more.  A dump beside which
 * devices come or go may leave out others. */
static void
forget_missed(struct link_counters *lc, bool complete)
{
    struct link *link;

    HMAP_FOR_EACH_SAFE (link, node, &lc->links) {
        if (link->n_missed && (complete || link->n_missed > MAX_MISSED)) {
            hmap_remove(&lc->links, &link->node);
            free(link);
        }
    }
}

void
link_counters_read(struct link_counters *lc)
{
    struct link *link;
    int error;

    if (!lc->sock) {
        return;
    }
    COVERAGE_INC(link_counters_read);
    HMAP_FOR_EACH (link, node, &lc->links) {
        link->n_missed++;
    }
    error = dump_stats(lc);
    if (error && error != -NLE_DUMP_INTR) {
        VLOG_WARN_RL(&rl, "cannot read links' counters (%s)",
                     nl_geterror(error));
    }
    forget_missed(lc, !error);
}

enum link_reading
link_counters_get(const struct link_counters *lc, int ifindex,
                  struct byte_counters *counters)
{
    const struct link *link = find_link(lc, ifindex);

    if (!link) {
        return LINK_MISSING;
    }
    *counters = link->counters;
    return link->n_missed ? LINK_LATE : LINK_READ;
}

bool
link_counters_get_packets(const struct link_counters *lc, int ifindex,
                          uint64_t *packets)
{
    const struct link *link = find_link(lc, ifindex);

    if (link) {
        *packets = link->packets;
    }
    return link != NULL;
}
