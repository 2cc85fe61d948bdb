/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* Counts what traffic between two containers costs, all in all:
 *
 *     count-traffic [--zone=ZONE]... KIND FROM TO N ROUNDS
 *
 * FROM and TO are names of network namespaces, each followed by '@' and its
 * address.  KIND is
 *
 *     udp      N packets of 64 bytes, each by send() and recv()
 *     udp-batch  N packets of 64 bytes, 32 by sendmmsg() and recvmmsg()
 *     tcp      N times 64 KiB through one connection
 *     new-udp  N packets of 64 bytes, each the first one of a connection
 *     new-tcp  N connections, opened, used for a byte each way, and closed
 *
 * One process sends and receives and never sleeps meanwhile, so that all that
 * happens in the kernel happens in its time.  It is meant for a virtual
 * machine whose clock counts instructions (tests/vm/run --icount).
 *
 * It prints "off X" and, if there are zones, "on Y": instructions by packet,
 * 64 KiB or connection without and with the detector watching these zones, the
 * median of ROUNDS times 5 samples of N, in which they take turns. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "detector/detector.h"
#include "lib/option-number.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "tests/bench/bench-util.h"
#include "util.h"

enum { BATCH = 32, BLOCK = 65536, PORT = 9, SAMPLES = 5 };

/* A UDP flow gets ASSURED when it is answered for longer than 2 seconds. */
enum { UDP_STREAM_US = 2100000 };

/* Time for Open vSwitch to look through its datapath's flows, in seconds. */
enum { SETTLE_S = 3 };

struct end {
    char *netns;
    struct sockaddr_in address;
    int fd;
};

struct traffic;

struct kind {
    const char *name;
    void (*open)(struct traffic *);
    void (*move)(struct traffic *, int n);
    int n_warm_up;
};

struct traffic {
    const struct kind *kind;
    struct end from, to;
    int raw;                    /* Socket of new_udp_move(). */
    uint16_t port;              /* Its next source port. */
};

static void
parse_end(struct end *end, const char *s)
{
    char *at;

    end->netns = xstrdup(s);
    at = strchr(end->netns, '@');
    end->address.sin_family = AF_INET;
    end->address.sin_port = htons(PORT);
    if (!at || !inet_pton(AF_INET, at + 1, &end->address.sin_addr)) {
        ovs_fatal(0, "%s: not NETNS@ADDRESS", s);
    }
    *at = '\0';
}

/* Makes 'end' a socket with an address, and with PORT if 'listen'. */
static void
open_end(struct end *end, int type, bool listen)
{
    struct sockaddr_in address = end->address;
    int one = 1;

    address.sin_port = htons(listen ? PORT : 0);
    end->fd = bench_socket(end->netns, AF_INET, type | SOCK_CLOEXEC, 0);
    setsockopt(end->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(end->fd, (struct sockaddr *) &address, sizeof address)) {
        ovs_fatal(errno, "cannot bind a socket");
    }
}

static void
connect_end(struct end *end, const struct end *to)
{
    if (connect(end->fd, (const struct sockaddr *) &to->address,
                sizeof to->address)) {
        ovs_fatal(errno, "cannot connect");
    }
}

/* UDP. */

static void
init_messages(struct mmsghdr *messages, struct iovec *iov)
{
    memset(messages, 0, BATCH * sizeof *messages);
    for (int i = 0; i < BATCH; i++) {
        messages[i].msg_hdr.msg_iov = iov;
        messages[i].msg_hdr.msg_iovlen = 1;
    }
}

static int
receive(int fd)
{
    static char buffer[128];
    struct iovec iov = { buffer, sizeof buffer };
    struct mmsghdr messages[BATCH];
    int n;

    init_messages(messages, &iov);
    n = recvmmsg(fd, messages, BATCH, MSG_DONTWAIT, NULL);
    return MAX(n, 0);
}

static char payload[BENCH_MIN_FRAME - ETH_HEADER_LEN - IP_HEADER_LEN
                    - UDP_HEADER_LEN];

static void
udp_move(struct traffic *t, int n)
{
    char buffer[sizeof payload];

    while (n--) {
        if (send(t->from.fd, payload, sizeof payload, 0) != sizeof payload
            || recv(t->to.fd, buffer, sizeof buffer, 0) != sizeof payload) {
            ovs_fatal(errno, "cannot send or receive");
        }
    }
}

