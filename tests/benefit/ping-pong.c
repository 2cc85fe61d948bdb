/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* A mouse: small UDP requests, each of which is answered.
 *
 *     ping-pong --server ADDRESS PORT
 *     ping-pong [OPTION]... ADDRESS PORT
 *
 * The client sends its requests, or bursts of them, at random moments (a
 * Poisson process) whether or not the ones before were answered: so a queue
 * delays as many requests as it would of independent clients, where a client
 * that waits for each answer would send few while the queue is long, and not
 * see it.  It sleeps in between, since under an emulator whose clock counts
 * instructions, waiting in a loop would take the processor from the switches
 * that it measures.
 *
 * It prints one object of JSON: how many requests were sent, answered and
 * lost, and percentiles of half of the time from a request to its answer, as
 * sockperf reports them, in microseconds.  A lost request counts as lost only:
 * percentiles are of those that were answered. */

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/ovs-compat.h"
#include "openvswitch/json.h"
#include "random.h"
#include "tests/bench/bench-util.h"
#include "util.h"

#define NS_PER_S 1000000000ULL

/* What --help says and parse_options() reads. */
struct options {
    bool server;
    double rate;                /* Requests per second. */
    double seconds;             /* Duration, without the wait for answers. */
    double grace;               /* Seconds to wait for the last answers. */
    uint32_t seed;              /* Of the random moments; not 0. */
    size_t size;                /* Bytes of a request, and of its answer. */
    size_t burst;               /* Requests at a time. */
    const char *address;
    const char *port;
};

/* What a request and its answer begin with. */
struct request {
    uint64_t run;               /* Tells this client's answers from others'. */
    uint64_t number;            /* 0, 1, ... */
    uint64_t sent;              /* When it was due, by CLOCK_MONOTONIC. */
};

enum { MAX_SIZE = 1400 };

/* The client's state. */
struct client {
    int fd;
    uint64_t run;
    uint64_t n_sent;
    double *latencies;          /* Half round trips, in microseconds. */
    size_t n_answered, allocated;
};

static void
usage(void)
{
    printf("usage: %s --server ADDRESS PORT\n"
           "       %s [OPTION]... ADDRESS PORT\n\n"
           "Sends small UDP requests at random moments, and prints how long\n"
           "the answers took, as JSON.  The server answers until it is\n"
           "killed.\n\n"
           "  --rate N       requests per second (default 100)\n"
           "  --seconds N    for how long (default 10)\n"
           "  --grace N      seconds to wait for last answers (default 1)\n"
           "  --seed N       of the random moments (default 1)\n"
           "  --size BYTES   of a request and its answer (default 64)\n"
           "  --burst N      requests at a time (default 1)\n"
           "  -h, --help     print this text\n",
           program_name, program_name);
}

/* Returns the number 'text', which option 'name' was given, and which is from
 * 'min' to 'max'. */
static double
parse_number(const char *name, const char *text, double min, double max)
{
    char *end;
    double value;

    errno = 0;
    value = strtod(text, &end);
    if (errno || end == text || *end || !(value >= min && value <= max)) {
        ovs_fatal(0, "--%s: \"%s\" is not a number from %g to %g; give one",
                  name, text, min, max);
    }
    return value;
}

static void
parse_options(int argc, char *argv[], struct options *o)
{
    enum { SERVER = 256, RATE, SECONDS, GRACE, SEED, SIZE, BURST };
    static const struct option longs[] = {
        { "server", no_argument, NULL, SERVER },
        { "rate", required_argument, NULL, RATE },
        { "seconds", required_argument, NULL, SECONDS },
        { "grace", required_argument, NULL, GRACE },
        { "seed", required_argument, NULL, SEED },
        { "size", required_argument, NULL, SIZE },
        { "burst", required_argument, NULL, BURST },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int c;

    while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
        switch (c) {
        case SERVER:
            o->server = true;
            break;
        case RATE:
            o->rate = parse_number("rate", optarg, 0.1, 1e5);
            break;
        case SECONDS:
            o->seconds = parse_number("seconds", optarg, 0.1, 1e5);
            break;
        case GRACE:
            o->grace = parse_number("grace", optarg, 0, 1e3);
            break;
        case SEED:
            o->seed = parse_number("seed", optarg, 1, UINT32_MAX);
            break;
        case SIZE:
            o->size = parse_number("size", optarg, sizeof(struct request),
                                   MAX_SIZE);
            break;
        case BURST:
            o->burst = parse_number("burst", optarg, 1, 1000);
            break;
        case 'h':
            usage();
            exit(EXIT_SUCCESS);
        default:
            ovs_fatal(0, "--help says what there is");
        }
    }
    if (argc - optind != 2) {
        ovs_fatal(0, "give an ADDRESS and a PORT; --help says more");
    }
    o->address = argv[optind];
    o->port = argv[optind + 1];
}

/* Returns a UDP socket that is bound, for a server, or connected to where 'o'
 * says. */
