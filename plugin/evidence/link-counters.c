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

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);

/* What a device had moved at the last reading. */
struct link {
    struct hmap_node node;      /* In link_counters's 'links'. */
    int ifindex;
    struct byte_counters counters;
    uint64_t packets;
    bool seen;                  /* By the last reading. */
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

static int
handle_stats(struct nl_msg *msg, void *lc_)
{
    struct link_counters *lc = lc_;
    struct nlattr *attrs[IFLA_STATS_MAX + 1];
    const struct if_stats_msg *header;
    struct rtnl_link_stats64 stats;
    struct link *link;

    if (nlmsg_hdr(msg)->nlmsg_type != RTM_NEWSTATS
        || nlmsg_parse(nlmsg_hdr(msg), sizeof *header, attrs, IFLA_STATS_MAX,
                       NULL)
        || !attrs[IFLA_STATS_LINK_64]) {
        return NL_OK;
    }
    header = nlmsg_data(nlmsg_hdr(msg));
    memset(&stats, 0, sizeof stats);
    nla_memcpy(&stats, attrs[IFLA_STATS_LINK_64], sizeof stats);
    link = find_link(lc, header->ifindex);
    if (!link) {
        link = xzalloc(sizeof *link);
        link->ifindex = header->ifindex;
        hmap_insert(&lc->links, &link->node, hash_int(link->ifindex, 0));
    }
    link->seen = true;
    link->counters = (struct byte_counters) {
        .sent = stats.rx_bytes, .received = stats.tx_bytes,
    };
    link->packets = stats.rx_packets + stats.tx_packets;
    return NL_OK;
}

static int
dump_stats(struct link_counters *lc)
{
    const struct if_stats_msg request = {
        .family = AF_UNSPEC,
        .filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64),
    };
    int error;

    nl_socket_modify_cb(lc->sock, NL_CB_VALID, NL_CB_CUSTOM, handle_stats,
                        lc);
    error = nl_send_simple(lc->sock, RTM_GETSTATS, NLM_F_DUMP,
                           CONST_CAST(struct if_stats_msg *, &request),
                           sizeof request);
    return error < 0 ? error : nl_recvmsgs_default(lc->sock);
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
        link->seen = false;
    }
    error = dump_stats(lc);
    if (error < 0) {
        VLOG_WARN_RL(&rl, "cannot read links' counters (%s)",
                     nl_geterror(error));
    }
    HMAP_FOR_EACH_SAFE (link, node, &lc->links) {
        if (!link->seen) {
            hmap_remove(&lc->links, &link->node);
            free(link);
        }
    }
}

bool
link_counters_get(const struct link_counters *lc, int ifindex,
                  struct byte_counters *counters)
{
    const struct link *link = find_link(lc, ifindex);

    if (link) {
        *counters = link->counters;
    }
    return link != NULL;
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
