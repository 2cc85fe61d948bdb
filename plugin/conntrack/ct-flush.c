/* SPDX-License-Identifier: Apache-2.0 */

/* Deletes the conntrack entries of zones, in small steps.
 *
 * A dump lists the entries.  Each is deleted by its tuple, zone and id, with
 * as many requests in one buffer as fit. */

#include <config.h>
#include "conntrack/ct-flush.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "bitmap.h"
#include "conntrack/ct-dump.h"
#include "conntrack/ct-socket.h"
#include "conntrack/ct-zone.h"
#include "coverage.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(ct_flush);

COVERAGE_DEFINE(ct_flush_entry);

/* Pieces of the dump, some hundred entries each, that are taken at a time. */
#define STEPS_PER_RUN 10

/* In bytes: for requests to delete, each of which is smaller than
 * MAX_REQUEST. */
#define BUFFER_SIZE 16384
#define MAX_REQUEST 512

struct ct_flush {
    struct ct_dump *dump;       /* Null until first needed. */
    struct mnl_socket *socket;  /* Likewise; for requests. */
    unsigned long *zones;       /* Bitmap. */
    ct_flush_filter *filter;    /* Null: all entries. */
    const void *aux;            /* For 'filter'. */
    bool busy;
    size_t n;                   /* Entries found. */
    int error;                  /* First one of this flush. */
    char *buffer;               /* Requests to be sent. */
    size_t length;              /* Their bytes. */
};

struct ct_flush *
ct_flush_create(void)
{
    struct ct_flush *cf = xzalloc(sizeof *cf);

    cf->zones = bitmap_allocate(CT_N_ZONES);
    cf->buffer = xzalloc(BUFFER_SIZE); /* Padding is sent, too. */
    return cf;
}

void
ct_flush_destroy(struct ct_flush *cf)
{
    if (cf) {
        ct_dump_close(cf->dump);
        ct_socket_close(&cf->socket);
        bitmap_free(cf->zones);
        free(cf->buffer);
        free(cf);
    }
}

static int
open_sockets(struct ct_flush *cf)
{
    int error = cf->socket ? 0 : ct_socket_open(&cf->socket);

    return error || cf->dump ? error : ct_dump_open(&cf->dump);
}

/* Returns the only zone in 'zones', or -1 if there are more or none. */
static int
get_only_zone(const unsigned long *zones)
{
    size_t first = bitmap_scan(zones, true, 0, CT_N_ZONES);

    return (first < CT_N_ZONES
            && bitmap_scan(zones, true, first + 1, CT_N_ZONES) == CT_N_ZONES
            ? first : -1);
}

int
ct_flush_start(struct ct_flush *cf, const unsigned long *zones,
               ct_flush_filter *filter, const void *aux)
{
    int error = open_sockets(cf);

    cf->busy = false;
    cf->n = cf->length = 0;
    if (!error) {
        error = ct_dump_start(cf->dump, get_only_zone(zones));
    }
    cf->error = error;
    if (error) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);

        VLOG_WARN_RL(&rl, "cannot delete conntrack entries (%s)",
                     ovs_strerror(error));
    } else {
        memcpy(cf->zones, zones, bitmap_n_bytes(CT_N_ZONES));
        cf->filter = filter;
        cf->aux = aux;
        cf->busy = true;
    }
    return error;
}

bool
ct_flush_is_busy(const struct ct_flush *cf)
{
    return cf->busy;
}

size_t
ct_flush_count(const struct ct_flush *cf)
{
    return cf->n;
}

int
ct_flush_get_error(const struct ct_flush *cf)
{
    return cf->error;
}

/* 'error' is a positive errno, 0 for none. */
static void
note_error(struct ct_flush *cf, int error)
{
    cf->error = cf->error ? cf->error : error;
}

/* Notes the errors in 'nlh', an answer of the kernel's that is 'n' bytes long.
 * The kernel answers only requests that failed.  That the entry has gone by
 * itself is no failure. */
