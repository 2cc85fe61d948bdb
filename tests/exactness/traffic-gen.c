/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* Makes flows around an elephant's threshold, and writes down what was sent:
 *
 *     traffic-gen [OPTION]... CLIENT-NS SERVER-NS CLIENT-ADDR SERVER-ADDR...
 *
 * has both ends of all flows, in the network namespaces that are named (as for
 * "ip netns"; "-" is the present one), between each pair of a client's and a
 * server's address.  The same --seed makes the same flows.  For each flow it
 * prints, when that is over, a line of JSON:
 *
 *     kind     what it is an example of: see traffic-kinds.c
 *     claim    true if it is meant to be an elephant, false if not, null if
 *              that depends
 *     proto, src, sport, dst, dport
 *     begin, end      in milliseconds of CLOCK_MONOTONIC
 *     sent     [MSEC, ORIG, REPLY], ...: how many bytes had been sent in the
 *              direction of the client's first packet, and in the other one,
 *              MSEC after 'begin'.  For UDP these are the bytes that conntrack
 *              counts, IP headers and all; for TCP, what the other end read,
 *              without headers and acknowledgements.
 *
 * tests/exactness/traffic-check.py compares that with what a detector said. */

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "heap.h"
#include "lib/ip-address.h"
#include "packets.h"
#include "random.h"
#include "socket-util.h"
#include "tests/exactness/traffic-kinds.h"
#include "tests/exactness/traffic-sockets.h"
#include "timeval.h"
#include "util.h"

#define SERVER_PORT 7000
#define UDP_PAYLOAD 1200        /* Of a full datagram. */
#define TCP_PAYLOAD 2048        /* Of a write. */
#define MAX_PAIRS 8

/* Milliseconds. */
#define RETRY_MSEC 5            /* Until something is tried again. */
#define CATCH_UP_MSEC 50        /* Of a delay, that is made up for. */
#define POINT_MSEC 5            /* Between two entries in 'sent'. */
#define LINGER_MSEC 300         /* From the last byte to the flow's end. */
#define REUSE_MSEC 400          /* Until a port is used again. */
#define LOST_MSEC 500           /* Until a hello without an answer is lost. */

/* When to send hellos, in milliseconds after the flow's begin.  Conntrack
 * takes a UDP flow for ASSURED when it sees a packet two seconds after the
 * first one, having seen both directions. */
static const int hello_times[] = { 0, 2500, 2600 };

static struct {
    struct traffic_threshold threshold;
    int n_flows;
    int spacing;                /* Milliseconds from one start to the next. */
    int at_once;                /* Number of flows that start together. */
    int first_port;
    const struct traffic_kind *kind; /* Of all flows, or null. */
    uint32_t seed;

    int client_ns, server_ns;   /* Fds of network namespaces. */
    struct in6_addr client[MAX_PAIRS], server[MAX_PAIRS];
    size_t n_pairs;
} args = {
    .threshold = { 200000, 50000, 0.5 },
    .n_flows = 100,
    .spacing = 50,
    .at_once = 20,
    .first_port = 10000,
    .seed = 1,
};

struct point {
    int msec;                   /* After the flow's begin. */
    uint64_t bytes[2];
};

struct flow {
    struct heap_node node;      /* In 'agenda', if there is anything to do. */
    const struct traffic_kind *kind;
    struct traffic_plan plan;
    struct flow *next;          /* Uses the same ports afterward, or null. */
    struct in6_addr src, dst;
    uint16_t sport;
    int client, server;         /* Sockets, -1 if not open. */

    int step;                   /* Present one, or the number of steps. */
    bool step_began;
    uint64_t left;              /* Bytes of the present step. */
    int n_hellos;               /* Number of hellos sent. */
    int n_answers;              /* Number of those answered. */
    long long int hello_sent;   /* When the latest one was. */
    bool lingering;             /* Were all steps done ... */
    bool closing;               /* ... and did the server close, ... */
    bool closed;                /* ... as the client knows? */

    long long int begin;        /* Milliseconds. */
    double due;                 /* When to act next, in milliseconds. */
    uint64_t bytes[2];
    struct point *points;
    size_t n_points, allocated_points;
};

static struct heap agenda;
static struct flow *by_port[65536];
static int udp_server[2], tcp_server[2]; /* For IPv4 and IPv6. */
static int epoll_fd;
static int n_left;              /* Flows that are not over. */
static char payload[65536];

