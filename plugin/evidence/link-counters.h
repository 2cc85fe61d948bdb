/* SPDX-License-Identifier: Apache-2.0 */

#ifndef LINK_COUNTERS_H
#define LINK_COUNTERS_H 1

/* The byte counters of the network devices in this network namespace, as the
 * kernel has them.
 *
 * All devices are asked for in one request (RTM_GETSTATS, Linux 4.7), which
 * is cheaper than one per port as soon as there are a few. */

#include <stdbool.h>
#include <stdint.h>

struct byte_counters;
struct link_counters;

/* Always succeeds; without netlink there are just no counters. */
struct link_counters *link_counters_create(void);
void link_counters_destroy(struct link_counters *);

/* Reads all devices' counters.  Blocks for the time that the kernel takes to
 * write them down. */
void link_counters_read(struct link_counters *);

/* What the last reading said of a device. */
enum link_reading {
    LINK_MISSING,               /* There is no such device. */
    LINK_LATE,                  /* Nothing; the reading was not complete. */
    LINK_READ                   /* How much it has moved. */
};

/* Stores in '*counters' what the container behind the device 'ifindex' had
 * moved by the last link_counters_read(), or by the last one that said so, or
 * nothing if there is no such device.  The device is the host's end of a veth
 * pair or a tap: what it receives, the container sent. */
enum link_reading link_counters_get(const struct link_counters *, int ifindex,
                                    struct byte_counters *counters);

/* Stores in '*packets' how many packets the device 'ifindex' had moved, in
 * both directions, by the last reading that said so.  Returns false if there
 * was no such device. */
bool link_counters_get_packets(const struct link_counters *, int ifindex,
                               uint64_t *packets);

#endif /* link-counters.h */
