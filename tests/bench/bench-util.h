/* SPDX-License-Identifier: Apache-2.0 */

#ifndef BENCH_UTIL_H
#define BENCH_UTIL_H 1

/* What the programs that benchmarks count with have in common.  All of it ends
 * the program with a message if it fails: there is nobody to handle it. */

#include <stddef.h>
#include <stdint.h>

#include "openvswitch/types.h"

/* A UDP packet that is made by hand.  Containers, which tests/bench/common.sh
 * makes, have the address 10.0.X.Y and the MAC address 02:00:00:00:X:Y, so
 * that one follows from the other. */
struct bench_udp {
    ovs_be32 src, dst;
    uint16_t src_port, dst_port;
};

/* The shortest frame, which is one of 64 bytes, with its checksum, on a
 * wire. */
enum { BENCH_MIN_FRAME = 60 };

/* Writes 'packet' as an Ethernet frame of 'size' bytes to 'buffer'. */
void bench_udp_compose(const struct bench_udp *packet, void *buffer,
                       size_t size);

/* Only changes the ports of the frame in 'buffer' (which has no UDP
 * checksum). */
void bench_udp_set_ports(void *buffer, uint16_t src_port, uint16_t dst_port);

/* Returns socket(domain, type, protocol) in the network namespace that "ip
 * netns" calls 'netns', or in this one if that is null. */
int bench_socket(const char *netns, int domain, int type, int protocol);

/* Returns a raw socket bound to 'device' in 'netns', which may be null. */
int bench_open_device(const char *netns, const char *device);

/* Returns a raw socket in 'netns' that is bound to no device, and stores in
 * 'indexes' those of the 'n' devices there that are called 'prefix' and a
 * number from 'first' on. */
int bench_open_devices(const char *netns, const char *prefix, int first,
                       int n, int indexes[]);

/* CLOCK_MONOTONIC in nanoseconds. */
uint64_t bench_now(void);

/* Returns what a fraction of 'p' of the 'n' values, which get sorted, are not
 * above. */
double bench_percentile(double *values, size_t n, double p);

/* Returns the median of the 'n' 'values', which get sorted. */
double bench_median(double *values, size_t n);

#endif /* bench-util.h */