static bool
flow_is_v6(const struct flow *f)
{
    return !IN6_IS_ADDR_V4MAPPED(&f->dst);
}

/* Returns how many bytes of headers are counted for each packet. */
static int
flow_get_headers(const struct flow *f)
{
    return f->plan.is_tcp ? 0 : flow_is_v6(f) ? 48 : 28;
}

/* Output. */

static void
print_address(const struct in6_addr *addr)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ipv6_format_mapped(addr, &s);
    fputs(ds_cstr(&s), stdout);
    ds_destroy(&s);
}

static void
print_flow(const struct flow *f)
{
    printf("{\"kind\":\"%s\",\"claim\":%s,\"proto\":\"%s\",\"src\":\"",
           f->kind->name, f->kind->claim, f->plan.is_tcp ? "tcp" : "udp");
    print_address(&f->src);
    printf("\",\"sport\":%d,\"dst\":\"", f->sport);
    print_address(&f->dst);
    printf("\",\"dport\":%d,\"begin\":%lld,\"end\":%lld,\"sent\":[",
           SERVER_PORT, f->begin, time_msec());
    for (size_t i = 0; i < f->n_points; i++) {
        const struct point *p = &f->points[i];

        printf("%s[%d,%"PRIu64",%"PRIu64"]", i ? "," : "", p->msec,
               p->bytes[TRAFFIC_ORIG], p->bytes[TRAFFIC_REPLY]);
    }
    printf("]}\n");
    fflush(stdout);
}

/* Notes that 'n' bytes, headers included, were moved just now. */
static void
count(struct flow *f, int dir, size_t n)
{
    int msec = time_msec() - f->begin;
    struct point *last = f->n_points ? &f->points[f->n_points - 1] : NULL;

    f->bytes[dir] += n;
    if (!last || msec >= last->msec + POINT_MSEC) {
        if (f->n_points >= f->allocated_points) {
            f->points = x2nrealloc(f->points, &f->allocated_points,
                                   sizeof *f->points);
        }
        last = &f->points[f->n_points++];
        last->msec = msec;
    }
    memcpy(last->bytes, f->bytes, sizeof f->bytes);
}

/* Sockets. */

/* Has 'fd' wake up the loop.  'data' tells run_socket() what it is. */
static void
watch(int fd, void *data)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = data };

    set_nonblocking(fd);
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event)) {
        ovs_fatal(errno, "epoll_ctl");
    }
}

static void
open_servers(void)
{
    struct in6_addr any[2] = { IN6ADDR_ANY_INIT, IN6ADDR_ANY_INIT };

    in6_addr_set_mapped_ipv4(&any[0], 0);
    for (int i = 0; i < 2; i++) {
        udp_server[i] = traffic_open_socket(args.server_ns, SOCK_DGRAM,
                                            &any[i], SERVER_PORT);
        tcp_server[i] = traffic_open_socket(args.server_ns, SOCK_STREAM,
                                            &any[i], SERVER_PORT);
        if (listen(tcp_server[i], 1024)) {
            ovs_fatal(errno, "listen");
        }
        watch(udp_server[i], &udp_server[i]);
        watch(tcp_server[i], &tcp_server[i]);
    }
}

static void
close_socket(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
        *fd = -1;
    }
}

static void
set_nodelay(int fd)
{
    int one = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

static void
open_client(struct flow *f)
{
    int type = f->plan.is_tcp ? SOCK_STREAM : SOCK_DGRAM;
    struct sockaddr_storage ss;
    socklen_t len;

    f->client = traffic_open_socket(args.client_ns, type, &f->src, f->sport);
    len = traffic_make_sockaddr(&f->dst, SERVER_PORT, &ss);
    if (connect(f->client, (struct sockaddr *) &ss, len)) {
        ovs_fatal(errno, "cannot connect from port %d", f->sport);
    }
    if (f->plan.is_tcp) {
        set_nodelay(f->client);
    }
    watch(f->client, f);
}

/* A connection was made to 'listener': finds the flow that it belongs to. */
static void
accept_connection(int listener)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    int fd = accept4(listener, (struct sockaddr *) &ss, &len, SOCK_CLOEXEC);

    if (fd >= 0) {
        struct flow *f = by_port[traffic_sockaddr_get_port(&ss)];

        ovs_assert(f && f->server < 0);
        set_nodelay(fd);
        f->server = fd;
        watch(fd, f);
    }
}

