/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "conntrack/ct-dump.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "byte-order.h"
#include "conntrack/ct-socket.h"
#include "openvswitch/poll-loop.h"
#include "packets.h"
#include "timeval.h"
#include "util.h"

/* In bytes.  The kernel makes the pieces of a dump as large as the reader's
 * buffer, up to this size. */
#define BUFFER_SIZE 32768

/* In Linux's uapi/linux/netlink.h since 5.5. */
#ifndef NLM_F_DUMP_FILTERED
#define NLM_F_DUMP_FILTERED 0x20
#endif

struct ct_dump {
    struct mnl_socket *socket;
    char *buffer;
    uint32_t seq;               /* Of the latest request. */
    bool busy;                  /* Is it not answered completely? */
    bool interrupted;           /* See ct_dump_is_interrupted(). */
    bool filtered;              /* See ct_dump_is_filtered(). */
    long long int captured;     /* When the kernel prepared the next piece. */
    long long int longest;      /* See ct_dump_get_longest(). */
};

static int
open_socket(struct ct_dump *dump)
{
    int error = ct_socket_open(&dump->socket);

    return error ? error : ct_socket_bind(dump->socket, 0);
}

static void
close_socket(struct ct_dump *dump)
{
    ct_socket_close(&dump->socket);
    dump->busy = false;
}

int
ct_dump_open(struct ct_dump **dumpp)
{
    struct ct_dump *dump = xzalloc(sizeof *dump);
    int error = open_socket(dump);

    if (error) {
        ct_dump_close(dump);
        dump = NULL;
    } else {
        /* Zeroed, since the padding of attributes is sent, too. */
        dump->buffer = xzalloc(BUFFER_SIZE);
    }
    *dumpp = dump;
    return error;
}

void
ct_dump_close(struct ct_dump *dump)
{
    if (dump) {
        close_socket(dump);
        free(dump->buffer);
        free(dump);
    }
}

/* The kernel fills the next piece while it hands over the present one (or
 * accepts the request), which began at 'start' and ended now. */
static void
note_time(struct ct_dump *dump, long long int start)
{
    dump->captured = time_msec();
    dump->longest = MAX(dump->longest, dump->captured - start);
}

int
ct_dump_start(struct ct_dump *dump, int zone)
{
    long long int start = time_msec();
    struct nlmsghdr *nlh;
    struct nfgenmsg *nfg;
    int error;

    if (dump->busy) {
        close_socket(dump);
    }
    if (!dump->socket) {
        error = open_socket(dump);
        if (error) {
            close_socket(dump);
            return error;
        }
    }

    nlh = mnl_nlmsg_put_header(dump->buffer);
    nlh->nlmsg_type = (NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_GET;
    nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    nlh->nlmsg_seq = ++dump->seq;
    nfg = mnl_nlmsg_put_extra_header(nlh, sizeof *nfg);
    nfg->nfgen_family = AF_UNSPEC;
    nfg->version = NFNETLINK_V0;
    if (zone >= 0) {
        mnl_attr_put_u16(nlh, CTA_ZONE, (OVS_FORCE uint16_t) htons(zone));
    }
    if (mnl_socket_sendto(dump->socket, nlh, nlh->nlmsg_len) < 0) {
        return errno;
    }
    dump->busy = true;
    dump->interrupted = false;
    dump->filtered = zone >= 0;
    dump->longest = 0;
    note_time(dump, start);
    return 0;
}

/* Returns the error in 'nlh', an NLMSG_ERROR or NLMSG_DONE, as a positive
 * errno.  Either begins with a negative one, or 0. */
static int
get_error(const struct nlmsghdr *nlh)
{
    int error = 0;

    if (mnl_nlmsg_get_payload_len(nlh) >= sizeof error) {
        memcpy(&error, mnl_nlmsg_get_payload(nlh), sizeof error);
    }
    return error < 0 ? -error : 0;
}

/* Returns as ct_dump_step() does. */
static int
handle_message(struct ct_dump *dump, const struct nlmsghdr *nlh,
               long long int when, ct_dump_cb *cb, void *aux)
{
    struct ct_message m;
    int error;

    if (nlh->nlmsg_flags & NLM_F_DUMP_INTR) {
        dump->interrupted = true;
    }
    switch (nlh->nlmsg_type) {
    case NLMSG_DONE:
        error = get_error(nlh);
        return error ? error : EOF;
    case NLMSG_ERROR:
        error = get_error(nlh);
        return error ? error : EPROTO;
    default:
        if (ct_message_parse(nlh, &m)) {
            if (!(nlh->nlmsg_flags & NLM_F_DUMP_FILTERED)) {
                dump->filtered = false;
            }
            cb(&m, when, aux);
        }
        return 0;
    }
}

static int
receive(struct ct_dump *dump, ct_dump_cb *cb, void *aux)
{
    long long int when = dump->captured;
    long long int start = time_msec();
    const struct nlmsghdr *nlh;
    ssize_t n;
    int left;

    n = mnl_socket_recvfrom(dump->socket, dump->buffer, BUFFER_SIZE);
    if (n < 0) {
        return errno == EWOULDBLOCK ? EAGAIN : errno;
    }
    note_time(dump, start);
    left = n;
    for (nlh = ALIGNED_CAST(const struct nlmsghdr *, dump->buffer);
         mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
        int retval = (nlh->nlmsg_seq == dump->seq
                      ? handle_message(dump, nlh, when, cb, aux) : 0);
        if (retval) {
            return retval;
        }
    }
    return 0;
}

int
ct_dump_step(struct ct_dump *dump, ct_dump_cb *cb, void *aux)
{
    int retval;

    if (!dump->busy) {
        return EOF;
    }
    retval = receive(dump, cb, aux);
    if (retval == EOF) {
        dump->busy = false;
    } else if (retval && retval != EAGAIN) {
        /* Messages of the failed dump may follow: the next dump needs a new
         * socket. */
        close_socket(dump);
    }
    return retval;
}

int
ct_dump_run(struct ct_dump *dump, int n, ct_dump_cb *cb, void *aux)
{
    int retval = 0;

    for (int i = 0; i < n && !retval; i++) {
        retval = ct_dump_step(dump, cb, aux);
    }
    return retval == EAGAIN ? 0 : retval;
}

void
ct_dump_wait(struct ct_dump *dump)
{
    if (dump->busy) {
        poll_fd_wait(mnl_socket_get_fd(dump->socket), POLLIN);
    }
}

bool
ct_dump_is_interrupted(const struct ct_dump *dump)
{
    return dump->interrupted;
}

bool
ct_dump_is_filtered(const struct ct_dump *dump)
{
    return dump->filtered;
}

long long int
ct_dump_get_longest(const struct ct_dump *dump)
{
    return dump->longest;
}
