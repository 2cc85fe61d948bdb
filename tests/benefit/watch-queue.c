/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* Looks at how long queues are:
 *
 *     watch-queue SECONDS DEVICE...
 *
 * Each of the DEVICEs, in this network namespace, has a tbf, whose backlog is
 * read each 10 ms.  Prints an object of JSON with a member per DEVICE: the
 * mean, percentiles and maximum of the backlog, in bytes, and how many bytes
 * and packets the tbf passed on and dropped meanwhile. */

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "openvswitch/json.h"
#include "tests/bench/bench-util.h"
#include "util.h"

#define NS_PER_S 1000000000ULL
#define INTERVAL (NS_PER_S / 100)

struct queue {
    const char *device;
    int ifindex;
    struct tc_stats first, last;
    double *backlogs;           /* Bytes, one per look. */
    size_t n, allocated;
};

struct watch {
    struct mnl_socket *socket;
    struct queue *queues;
    size_t n_queues;
};

static void
add_sample(struct queue *q, const struct tc_stats *stats)
{
    if (q->n >= q->allocated) {
        q->backlogs = x2nrealloc(q->backlogs, &q->allocated,
                                 sizeof *q->backlogs);
    }
    if (!q->n) {
        q->first = *stats;
    }
    q->last = *stats;
    q->backlogs[q->n++] = stats->backlog;
}

/* What the kernel says of a qdisc. */
struct qdisc {
    const char *kind;
    struct tc_stats stats;
};

static int
parse_attribute(const struct nlattr *attr, void *qdisc_)
{
    struct qdisc *qdisc = qdisc_;

    if (mnl_attr_get_type(attr) == TCA_KIND) {
        qdisc->kind = mnl_attr_get_str(attr);
    } else if (mnl_attr_get_type(attr) == TCA_STATS) {
        memcpy(&qdisc->stats, mnl_attr_get_payload(attr),
               MIN(mnl_attr_get_payload_len(attr), sizeof qdisc->stats));
    }
    return MNL_CB_OK;
}

/* Takes what the kernel says of a qdisc. */
static int
take_qdisc(const struct nlmsghdr *nlh, void *watch_)
{
    struct watch *watch = watch_;
    const struct tcmsg *tcm = mnl_nlmsg_get_payload(nlh);
    struct qdisc qdisc = { .kind = "" };

    mnl_attr_parse(nlh, sizeof *tcm, parse_attribute, &qdisc);
    for (size_t i = 0; i < watch->n_queues && !strcmp(qdisc.kind, "tbf");
         i++) {
        if (watch->queues[i].ifindex == tcm->tcm_ifindex) {
            add_sample(&watch->queues[i], &qdisc.stats);
        }
    }
    return MNL_CB_OK;
}

/* Looks at all queues once. */
static void
look(struct watch *watch)
{
    static uint64_t buffer[4096];
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
    ssize_t n;
    int more;

    nlh->nlmsg_type = RTM_GETQDISC;
    nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    mnl_nlmsg_put_extra_header(nlh, sizeof(struct tcmsg));
    if (mnl_socket_sendto(watch->socket, nlh, nlh->nlmsg_len) < 0) {
        ovs_fatal(errno, "cannot ask for queues");
    }
    do {
        n = mnl_socket_recvfrom(watch->socket, buffer, sizeof buffer);
        more = n < 0 ? -1 : mnl_cb_run(buffer, n, 0, 0, take_qdisc, watch);
        if (more < 0) {
            ovs_fatal(errno, "cannot read queues");
        }
    } while (more);
}

static void
watch_for(struct watch *watch, double seconds)
{
    uint64_t next = bench_now();
    uint64_t end = next + seconds * NS_PER_S;

    for (; next < end; next += INTERVAL) {
        struct timespec when = { next / NS_PER_S, next % NS_PER_S };

        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL);
        look(watch);
    }
}

static struct json *
summarize(struct queue *q)
{
    struct json *result = json_object_create();
    double sum = 0;

    if (!q->n) {
        ovs_fatal(0, "%s: has no tbf; give a device that has one", q->device);
    }
    for (size_t i = 0; i < q->n; i++) {
        sum += q->backlogs[i];
    }
    json_object_put(result, "looks", json_integer_create(q->n));
    json_object_put(result, "mean", json_integer_create(sum / q->n));
    json_object_put(result, "p50", json_integer_create(
                        bench_percentile(q->backlogs, q->n, .5)));
    json_object_put(result, "p99", json_integer_create(
                        bench_percentile(q->backlogs, q->n, .99)));
    json_object_put(result, "max", json_integer_create(
                        bench_percentile(q->backlogs, q->n, 1)));
    json_object_put(result, "bytes", json_integer_create(
                        q->last.bytes - q->first.bytes));
    json_object_put(result, "packets", json_integer_create(
                        q->last.packets - q->first.packets));
    json_object_put(result, "drops", json_integer_create(
                        q->last.drops - q->first.drops));
    return result;
}

static void
open_watch(struct watch *watch, char *devices[], size_t n)
{
    watch->socket = mnl_socket_open(NETLINK_ROUTE);
    if (!watch->socket) {
        ovs_fatal(errno, "cannot open a netlink socket");
    }
    watch->queues = xcalloc(n, sizeof *watch->queues);
    watch->n_queues = n;
    for (size_t i = 0; i < n; i++) {
        watch->queues[i].device = devices[i];
        watch->queues[i].ifindex = if_nametoindex(devices[i]);
        if (!watch->queues[i].ifindex) {
            ovs_fatal(errno, "%s: no such device here", devices[i]);
        }
    }
}

static void
print_and_close(struct watch *watch)
{
    struct json *result = json_object_create();
    char *text;

    for (size_t i = 0; i < watch->n_queues; i++) {
        struct queue *q = &watch->queues[i];

        json_object_put(result, q->device, summarize(q));
        free(q->backlogs);
    }
    text = json_to_string(result, JSSF_SORT);
    puts(text);
    free(text);
    json_destroy(result);
    free(watch->queues);
    mnl_socket_close(watch->socket);
}

int
main(int argc, char *argv[])
{
    struct watch watch;
    double seconds;
    char *end;

    set_program_name(argv[0]);
    if (argc < 3) {
        ovs_fatal(0, "usage: %s SECONDS DEVICE...", argv[0]);
    }
    seconds = strtod(argv[1], &end);
    if (*end || !(seconds > 0 && seconds < 1e5)) {
        ovs_fatal(0, "\"%s\" is not a number of seconds; give one", argv[1]);
    }
    open_watch(&watch, argv + 2, argc - 2);
    watch_for(&watch, seconds);
    print_and_close(&watch);
    return 0;
}