/* Reads all that there is. */
static void
read_stream(struct flow *f, int fd, int dir)
{
    ssize_t n = -1;

    while (fd >= 0 && (n = recv(fd, payload, sizeof payload, 0)) > 0) {
        count(f, dir, n);
    }
    f->closed |= !n || (n < 0 && fd >= 0 && errno != EAGAIN);
}

/* Answers hellos, and throws away all else. */
static void
serve_udp(int fd)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    char buffer[2048];
    ssize_t n;

    while ((n = recvfrom(fd, buffer, sizeof buffer, 0,
                         (struct sockaddr *) &ss, &len)) > 0) {
        struct flow *f = by_port[traffic_sockaddr_get_port(&ss)];

        if (f && buffer[0] == 'h'
            && sendto(fd, "H", 1, 0, (struct sockaddr *) &ss, len) == 1) {
            count(f, TRAFFIC_REPLY, 1 + flow_get_headers(f));
        }
        len = sizeof ss;
    }
}

static void
read_datagrams(struct flow *f)
{
    char buffer[2048];

    while (recv(f->client, buffer, sizeof buffer, 0) > 0) {
        f->n_answers += buffer[0] == 'H';
    }
}

static void
run_socket(void *data)
{
    for (int i = 0; i < 2; i++) {
        if (data == &udp_server[i]) {
            serve_udp(udp_server[i]);
            return;
        } else if (data == &tcp_server[i]) {
            accept_connection(tcp_server[i]);
            return;
        }
    }

    struct flow *f = data;
    if (f->plan.is_tcp) {
        read_stream(f, f->server, TRAFFIC_ORIG);
        read_stream(f, f->client, TRAFFIC_REPLY);
    } else if (f->client >= 0) {
        read_datagrams(f);
    }
}

/* What flows do when their time has come. */

static void
plan_next(struct flow *f, double due)
{
    f->due = due;
    heap_insert(&agenda, &f->node, UINT64_MAX - (uint64_t) (due * 1000));
}

/* Returns the payload of the next datagram, such that what is left after it
 * can be sent, too, to the byte. */
static size_t
datagram_size(const struct flow *f)
{
    size_t headers = flow_get_headers(f);
    size_t full = UDP_PAYLOAD + headers;

    return (f->left <= full ? MAX(f->left, headers + 1) - headers
            : f->left <= 2 * full ? f->left / 2 - headers
            : UDP_PAYLOAD);
}

/* Sends a piece of the present step in direction 'dir'.  Returns its size,
 * headers included, 0 if that must be tried again. */
static size_t
send_piece(struct flow *f, enum traffic_dir dir)
{
    int headers = flow_get_headers(f);
    size_t n = f->plan.is_tcp ? MIN(f->left, TCP_PAYLOAD) : datagram_size(f);
    ssize_t sent;

    if (f->plan.is_tcp) {
        int fd = dir == TRAFFIC_ORIG ? f->client : f->server;

        sent = fd >= 0 ? send(fd, payload, n, MSG_NOSIGNAL) : -1;
        return MAX(sent, 0);
    }
    if (dir == TRAFFIC_ORIG) {
        sent = send(f->client, payload, n, 0);
    } else {
        struct sockaddr_storage ss;
        socklen_t len = traffic_make_sockaddr(&f->src, f->sport, &ss);

        sent = sendto(udp_server[flow_is_v6(f)], payload, n, 0,
                      (struct sockaddr *) &ss, len);
    }
    if (sent < 0) {
        return 0;
    }
    count(f, dir, n + headers);
    return n + headers;
}

/* Does a piece of the present step, and plans the next one. */
static void
run_step(struct flow *f)
{
    const struct traffic_step *step = &f->plan.steps[f->step];
    enum traffic_dir dir = f->plan.dir;
    long long int now = time_msec();
    size_t n;

    if (!f->step_began) {
        f->step_began = true;
        f->left += step->bytes;
        plan_next(f, now + step->pause);
        return;
    }
    n = send_piece(f, dir == TRAFFIC_BOTH ? f->left / UDP_PAYLOAD % 2 : dir);
    if (!n) {
        plan_next(f, now + RETRY_MSEC);
        return;
    }
    f->left -= MIN(f->left, n);
    if (!f->left) {
        f->step++;
        f->step_began = false;
    }

    plan_next(f, MAX(f->due, now - CATCH_UP_MSEC) + n * 1000.0 / step->rate);
}