static void
udp_batch_move(struct traffic *t, int n)
{
    struct iovec iov = { payload, sizeof payload };
    struct mmsghdr messages[BATCH];
    int sent = 0, received = 0;

    init_messages(messages, &iov);
    while (sent < n) {
        int retval = sendmmsg(t->from.fd, messages, MIN(n - sent, BATCH), 0);

        if (retval < 0) {
            ovs_fatal(errno, "cannot send");
        }
        sent += retval;
        received += receive(t->to.fd);
    }
    if (received < sent) {
        usleep(100000);
        for (int more; (more = receive(t->to.fd)) > 0; ) {
            received += more;
        }
        if (received < sent) {
            ovs_fatal(0, "%d of %d packets were lost", sent - received, sent);
        }
    }
}

/* Sends the first packets of a flow, back and forth. */
static void
udp_open(struct traffic *t)
{
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    char byte;

    open_end(&t->from, SOCK_DGRAM, false);
    open_end(&t->to, SOCK_DGRAM, true);
    connect_end(&t->from, &t->to);
    for (int i = 0; i < 3; i++) {
        if (send(t->from.fd, "", 1, 0) != 1
            || recvfrom(t->to.fd, &byte, 1, 0, (struct sockaddr *) &address,
                        &size) != 1
            || sendto(t->to.fd, "", 1, 0, (struct sockaddr *) &address,
                      size) != 1
            || recv(t->from.fd, &byte, 1, 0) != 1) {
            ovs_fatal(errno, "the containers do not reach each other");
        }
        usleep(UDP_STREAM_US);
    }
}

/* New connections by UDP. */

static void
new_udp_open(struct traffic *t)
{
    udp_open(t);
    t->raw = bench_open_device(t->from.netns, "eth0");
    t->port = 10000;
}

static void
new_udp_move(struct traffic *t, int n)
{
    static uint64_t buffers[BATCH][8];
    struct mmsghdr messages[BATCH];
    struct iovec iovs[BATCH];
    struct bench_udp packet = {
        .src = t->from.address.sin_addr.s_addr,
        .dst = t->to.address.sin_addr.s_addr,
        .dst_port = PORT,
    };

    init_messages(messages, NULL);
    for (int i = 0; i < BATCH; i++) {
        bench_udp_compose(&packet, buffers[i], BENCH_MIN_FRAME);
        iovs[i] = (struct iovec) { buffers[i], BENCH_MIN_FRAME };
        messages[i].msg_hdr.msg_iov = &iovs[i];
    }
    for (int sent = 0; sent < n; ) {
        int retval;

        for (int i = 0; i < BATCH; i++) {
            bench_udp_set_ports(buffers[i], t->port++, PORT);
        }
        retval = sendmmsg(t->raw, messages, MIN(n - sent, BATCH), 0);
        if (retval < 0) {
            ovs_fatal(errno, "cannot send");
        }
        sent += retval;
        receive(t->to.fd);
    }
}

/* TCP. */

static void
tcp_listen(struct traffic *t)
{
    open_end(&t->to, SOCK_STREAM, true);
    if (listen(t->to.fd, 10)) {
        ovs_fatal(errno, "cannot listen");
    }
}

