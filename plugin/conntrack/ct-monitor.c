/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "conntrack/ct-monitor.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/filter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_compat.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "conntrack/ct-socket.h"
#include "openvswitch/poll-loop.h"
#include "util.h"

/* In bytes: room for the events of some ten thousand entries that are deleted
 * at once. */
#define SOCKET_BUFFER_SIZE (8 * 1024 * 1024)


/* In bytes: each event is a message of its own, of some hundred. */
#define BUFFER_SIZE 8192

struct ct_monitor {
    struct mnl_socket *socket;
    char *buffer;
};

/* Has the kernel drop messages unless one direction moved at least 'bytes'.
 *
 * A classic BPF program finds a netlink attribute through special loads: with
 * an offset in A and a type in X, SKF_AD_NLATTR sets A to the offset of the
 * first such attribute from there on, SKF_AD_NLATTR_NEST to that of one inside
 * the attribute at A, and both to 0 if there is none.  A load takes 32 bits in
 * network byte order, so each half of a 64-bit counter is compared by
 * itself. */
static int
attach_filter(struct ct_monitor *monitor, uint32_t bytes)
{
#define FIND(TYPE, IN)                                                  \
    BPF_STMT(BPF_LDX | BPF_IMM, TYPE),                                  \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t) SKF_AD_OFF + (IN))
#define TEST_COUNTER(ATTR, TO_ACCEPT)                                   \
    BPF_STMT(BPF_LD | BPF_IMM,                                          \
             NLMSG_HDRLEN + sizeof(struct nfgenmsg)),                   \
    FIND(ATTR, SKF_AD_NLATTR),                                          \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 8, 0),                       \
    FIND(CTA_COUNTERS_BYTES, SKF_AD_NLATTR_NEST),                       \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 5, 0),                       \
    BPF_STMT(BPF_MISC | BPF_TAX, 0),                                    \
    BPF_STMT(BPF_LD | BPF_W | BPF_IND, NLA_HDRLEN),                     \
    BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 0, (TO_ACCEPT) + 2, 0),         \
    BPF_STMT(BPF_LD | BPF_W | BPF_IND, NLA_HDRLEN + 4),                 \
    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, bytes, TO_ACCEPT, 0)

    struct sock_filter filter[] = {
        TEST_COUNTER(CTA_COUNTERS_ORIG, 13),
        TEST_COUNTER(CTA_COUNTERS_REPLY, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
    };
#undef TEST_COUNTER
#undef FIND
    struct sock_fprog program = {
        .len = ARRAY_SIZE(filter),
        .filter = filter,
    };

    return (setsockopt(mnl_socket_get_fd(monitor->socket), SOL_SOCKET,
                       SO_ATTACH_FILTER, &program, sizeof program)
            ? errno : 0);
}

int
ct_monitor_set_min_bytes(struct ct_monitor *monitor, uint64_t bytes)
{
    /* What moves that much moves at least half of it in one direction. */
    uint64_t half = bytes / 2 + bytes % 2;

    return attach_filter(monitor, MIN(half, UINT32_MAX));
}

static int
open_socket(struct ct_monitor *monitor)
{
    int size = SOCKET_BUFFER_SIZE;
    int error = ct_socket_open(&monitor->socket);

    if (error) {
        return error;
    }

    /* If this is refused, the default size has to do. */
    setsockopt(mnl_socket_get_fd(monitor->socket), SOL_SOCKET, SO_RCVBUFFORCE,
               &size, sizeof size);

    error = ct_monitor_set_min_bytes(monitor, UINT64_MAX);
    return (error ? error
            : ct_socket_bind(monitor->socket, NF_NETLINK_CONNTRACK_DESTROY));
}

int
ct_monitor_open(struct ct_monitor **monitorp)
{
    struct ct_monitor *monitor = xzalloc(sizeof *monitor);
    int error = open_socket(monitor);

    if (error) {
        ct_monitor_close(monitor);
        monitor = NULL;
    } else {
        monitor->buffer = xmalloc(BUFFER_SIZE);
    }
    *monitorp = monitor;
    return error;
}

void
ct_monitor_close(struct ct_monitor *monitor)
{
    if (monitor) {
        ct_socket_close(&monitor->socket);
        free(monitor->buffer);
        free(monitor);
    }
}

int
ct_monitor_run(struct ct_monitor *monitor, ct_monitor_cb *cb, void *aux)
{
    int error = 0;

    for (;;) {
        const struct nlmsghdr *nlh;
        ssize_t n;
        int left;

        n = mnl_socket_recvfrom(monitor->socket, monitor->buffer,
                                BUFFER_SIZE);
        if (n < 0) {
            if (errno == ENOBUFS) {
                error = ENOBUFS;
                continue;
            }
            return errno == EAGAIN || errno == EINTR ? error : errno;
        }
        left = n;
        for (nlh = ALIGNED_CAST(const struct nlmsghdr *, monitor->buffer);
             mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
            struct ct_message m;

            if (ct_message_parse(nlh, &m)) {
                cb(&m, aux);
            }
        }
    }
}

void
ct_monitor_wait(struct ct_monitor *monitor)
{
    poll_fd_wait(mnl_socket_get_fd(monitor->socket), POLLIN);
}
