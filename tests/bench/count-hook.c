/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* Counts what a packet costs at conntrack's accounting, without a program
 * there, with an empty one, with the prior art's and with ours, for
 * tests/bench/hook-cost:
 *
 *     count-hook DEVICE ZONE PACKETS ROUNDS
 *
 * DEVICE is the internal port of an Open vSwitch datapath whose flows take
 * each IPv4 packet through ct(commit,zone=ZONE) and then drop it: packets
 * written to DEVICE are in conntrack at once, in this process's own time.
 *
 * It is meant for a virtual machine whose clock counts instructions
 * (tests/vm/run --icount), so that nanoseconds are instructions.  For each
 * case it prints a line
 *
 *     CASE PATH BODY
 *
 * where PATH is the time of one packet, from the system call to conntrack and
 * back, and BODY the time in BPF programs of one packet, by the kernel's own
 * measurement (BPF_ENABLE_STATS), of which some is the measurement itself.
 * Either is the median of ROUNDS rounds of PACKETS packets, in which the cases
 * take turns. */

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.skel.h"
#include "detector/conntrack-abi.h"
#include "detector/detector.h"
#include "openvswitch/vlog.h"
#include "tests/bench/bench-util.h"
#include "util.h"

/* What is at the hook. */
enum program {
    PROGRAM_NONE,
    PROGRAM_EMPTY,
    PROGRAM_PRIOR,
    PROGRAM_OURS,
};

/* What kind of flow the packets belong to. */
enum flow_kind {
    FLOW_FOREIGN,               /* Its zone is not ours. */
    FLOW_MOUSE,
    FLOW_ELEPHANT,              /* An elephant, far from a boundary. */
    FLOW_BOUNDARY,              /* Each packet crosses a boundary. */
};

static const struct bench_case {
    const char *name;
    enum program program;
    enum flow_kind flow;
} cases[] = {
    { "none", PROGRAM_NONE, FLOW_MOUSE },
    { "empty", PROGRAM_EMPTY, FLOW_MOUSE },
    { "foreign", PROGRAM_OURS, FLOW_FOREIGN },
    { "mouse", PROGRAM_OURS, FLOW_MOUSE },
    { "elephant", PROGRAM_OURS, FLOW_ELEPHANT },
    { "boundary", PROGRAM_OURS, FLOW_BOUNDARY },
    { "prior-art", PROGRAM_PRIOR, FLOW_MOUSE },
};

/* Packets in one call of sendmmsg(), and bytes of the largest packet. */
enum { BATCH = 50, MAX_PACKET = 60000 };

/* A UDP flow gets ASSURED when it is answered for longer than 2 seconds. */
enum { UDP_STREAM_US = 2100000 };

struct bench {
    int fd;                     /* Raw socket that is bound to the device. */
    uint16_t zone;
    uint16_t port;              /* UDP source port of the present flow. */
    int n_packets;

    /* Programs to compare with, with one link each if they are attached. */
    struct bench_bpf *skel;
    struct bpf_link *links[2];
    bool fentry, hook_add, hook_refresh; /* Where ours are. */

    struct detector *detector;
    bool saw_elephant;
};

/* Packets. */