/* Connects t->from to t->to, and returns the other end of the connection. */
static int
tcp_connect(struct traffic *t)
{
    int fd, one = 1;

    open_end(&t->from, SOCK_STREAM, false);
    setsockopt(t->from.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    connect_end(&t->from, &t->to);
    fd = accept(t->to.fd, NULL, NULL);
    if (fd < 0) {
        ovs_fatal(errno, "cannot accept");
    }
    return fd;
}

static void
tcp_open(struct traffic *t)
{
    int fd;

    tcp_listen(t);
    fd = tcp_connect(t);
    close(t->to.fd);
    t->to.fd = fd;
    fcntl(t->from.fd, F_SETFL, O_NONBLOCK);
    fcntl(t->to.fd, F_SETFL, O_NONBLOCK);
}

static void
tcp_move(struct traffic *t, int n)
{
    static char buffer[BLOCK];
    size_t left = (size_t) n * BLOCK;
    size_t to_read = left;

    while (to_read) {
        ssize_t retval = write(t->from.fd, buffer, MIN(left, sizeof buffer));

        if (retval < 0 && errno != EAGAIN) {
            ovs_fatal(errno, "cannot write");
        }
        left -= MAX(retval, 0);
        while ((retval = read(t->to.fd, buffer, sizeof buffer)) > 0) {
            to_read -= retval;
        }
    }
}

/* New connections by TCP. */

static void
new_tcp_open(struct traffic *t)
{
    tcp_listen(t);
}

static void
new_tcp_move(struct traffic *t, int n)
{
    char byte = 0;

    while (n--) {
        int fd = tcp_connect(t);

        if (send(t->from.fd, &byte, 1, 0) != 1 || recv(fd, &byte, 1, 0) != 1
            || send(fd, &byte, 1, 0) != 1
            || recv(t->from.fd, &byte, 1, 0) != 1) {
            ovs_fatal(errno, "a new connection does not work");
        }
        close(t->from.fd);
        close(fd);
    }
}

static const struct kind kinds[] = {
    { "udp", udp_open, udp_move, 500 },
    { "udp-batch", udp_open, udp_batch_move, 500 },
    { "tcp", tcp_open, tcp_move, 100 },
    { "new-udp", new_udp_open, new_udp_move, 320 },
    { "new-tcp", new_tcp_open, new_tcp_move, 20 },
};

static const struct kind *
parse_kind(const char *name)
{
    for (const struct kind *k = kinds; k < &kinds[ARRAY_SIZE(kinds)]; k++) {
        if (!strcmp(k->name, name)) {
            return k;
        }
    }
    ovs_fatal(0, "%s: no such kind of traffic", name);
}

/* The detector. */

static void
event_cb(enum detector_event_type type OVS_UNUSED,
         const struct ct_flow *flow OVS_UNUSED, void *aux OVS_UNUSED)
{
}

static struct detector *
start_detector(const uint16_t *zones, int n_zones)
{
    static const struct elephant_threshold threshold
        = { 10000000, 10000000, 30 };
    struct detector *detector;
    char *error;

    detector = detector_create(DETECTOR_HOOK, &error);
    if (!detector) {
        ovs_fatal(0, "%s", error);
    }
    for (int i = 0; i < n_zones; i++) {
        if (detector_set_zone(detector, zones[i], &threshold)) {
            ovs_fatal(0, "cannot set a zone");
        }
    }
    return detector;
}

/* Measuring. */

/* Stores SAMPLES results of moving 'n' units. */
static void
measure(struct traffic *t, int n, double samples[])
{
    t->kind->move(t, t->kind->n_warm_up);
    for (int i = 0; i < SAMPLES; i++) {
        uint64_t start = bench_now();

        t->kind->move(t, n);
        samples[i] = (double) (bench_now() - start) / n;
    }
}

static void
print_result(const char *name, double *samples, int n)
{
    printf("%s %.1f\n", name, bench_median(samples, n));
    fprintf(stderr, "%s: %.0f to %.0f, middle half %.0f to %.0f\n", name,
            samples[0], samples[n - 1], samples[n / 4], samples[n * 3 / 4]);
}

int
main(int argc, char *argv[])
{
    static const struct option options[] = {
        { "zone", required_argument, NULL, 'z' },
        { NULL, 0, NULL, 0 },
    };
    enum { MAX_ROUNDS = 32, MAX_ZONES = 16 };
    double off[MAX_ROUNDS * SAMPLES], on[MAX_ROUNDS * SAMPLES];
    uint16_t zones[MAX_ZONES];
    struct traffic t = { .port = 0 };
    int n_zones = 0, n, n_rounds, c;

    set_program_name(argv[0]);
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_WARN);
    while ((c = getopt_long(argc, argv, "", options, NULL)) == 'z') {
        zones[n_zones++ % MAX_ZONES]
            = option_number_parse("zone", optarg, 1, UINT16_MAX);
    }
    if (c != -1 || argc - optind != 5) {
        ovs_fatal(0, "usage: %s [--zone=ZONE]... KIND FROM TO N ROUNDS",
                  argv[0]);
    }
    argv += optind;
    t.kind = parse_kind(argv[0]);
    parse_end(&t.from, argv[1]);
    parse_end(&t.to, argv[2]);
    n = atoi(argv[3]);
    n_rounds = MIN(atoi(argv[4]), MAX_ROUNDS);

    t.kind->open(&t);
    t.kind->move(&t, t.kind->n_warm_up);
    xsleep(SETTLE_S);
    for (int round = 0; round < n_rounds; round++) {
        measure(&t, n, &off[round * SAMPLES]);
        if (n_zones) {
            struct detector *detector = start_detector(zones, n_zones);

            measure(&t, n, &on[round * SAMPLES]);
            detector_run(detector, event_cb, NULL);
            detector_destroy(detector);
        }
    }
    print_result("off", off, n_rounds * SAMPLES);
    if (n_zones) {
        print_result("on", on, n_rounds * SAMPLES);
    }
    return 0;
}