static void
handle_answer(struct ct_flush *cf, const struct nlmsghdr *nlh, int n)
{
    for (; mnl_nlmsg_ok(nlh, n); nlh = mnl_nlmsg_next(nlh, &n)) {
        if (nlh->nlmsg_type == NLMSG_ERROR
            && mnl_nlmsg_get_payload_len(nlh) >= sizeof(struct nlmsgerr)) {
            const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);

            note_error(cf, e->error == -ENOENT ? 0 : -e->error);
        }
    }
}

/* Reads the kernel's answers to the requests that were sent. */
static void
drain(struct ct_flush *cf)
{
    union {
        struct nlmsghdr nlh;
        char bytes[1024];
    } answer;
    ssize_t n;

    while ((n = recv(mnl_socket_get_fd(cf->socket), &answer, sizeof answer,
                     MSG_DONTWAIT)) > 0 || errno == ENOBUFS) {
        if (n > 0) {
            handle_answer(cf, &answer.nlh, n);
        }
    }
}

static void
send_requests(struct ct_flush *cf)
{
    if (cf->length) {
        if (mnl_socket_sendto(cf->socket, cf->buffer, cf->length) < 0) {
            note_error(cf, errno);
        }
        cf->length = 0;
        drain(cf);
    }
}

/* Adds to the requests one to delete the entry that 'nlh' is about. */
static void
add_request(struct ct_flush *cf, const struct nlmsghdr *nlh)
{
    const struct nfgenmsg *from = mnl_nlmsg_get_payload(nlh);
    struct nlmsghdr *request;
    struct nfgenmsg *nfg;
    const struct nlattr *attr;

    if (cf->length + MAX_REQUEST > BUFFER_SIZE) {
        send_requests(cf);
    }
    request = mnl_nlmsg_put_header(cf->buffer + cf->length);
    request->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE;
    request->nlmsg_flags = NLM_F_REQUEST;
    nfg = mnl_nlmsg_put_extra_header(request, sizeof *nfg);
    nfg->nfgen_family = from->nfgen_family;
    nfg->version = NFNETLINK_V0;
    mnl_attr_for_each(attr, nlh, sizeof *nfg) {
        uint16_t type = mnl_attr_get_type(attr);

        if ((type == CTA_TUPLE_ORIG || type == CTA_ZONE || type == CTA_ID)
            && request->nlmsg_len + MNL_ALIGN(attr->nla_len) < MAX_REQUEST) {
            memcpy(mnl_nlmsg_get_payload_tail(request), attr, attr->nla_len);
            request->nlmsg_len += MNL_ALIGN(attr->nla_len);
        }
    }
    cf->length += MNL_ALIGN(request->nlmsg_len);
}

static void
handle_entry(const struct ct_message *m, long long int when OVS_UNUSED,
             void *cf_)
{
    struct ct_flush *cf = cf_;

    if (bitmap_is_set(cf->zones, m->zone)
        && (!cf->filter || cf->filter(m, cf->aux))) {
        COVERAGE_INC(ct_flush_entry);
        cf->n++;
        add_request(cf, m->nlh);
    }
}

bool
ct_flush_run(struct ct_flush *cf)
{
    int error;

    if (!cf->busy) {
        return false;
    }
    error = ct_dump_run(cf->dump, STEPS_PER_RUN, handle_entry, cf);
    send_requests(cf);
    if (!error) {
        return false;
    }
    cf->busy = false;
    note_error(cf, (error != EOF ? error
                    : ct_dump_is_interrupted(cf->dump) ? EINTR : 0));
    if (cf->error) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);

        VLOG_WARN_RL(&rl, "not all conntrack entries could be deleted (%s)",
                     ovs_strerror(cf->error));
    }
    return true;
}

void
ct_flush_wait(struct ct_flush *cf)
{
    if (cf->busy) {
        ct_dump_wait(cf->dump);
    }
}