static int
open_socket(const struct options *o)
{
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC,
        .ai_socktype = SOCK_DGRAM,
        .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
    };
    struct addrinfo *ai;
    int error, fd;

    error = getaddrinfo(o->address, o->port, &hints, &ai);
    if (error) {
        ovs_fatal(0, "%s port %s: %s; give an IP address and a number",
                  o->address, o->port, gai_strerror(error));
    }
    fd = socket(ai->ai_family, SOCK_DGRAM, 0);
    if (fd < 0) {
        ovs_fatal(errno, "socket");
    }
    if ((o->server ? bind : connect)(fd, ai->ai_addr, ai->ai_addrlen)) {
        ovs_fatal(errno, "%s port %s", o->address, o->port);
    }
    freeaddrinfo(ai);
    return fd;
}

/* Sends everything back, for ever. */
static void
serve(int fd)
{
    for (;;) {
        char buffer[MAX_SIZE];
        struct sockaddr_storage from;
        socklen_t from_len = sizeof from;
        ssize_t n = recvfrom(fd, buffer, sizeof buffer, 0,
                             (struct sockaddr *) &from, &from_len);

        /* An answer that cannot be sent is one that is lost. */
        if (n >= 0) {
            ovs_ignore(sendto(fd, buffer, n, 0, (struct sockaddr *) &from,
                              from_len));
        }
    }
}

/* Returns a random time in nanoseconds, exponentially distributed, of which
 * there are on average 'rate' in a second. */
static uint64_t
random_interval(double rate)
{
    double u = (random_uint32() + 1.0) / (UINT32_MAX + 2.0);

    return -log(u) / rate * NS_PER_S;
}

/* Sends a request of 'size' bytes that was due at 'due'. */
static void
send_request(struct client *client, size_t size, uint64_t due)
{
    union {
        struct request request;
        char bytes[MAX_SIZE];
    } buffer;

    memset(&buffer, 0, sizeof buffer);
    buffer.request.run = client->run;
    buffer.request.number = client->n_sent++;
    buffer.request.sent = due;
    /* What the socket has no room for is lost, as in a network. */
    ovs_ignore(send(client->fd, &buffer, size, 0));
}

/* Receives all answers that there are. */
static void
receive_answers(struct client *client)
{
    union {
        struct request request;
        char bytes[MAX_SIZE];
    } buffer;
    ssize_t n;

    while ((n = recv(client->fd, &buffer, sizeof buffer, MSG_DONTWAIT)) >= 0) {
        if (n < sizeof buffer.request
            || buffer.request.run != client->run) {
            continue;
        }
        if (client->n_answered >= client->allocated) {
            client->latencies = x2nrealloc(client->latencies,
                                           &client->allocated,
                                           sizeof *client->latencies);
        }
        client->latencies[client->n_answered++]
            = (bench_now() - buffer.request.sent) / 2e3;
    }
}

/* Receives answers until 'deadline'. */
static void
receive_until(struct client *client, uint64_t deadline)
{
    for (;;) {
        uint64_t now = bench_now();
        uint64_t left = deadline > now ? deadline - now : 0;
        struct timespec timeout = { left / NS_PER_S, left % NS_PER_S };
        struct pollfd pfd = { .fd = client->fd, .events = POLLIN };

        if (!left || ppoll(&pfd, 1, &timeout, NULL) == 0) {
            return;
        }
        receive_answers(client);
    }
}

static void
run_client(struct client *client, const struct options *o)
{
    uint64_t due = bench_now();
    uint64_t end = due + o->seconds * NS_PER_S;

    random_set_seed(o->seed);
    for (;;) {
        due += random_interval(o->rate / o->burst);
        if (due >= end) {
            break;
        }
        receive_until(client, due);
        for (size_t i = 0; i < o->burst; i++) {
            send_request(client, o->size, due);
        }
    }
    receive_until(client, end + o->grace * NS_PER_S);
}

static void
put_number(struct json *object, const char *name, double value)
{
    json_object_put(object, name, json_real_create(round(value * 10) / 10));
}

static void
print_result(struct client *client)
{
    static const struct {
        const char *name;
        double p;
    } percentiles[] = {
        { "p50", .5 }, { "p90", .9 }, { "p99", .99 }, { "p99.9", .999 },
        { "max", 1 },
    };
    struct json *result = json_object_create();
    size_t n = client->n_answered;
    double sum = 0;
    char *text;

    for (size_t i = 0; i < n; i++) {
        sum += client->latencies[i];
    }
    json_object_put(result, "sent", json_integer_create(client->n_sent));
    json_object_put(result, "answered", json_integer_create(n));
    json_object_put(result, "lost", json_integer_create(client->n_sent - n));
    if (n) {
        put_number(result, "mean", sum / n);
        for (size_t i = 0; i < ARRAY_SIZE(percentiles); i++) {
            put_number(result, percentiles[i].name,
                       bench_percentile(client->latencies, n,
                                        percentiles[i].p));
        }
    }
    text = json_to_string(result, JSSF_SORT);
    puts(text);
    free(text);
    json_destroy(result);
}

int
main(int argc, char *argv[])
{
    struct options o = {
        .rate = 100, .seconds = 10, .grace = 1, .seed = 1, .size = 64,
        .burst = 1,
    };
    struct client client = { .run = 0 };

    set_program_name(argv[0]);
    parse_options(argc, argv, &o);
    client.fd = open_socket(&o);
    if (o.server) {
        serve(client.fd);
    }
    client.run = bench_now() ^ ((uint64_t) getpid() << 40);
    run_client(&client, &o);
    print_result(&client);
    free(client.latencies);
    close(client.fd);
    return 0;
}
