/*
 * Copyright (c) 2026 The ovs-footprint Authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at:
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */


#include <config.h>

/* Makes many conntrack entries of mice, or keeps them busy:
 *
 *     make-mice NETNS FIRST N [SECONDS]
 *
 * In NETNS are the containers' ends, e0 and e1, of two ports.  Sends one packet
 * of 64 bytes of each of the N flows from number FIRST on, from e1 to e0, all
 * as soon as possible or else evenly over SECONDS. */

#include <errno.h>
#include <netpacket/packet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "bench-util.h"
#include "packets.h"
#include "util.h"

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
    uint64_t frame[BENCH_MIN_FRAME / 8 + 1];
    struct sockaddr_ll address = { .sll_family = AF_PACKET };
    int index, fd, first, n, seconds;
    uint64_t start = bench_now();

    set_program_name(argv[0]);
    if (argc != 4 && argc != 5) {
        ovs_fatal(0, "usage: %s NETNS FIRST N [SECONDS]", argv[0]);
    }
    first = atoi(argv[2]);
    n = atoi(argv[3]);
    seconds = argc > 4 ? atoi(argv[4]) : 0;

    fd = bench_open_devices(argv[1], "e", 1, 1, &index);
    address.sll_ifindex = index;
    bench_udp_compose(&packet, frame, BENCH_MIN_FRAME);
    for (int i = 0; i < n; i++) {
        int flow = first + i;

        bench_udp_set_ports(frame, 1024 + flow % 50000, 1024 + flow / 50000);
        if (sendto(fd, frame, BENCH_MIN_FRAME, 0,
                   (struct sockaddr *) &address, sizeof address) < 0) {
            ovs_fatal(errno, "cannot send");
        }
        if (seconds) {
            sleep_until(start + UINT64_C(1000000000) * seconds * (i + 1) / n);
        }
    }
    return 0;
}
