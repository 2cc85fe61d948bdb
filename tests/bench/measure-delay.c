/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* Measures how long it takes from the packet that makes a flow an elephant to
 * the flag of its container, for tests/bench/detection-delay:
 *
 *     measure-delay DATABASE NETNS N TRIALS BYTES [RATE]
 *
 * In NETNS are the containers' ends of N + 1 ports, called e0 to eN; the ports
 * are called p0 to pN, and e1 to eN each send to e0.  TRIALS times, the flow
 * of one of them becomes an elephant, at BYTES bytes; or if TRIALS is 0, those
 * of all N at once, one packet of each after the other.  The flag is read from
 * the ovsdb-server at DATABASE, as any program can.
 *
 * Flows are as fast as can be, and end when they are elephants.  With RATE, in
 * bit/s, they are as fast as that, are answered now and then, and go on until
 * the flag is seen.
 *
 * It prints a line for each container, "one X" or "all X", X being
 * nanoseconds. */

#include <errno.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "ovsdb/footprint-keys.h"
#include "packets.h"
#include "smap.h"
#include "tests/bench/bench-util.h"
#include "util.h"
#include "vswitch-idl.h"

enum { LARGE_FRAME = 8900 + ETH_HEADER_LEN };

/* A UDP flow gets ASSURED when it is answered for longer than 2 seconds. */
enum { UDP_STREAM_US = 2100000 };

/* Limit for a flag to appear or disappear, in nanoseconds. */
#define PATIENCE UINT64_C(60000000000)

struct delay {
    struct ovsdb_idl *idl;
    int fd;
    int *indexes;               /* Of e0 and so on. */
    int n;
    uint64_t threshold;
    uint64_t rate;              /* In bit/s; 0: as fast as can be. */
    uint16_t port;              /* Source port of the present flows. */

    uint64_t *bytes;            /* By container: what its flow moved, ... */
    uint64_t *crossed;          /* ... when it crossed the threshold, ... */
    uint64_t *flagged;          /* ... and when its flag was seen, or 0. */
    bool *heavy;                /* Is the flag there now? */
    int n_heavy;
};

/* Traffic. */

/* Sends one packet of the flow from container 'i' to container 0, or a reply
 * to it. */
static void
send_packet(struct delay *d, int i, bool reply, size_t size)
{
    static uint64_t buffer[LARGE_FRAME / 8 + 1];
    ovs_be32 pod = htonl(0x0a000000 + i), sink = htonl(0x0a00fffe);
    struct bench_udp packet = {
        .src = reply ? sink : pod,
        .dst = reply ? pod : sink,
        .src_port = reply ? 9 : d->port,
        .dst_port = reply ? d->port : 9,
    };
    struct sockaddr_ll address = {
        .sll_family = AF_PACKET,
        .sll_ifindex = d->indexes[reply ? 0 : i],
    };
    uint64_t *bytes = &d->bytes[i];

    bench_udp_compose(&packet, buffer, size);
    *bytes += size - ETH_HEADER_LEN;
    if (*bytes >= d->threshold && !d->crossed[i]) {
        d->crossed[i] = bench_now();
    }
    if (sendto(d->fd, buffer, size, 0, (struct sockaddr *) &address,
               sizeof address) < 0) {
        ovs_fatal(errno, "cannot send");
    }
}

/* Begins new flows from containers 'first' to 'last', which get ASSURED. */
static void
begin_flows(struct delay *d, int first, int last)
{
    d->port++;
    for (int i = first; i <= last; i++) {
        d->bytes[i] = d->crossed[i] = d->flagged[i] = 0;
        send_packet(d, i, false, BENCH_MIN_FRAME);
        send_packet(d, i, true, BENCH_MIN_FRAME);
    }
    usleep(UDP_STREAM_US);
    for (int i = first; i <= last; i++) {
        send_packet(d, i, false, BENCH_MIN_FRAME);
        send_packet(d, i, true, BENCH_MIN_FRAME);
    }
    usleep(UDP_STREAM_US);
}

/* Sends until all of these flows have just become elephants. */
static void
make_elephants(struct delay *d, int first, int last)
{
    while (!d->crossed[last]) {
        for (int i = first; i <= last; i++) {
            send_packet(d, i, false, LARGE_FRAME);
        }
    }
}

/* Flags. */