/* Sends 'n' packets of 'size' bytes. */
static void
send_packets(struct bench *b, int n, bool reply, size_t size)
{
    static uint64_t buffer[MAX_PACKET / 8];
    struct mmsghdr messages[BATCH];
    struct iovec iov = { buffer, size };

    bench_udp_compose(&(struct bench_udp) {
                          .src = htonl(reply ? 0x0a000002 : 0x0a000001),
                          .dst = htonl(reply ? 0x0a000001 : 0x0a000002),
                          .src_port = reply ? 9 : b->port,
                          .dst_port = reply ? b->port : 9,
                      }, buffer, size);
    memset(messages, 0, sizeof messages);
    for (int i = 0; i < BATCH; i++) {
        messages[i].msg_hdr.msg_iov = &iov;
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    while (n > 0) {
        int sent = sendmmsg(b->fd, messages, MIN(n, BATCH), 0);

        if (sent < 0) {
            ovs_fatal(errno, "cannot send packets");
        }
        n -= sent;
    }
}

/* Flows. */

static void
event_cb(enum detector_event_type type, const struct ct_flow *flow OVS_UNUSED,
         void *bench)
{
    if (type == DETECTOR_ELEPHANT) {
        ((struct bench *) bench)->saw_elephant = true;
    }
}

static void
set_zone(struct bench *b, const struct elephant_threshold *threshold)
{
    int error = detector_set_zone(b->detector, b->zone, threshold);

    if (error) {
        ovs_fatal(error, "cannot set the zone's threshold");
    }
}

/* Begins a new flow of the given kind, which gets ASSURED. */
static void
begin_flow(struct bench *b, enum flow_kind kind)
{
    static const struct elephant_threshold normal = { 10000000, 10000000, 30 };

    /* A chunk is less than a packet. */
    static const struct elephant_threshold tiny = { 256, 1000, 30 };

    /* Packets of MAX_PACKET bytes, which are 11.4 MB: so far above 'normal'
     * that the flow's next boundary is far away. */
    static const int n_large = 190;

    b->port++;
    if (b->detector) {
        set_zone(b, kind == FLOW_FOREIGN ? NULL
                 : kind == FLOW_BOUNDARY ? &tiny : &normal);
    }
    b->saw_elephant = false;
    send_packets(b, 1, false, BENCH_MIN_FRAME);
    send_packets(b, 1, true, BENCH_MIN_FRAME);
    usleep(UDP_STREAM_US);
    send_packets(b, 1, false, BENCH_MIN_FRAME);
    if (kind == FLOW_ELEPHANT) {
        send_packets(b, n_large, false, MAX_PACKET);
    }
    send_packets(b, BATCH, false, BENCH_MIN_FRAME);
    if (b->detector) {
        bool expected = kind == FLOW_ELEPHANT || kind == FLOW_BOUNDARY;

        detector_run(b->detector, event_cb, b);
        if (b->saw_elephant != expected) {
            ovs_fatal(0, "the detector took a flow for %s",
                      expected ? "a mouse" : "an elephant");
        }
    }
}

/* Programs. */

static void
attach(struct bench *b, int i, struct bpf_program *program)
{
    b->links[i] = bpf_program__attach(program);
    if (!b->links[i]) {
        ovs_fatal(errno, "cannot attach %s", bpf_program__name(program));
    }
}

static void
load_programs(struct bench *b)
{
    struct conntrack_abi abi;

    conntrack_abi_read(&abi);
    b->skel = bench_bpf__open();
    if (!b->skel) {
        ovs_fatal(errno, "cannot open BPF programs");
    }
    b->skel->rodata->refresh_takes_bytes = abi.refresh_takes_bytes;
    bpf_program__set_autoload(b->skel->progs.empty_add_fentry,
                              b->fentry && b->hook_add);
    bpf_program__set_autoload(b->skel->progs.empty_ref_fentry,
                              b->fentry && b->hook_refresh);
    if (bench_bpf__load(b->skel)) {
        ovs_fatal(errno, "cannot load BPF programs");
    }
}

static void
start_programs(struct bench *b, enum program program)
{
    char *error;

    switch (program) {
    case PROGRAM_NONE:
        break;
    case PROGRAM_EMPTY:
        if (b->hook_add) {
            attach(b, 0, b->fentry ? b->skel->progs.empty_add_fentry
                         : b->skel->progs.empty_add_kprobe);
        }
        if (b->hook_refresh) {
            attach(b, 1, b->fentry ? b->skel->progs.empty_ref_fentry
                         : b->skel->progs.empty_ref_kprobe);
        }
        break;
    case PROGRAM_PRIOR:
        attach(b, 0, b->skel->progs.prior_entry);
        attach(b, 1, b->skel->progs.prior_return);
        break;
    case PROGRAM_OURS:
        b->detector = detector_create(DETECTOR_HOOK, &error);
        if (!b->detector) {
            ovs_fatal(0, "%s", error);
        }
        break;
    }
}

static void
stop_programs(struct bench *b)
{
    for (size_t i = 0; i < ARRAY_SIZE(b->links); i++) {
        bpf_link__destroy(b->links[i]);
        b->links[i] = NULL;
    }
    if (b->detector) {
        detector_destroy(b->detector);
        b->detector = NULL;
    }
}

/* Finds out where our programs are attached. */
static void
look_at_ours(struct bench *b)
{
    const char *how;

    start_programs(b, PROGRAM_OURS);
    how = detector_get_how(b->detector);
    b->fentry = !strncmp(how, "fentry", 6);
    b->hook_add = strstr(how, "nf_ct_acct_add") != NULL;
    b->hook_refresh = strstr(how, "__nf_ct_refresh_acct") != NULL;
    printf("how %s\n", how);
    stop_programs(b);
}

/* Adds up how often all BPF programs ran, and for how long. */
static void
read_stats(uint64_t *calls, uint64_t *ns)
{
    uint32_t id = 0;

    *calls = *ns = 0;
    while (!bpf_prog_get_next_id(id, &id)) {
        int fd = bpf_prog_get_fd_by_id(id);
        struct bpf_prog_info info;
        uint32_t size = sizeof info;

        memset(&info, 0, sizeof info);
        if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &size)) {
            *calls += info.run_cnt;
            *ns += info.run_time_ns;
        }
        if (fd >= 0) {
            close(fd);
        }
    }
}