/* Has conntrack see that a UDP flow goes both ways.  What that takes is part
 * of the first step. */
static void
run_hello(struct flow *f)
{
    size_t size = 1 + flow_get_headers(f);
    uint64_t *first = &f->plan.steps[0].bytes;

    if (f->n_hellos > f->n_answers) {
        /* Conntrack may have seen and counted it, although it was lost. */
        if (time_msec() > f->hello_sent + LOST_MSEC
            && send(f->client, "h", 1, 0) == 1) {
            count(f, TRAFFIC_ORIG, size);
            *first -= MIN(*first, size);
            f->hello_sent = time_msec();
        }
        plan_next(f, time_msec() + RETRY_MSEC);
        return;
    }
    if (send(f->client, "h", 1, 0) == 1) {
        count(f, TRAFFIC_ORIG, size);
        *first -= MIN(*first, 2 * size);
        f->n_hellos++;
        f->hello_sent = time_msec();
    }
    plan_next(f, f->n_hellos < ARRAY_SIZE(hello_times)
              ? f->begin + hello_times[f->n_hellos] : time_msec() + 100);
}

/* The server closes first, so that the client can use its port again. */
static void
end_flow(struct flow *f)
{
    if (f->plan.is_tcp && f->server >= 0) {
        /* Closing it with data that was not read would send a reset. */
        read_stream(f, f->server, TRAFFIC_ORIG);
        f->closing = true;
        close_socket(&f->server);
    }
    if (f->plan.is_tcp && !(f->closing && f->closed)) {
        plan_next(f, time_msec() + RETRY_MSEC);
        return;
    }
    close_socket(&f->client);
    print_flow(f);
    free(f->points);
    f->points = NULL;
    f->n_points = f->allocated_points = 0;
    n_left--;
    if (f->next) {
        plan_next(f->next, time_msec() + REUSE_MSEC);
    }
}

static void
run_flow(struct flow *f)
{
    if (f->client < 0) {
        by_port[f->sport] = f;
        f->begin = time_msec();
        open_client(f);
        plan_next(f, f->begin);
    } else if (!f->plan.is_tcp && !f->kind->unanswered
               && f->n_hellos < ARRAY_SIZE(hello_times)) {
        run_hello(f);
    } else if (f->step < f->plan.n_steps) {
        run_step(f);
    } else if (!f->lingering) {
        f->lingering = true;
        plan_next(f, f->due + LINGER_MSEC);
    } else {
        end_flow(f);
    }
}

/* Making flows. */

static const struct traffic_kind *
choose_kind(bool for_tcp)
{
    const struct traffic_kind *kind = args.kind;

    while (!kind || (for_tcp && kind->udp_only)) {
        kind = &traffic_kinds[random_range(traffic_n_kinds)];
    }
    return kind;
}

static struct flow *
create_flow(uint16_t sport, const struct flow *previous)
{
    enum traffic_dir dirs[] = {
        TRAFFIC_ORIG, TRAFFIC_ORIG, TRAFFIC_REPLY, TRAFFIC_REPLY, TRAFFIC_BOTH
    };
    struct flow *f = xzalloc(sizeof *f);
    int pair = random_range(args.n_pairs);

    f->plan.is_tcp = previous ? previous->plan.is_tcp : random_range(2);
    f->kind = choose_kind(previous != NULL && f->plan.is_tcp);
    if (f->kind->udp_only) {
        f->plan.is_tcp = false;
    }
    f->plan.dir = dirs[random_range(ARRAY_SIZE(dirs))];
    f->src = args.client[pair];
    f->dst = args.server[pair];
    f->sport = sport;
    f->client = f->server = -1;
    if (previous) {
        f->src = previous->src;
        f->dst = previous->dst;
    }
    if (f->kind->unanswered) {
        f->plan.dir = TRAFFIC_ORIG;
    }
    f->plan.threshold = &args.threshold;
    f->kind->plan(&f->plan);
    n_left++;
    return f;
}

/* Makes all flows, and plans when they begin: a few at once, the others one
 * after the other.  Every tenth TCP port is used again. */