static void
read_flags(struct delay *d)
{
    const struct ovsrec_interface *iface;

    ovsdb_idl_run(d->idl);
    OVSREC_INTERFACE_FOR_EACH_TRACKED (iface, d->idl) {
        int i = iface->name[0] == 'p' ? atoi(iface->name + 1) : 0;
        const char *class = smap_get(&iface->external_ids, FP_KEY_CLASS);
        bool heavy = class && !strcmp(class, "heavy");

        if (i > 0 && i <= d->n && heavy != d->heavy[i]) {
            d->heavy[i] = heavy;
            d->n_heavy += heavy ? 1 : -1;
            if (heavy) {
                d->flagged[i] = bench_now();
            }
        }
    }
    ovsdb_idl_track_clear(d->idl);
}

/* Waits until 'n' containers other than container 0 have the flag. */
static void
wait_for_flags(struct delay *d, int n)
{
    uint64_t deadline = bench_now() + PATIENCE;

    for (;;) {
        read_flags(d);
        if (d->n_heavy == n && ovsdb_idl_has_ever_connected(d->idl)) {
            return;
        }
        if (bench_now() > deadline) {
            ovs_fatal(0, "there are %d flags instead of %d", d->n_heavy, n);
        }
        ovsdb_idl_wait(d->idl);
        poll_timer_wait(1000);
        poll_block();
    }
}

static void
connect_database(struct delay *d, const char *remote)
{
    d->idl = ovsdb_idl_create(remote, &ovsrec_idl_class, false, true);
    ovsdb_idl_add_table(d->idl, &ovsrec_table_interface);
    ovsdb_idl_add_column(d->idl, &ovsrec_interface_col_name);
    ovsdb_idl_add_column(d->idl, &ovsrec_interface_col_external_ids);
    ovsdb_idl_track_add_column(d->idl, &ovsrec_interface_col_external_ids);
    wait_for_flags(d, 0);
}

/* Sends at the rate from container 'i' until it has a flag. */
static void
send_until_flagged(struct delay *d, int i)
{
    uint64_t start = bench_now(), sent = 0;
    int n = 0;

    while (!d->heavy[i]) {
        uint64_t now = bench_now();
        uint64_t due = (now - start) / 8e9 * d->rate;

        if (now - start > PATIENCE) {
            ovs_fatal(0, "there is no flag");
        }
        for (; sent < due; sent += LARGE_FRAME - ETH_HEADER_LEN) {
            send_packet(d, i, false, LARGE_FRAME);
            if (++n % 16 == 0) {
                send_packet(d, i, true, BENCH_MIN_FRAME);
            }
        }
        read_flags(d);
        ovsdb_idl_wait(d->idl);
        poll_timer_wait(1);
        poll_block();
    }
}

/* Has the flows of these containers become elephants, and prints 'name' and
 * how long each one's flag took. */
static void
measure(struct delay *d, const char *name, int first, int last)
{
    begin_flows(d, first, last);
    read_flags(d);
    if (d->rate) {
        send_until_flagged(d, first);
    } else {
        make_elephants(d, first, last);
    }
    wait_for_flags(d, last - first + 1);
    for (int i = first; i <= last; i++) {
        printf("%s %.0f\n", name,
               (double) d->flagged[i] - (double) d->crossed[i]);
    }
    fflush(stdout);
    wait_for_flags(d, 0);
}

int
main(int argc, char *argv[])
{
    struct delay d = { 0 };
    int n_trials;

    set_program_name(argv[0]);
    if (argc != 6 && argc != 7) {
        ovs_fatal(0, "usage: %s DATABASE NETNS N TRIALS BYTES [RATE]",
                  argv[0]);
    }
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_ERR);

    /* Conntrack may still have entries of an earlier run.  That used other
     * ports, since each takes it more than a second. */
    d.port = 1000 + bench_now() / UINT64_C(1000000000) % 60000;
    d.n = atoi(argv[3]);
    n_trials = atoi(argv[4]);
    d.threshold = strtoull(argv[5], NULL, 10);
    d.rate = argc > 6 ? strtoull(argv[6], NULL, 10) : 0;
    d.indexes = xcalloc(d.n + 1, sizeof *d.indexes);
    d.bytes = xcalloc(d.n + 1, sizeof *d.bytes);
    d.crossed = xcalloc(d.n + 1, sizeof *d.crossed);
    d.flagged = xcalloc(d.n + 1, sizeof *d.flagged);
    d.heavy = xcalloc(d.n + 1, sizeof *d.heavy);
    d.fd = bench_open_devices(argv[2], "e", 0, d.n + 1, d.indexes);
    connect_database(&d, argv[1]);

    for (int i = 0; i < n_trials; i++) {
        /* The counters of interfaces are read every half second: flows should
         * not always begin at the same time within that. */
        usleep(i * 70000 % 500000);
        measure(&d, "one", 1 + i % d.n, 1 + i % d.n);
    }
    if (!n_trials) {
        measure(&d, "all", 1, d.n);
    }
    return 0;
}
