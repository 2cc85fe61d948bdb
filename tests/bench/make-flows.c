/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* Makes many conntrack entries of mice, or keeps them busy:
 *
 *     make-flows NETNS FIRST N [SECONDS [PACKETS SIZE]]
 *
 * In NETNS are the containers' ends, e0 and e1, of two ports.  Sends a packet
 * of 64 bytes of each of the N flows from number FIRST on, from e1 to e0, all
 * as soon as possible or, if SECONDS is not 0, evenly over SECONDS; or else
 * PACKETS packets of SIZE bytes of each, flow by flow.  Prints how many
 * nanoseconds a packet took. */

#include <errno.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "packets.h"
#include "tests/bench/bench-util.h"
#include "util.h"

enum { MAX_FRAME = 9000 };

static void
sleep_until(uint64_t ns)
{
    struct timespec t = { ns / 1000000000, ns % 1000000000 };

    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

int
main(int argc, char *argv[])
{
    struct bench_udp packet = {
        .src = htonl(0x0a000001),
        .dst = htonl(0x0a00fffe),
    };
    static uint64_t frame[MAX_FRAME / 8];
    struct sockaddr_ll address = { .sll_family = AF_PACKET };
    int index, fd, first, n, seconds, n_packets, size;
    uint64_t start;

    set_program_name(argv[0]);
    if (argc != 4 && argc != 5 && argc != 7) {
        ovs_fatal(0, "usage: %s NETNS FIRST N [SECONDS [PACKETS SIZE]]",
                  argv[0]);
    }
    first = atoi(argv[2]);
    n = atoi(argv[3]);
    seconds = argc > 4 ? atoi(argv[4]) : 0;
    n_packets = argc > 5 ? atoi(argv[5]) : 1;
    size = argc > 6 ? MIN(atoi(argv[6]), MAX_FRAME) : BENCH_MIN_FRAME;

    fd = bench_open_devices(argv[1], "e", 1, 1, &index);
    address.sll_ifindex = index;
    bench_udp_compose(&packet, frame, size);
    start = bench_now();
    for (int i = 0; i < n; i++) {
        int flow = first + i;

        bench_udp_set_ports(frame, 1024 + flow % 50000, 1024 + flow / 50000);
        for (int j = 0; j < n_packets; j++) {
            if (sendto(fd, frame, size, 0, (struct sockaddr *) &address,
                       sizeof address) < 0) {
                ovs_fatal(errno, "cannot send");
            }
        }
        if (seconds) {
            sleep_until(start + UINT64_C(1000000000) * seconds * (i + 1) / n);
        }
    }
    printf("%.1f\n", (double) (bench_now() - start) / n / n_packets);
    return 0;
}