/* Measuring. */

static double
measure_path(struct bench *b)
{
    uint64_t start = bench_now();

    send_packets(b, b->n_packets, false, BENCH_MIN_FRAME);
    return (double) (bench_now() - start) / b->n_packets;
}

static double
measure_body(struct bench *b)
{
    int fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
    uint64_t calls[2], ns[2];

    if (fd < 0) {
        return 0;
    }
    read_stats(&calls[0], &ns[0]);
    send_packets(b, b->n_packets, false, BENCH_MIN_FRAME);
    read_stats(&calls[1], &ns[1]);
    close(fd);
    if (calls[1] == calls[0] && b->detector) {
        ovs_fatal(0, "the detector's programs were not called");
    }
    return (double) (ns[1] - ns[0]) / b->n_packets;
}

int
main(int argc, char *argv[])
{
    enum { MAX_ROUNDS = 100 };
    double path[ARRAY_SIZE(cases)][MAX_ROUNDS];
    double body[ARRAY_SIZE(cases)][MAX_ROUNDS];
    struct bench b = { .port = 1000 };
    int n_rounds;

    set_program_name(argv[0]);
    if (argc != 5) {
        ovs_fatal(0, "usage: %s DEVICE ZONE PACKETS ROUNDS", argv[0]);
    }
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_WARN);
    b.fd = bench_open_device(NULL, argv[1]);
    b.zone = atoi(argv[2]);
    b.n_packets = atoi(argv[3]);
    n_rounds = MIN(atoi(argv[4]), MAX_ROUNDS);

    look_at_ours(&b);
    load_programs(&b);
    for (int round = 0; round < n_rounds; round++) {
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
            if (!i || cases[i].program != cases[i - 1].program) {
                stop_programs(&b);
                start_programs(&b, cases[i].program);
            }
            begin_flow(&b, cases[i].flow);
            path[i][round] = measure_path(&b);
            body[i][round] = measure_body(&b);
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        printf("%s %.1f %.1f\n", cases[i].name,
               bench_median(path[i], n_rounds),
               bench_median(body[i], n_rounds));
    }
    stop_programs(&b);
    bench_bpf__destroy(b.skel);
    return 0;
}
