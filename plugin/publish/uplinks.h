/* SPDX-License-Identifier: Apache-2.0 */

#ifndef UPLINKS_H
#define UPLINKS_H 1

/* What the node's uplinks can carry, and what they do.
 *
 * Uplinks are the network devices that the setting footprint-uplinks names,
 * each with its speed if the kernel does not know it ("eth0,bond0=20G"), or,
 * without it, all physical devices that are up.  It reads the counters in
 * /sys/class/net. */

struct uplinks;

struct uplinks_figures {
    double bits_in, bits_out;   /* In bit/s, since the call before. */
    double speed;               /* In bit/s; 0 if it is not known. */
};

struct uplinks *uplinks_create(void);
void uplinks_destroy(struct uplinks *);

/* 'setting' is footprint-uplinks, 'now' a monotonic time in msec. */
void uplinks_read(struct uplinks *, const char *setting, long long int now,
                  struct uplinks_figures *figures);

#endif /* uplinks.h */