static void
create_flows(void)
{
    double now = time_msec();

    for (int i = 0; i < args.n_flows; i++) {
        struct flow *f = create_flow(args.first_port + i, NULL);
        int late = MAX(0, i - args.at_once);

        if (f->plan.is_tcp && !random_range(10)) {
            f->next = create_flow(args.first_port + i, f);
        }
        plan_next(f, now + 500 + late * args.spacing);
    }
}

static void
run(void)
{
    while (n_left) {
        struct epoll_event events[64];
        double now = time_usec() / 1000.0;
        int timeout = RETRY_MSEC;
        int n;

        /* No more than that at a time: on a slow machine there may always be
         * a flow that is due, and sockets have to be read, too. */
        for (int i = 0; i < 64 && !heap_is_empty(&agenda); i++) {
            struct flow *f = CONTAINER_OF(heap_max(&agenda), struct flow,
                                          node);
            if (f->due > now) {
                timeout = MIN(RETRY_MSEC, f->due - now);
                break;
            }
            heap_remove(&agenda, &f->node);
            run_flow(f);
            timeout = 0;
        }
        n = epoll_wait(epoll_fd, events, ARRAY_SIZE(events), timeout);
        for (int i = 0; i < n; i++) {
            run_socket(events[i].data.ptr);
        }
    }
}

/* The command line. */

static double
parse_number(const char *s)
{
    char *tail;
    double x = strtod(s, &tail);

    if (tail == s || *tail || x < 0) {
        ovs_fatal(0, "%s: not a number", s);
    }
    return x;
}

static const struct traffic_kind *
parse_kind(const char *s)
{
    for (size_t i = 0; i < traffic_n_kinds; i++) {
        if (!strcmp(s, traffic_kinds[i].name)) {
            return &traffic_kinds[i];
        }
    }
    ovs_fatal(0, "%s: not a kind of flow", s);
}

static void
parse_options(int argc, char *argv[])
{
    static const struct option options[] = {
        { "bytes", required_argument, NULL, 'b' },
        { "rate", required_argument, NULL, 'r' },
        { "interval", required_argument, NULL, 'i' },
        { "flows", required_argument, NULL, 'n' },
        { "spacing", required_argument, NULL, 's' },
        { "at-once", required_argument, NULL, 'a' },
        { "seed", required_argument, NULL, 'S' },
        { "first-port", required_argument, NULL, 'p' },
        { "kind", required_argument, NULL, 'k' },
        { NULL, 0, NULL, 0 },
    };
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == '?') {
            exit(EXIT_FAILURE);
        } else if (c == 'k') {
            args.kind = parse_kind(optarg);
            continue;
        }

        double x = parse_number(optarg);
        switch (c) {
        case 'b': args.threshold.bytes = x; break;
        case 'r': args.threshold.rate = x / 8; break; /* In bit/s. */
        case 'i': args.threshold.interval = x / 1000; break;
        case 'n': args.n_flows = x; break;
        case 's': args.spacing = x; break;
        case 'a': args.at_once = x; break;
        case 'S': args.seed = x; break;
        case 'p': args.first_port = x; break;
        }
    }
}

static void
parse_address(const char *s, struct in6_addr *addr)
{
    if (!ip_address_parse(s, addr)) {
        ovs_fatal(0, "%s: not an address", s);
    }
}

int
main(int argc, char *argv[])
{
    set_program_name(argv[0]);
    parse_options(argc, argv);
    argc -= optind;
    argv += optind;
    if (argc < 4 || argc % 2 || argc > 2 + 2 * MAX_PAIRS) {
        ovs_fatal(0, "usage: %s [OPTION]... CLIENT-NS SERVER-NS CLIENT-ADDR "
                  "SERVER-ADDR [CLIENT-ADDR SERVER-ADDR]...", program_name);
    }
    args.client_ns = traffic_open_netns(argv[0]);
    args.server_ns = traffic_open_netns(argv[1]);
    for (int i = 2; i < argc; i += 2) {
        parse_address(argv[i], &args.client[args.n_pairs]);
        parse_address(argv[i + 1], &args.server[args.n_pairs++]);
    }

    random_set_seed(args.seed);
    heap_init(&agenda);
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    open_servers();
    create_flows();
    run();
    return 0;
}
