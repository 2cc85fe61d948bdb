/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

#ifndef ELEPHANT_H
#define ELEPHANT_H 1

/* What elephant.bpf.c and scan.bpf.c share with the daemon
 * (plugin/detector/detector-hook.c, plugin/detector/detector-scan.c): the
 * layout of what is in maps and in the ring buffer.
 *
 * Times are in nanoseconds of CLOCK_MONOTONIC.  Arrays of two are indexed by
 * direction, original and reply.  Padding is explicit, so that nothing
 * uninitialized is ever copied. */

#ifdef __bpf__
#include "conntrack-types.h"
#else
#include <linux/types.h>
#endif

#define ELEPHANT_N_ZONES 65536      /* A zone is 16 bits wide. */
#define ELEPHANT_N_PROFILES 256     /* Index 0 means "not ours". */
#define ELEPHANT_MAX_FLOWS 65536
#define ELEPHANT_FEW_FLOWS 4096     /* What there is memory for at first. */
#define ELEPHANT_CROWD (ELEPHANT_FEW_FLOWS / 4) /* When to get more. */
#define ELEPHANT_QUOTA (ELEPHANT_MAX_FLOWS / 8) /* For one zone, once half of
                                                 * all places are taken. */
#define ELEPHANT_MAX_CHUNK (1 << 30) /* Bytes: see 'latest' below. */
#define ELEPHANT_RING_SIZE (256 * 1024)
#define ELEPHANT_MAX_MISSES 2048    /* Pairs of zone and kind. */
#define ELEPHANT_MAX_TEXT 1024      /* Bytes of the kernel's code. */

/* A flow that turns out to be fast again this long before its hold time is
 * over, or later, is reported again.  It covers the difference between the
 * moment at which the kernel reads the clock and the one at which user space
 * does, so that the two can never both believe that it is the other's turn. */
#define ELEPHANT_HOLD_SLACK_NS 500000000ULL

/* What makes a flow of certain zones an elephant.
 *
 * A flow is looked at when its byte counter crosses the boundary of a chunk, a
 * power of two.  Boundaries are shifted by 'offset' so that 'bytes' is one of
 * them: the packet that makes a flow reach 'bytes' is seen for sure.
 *
 * 'position' has the bits of the sum of a byte counter and 'offset' that tell
 * where in its chunk the flow is, except for the lowest ones: as far as those
 * go, a packet right behind a boundary is taken to have crossed it.  This is
 * for packets that two processors account for at the same time, each of which
 * sees the counter without the other one: the next packet makes up for
 * both. */
struct elephant_profile {
    __u64 offset;
    __u64 position;
    __u64 chunk;
    __u64 bytes;                /* The threshold's bytes, ... */
    __u64 rate;                 /* ... its bit/s ... */
    __u64 hold_ns;              /* ... and its hold time. */
    __u64 unused[2];            /* Makes the size a power of 2. */
};

/* A flow that is a candidate or an elephant. */
struct elephant_flow {
    __u64 latest;               /* Its latest boundary: in the upper half the
                                 * time in units of 1024 ns, in the lower half
                                 * its bytes.  (elephant.bpf.c only.) */
    __u64 first_ns;             /* When it crossed its first boundary. */
    __u64 boundary_ns;          /* When it crossed its latest one. */
    __u64 fast_ns;              /* When it was an elephant by bytes and rate
                                 * for the last time, 0 for never. */
    __u64 rate;                 /* bit/s of the latest chunk, 0 before one was
                                 * measured. */
    __u64 bytes[2];             /* Counters at 'boundary_ns'. */
    __u64 packets[2];
    __u32 src[4];               /* In original direction, big-endian. */
    __u32 dst[4];               /* Likewise.  In both, IPv4 is in [0]. */
    __be16 src_port;            /* Or ICMP id. */
    __be16 dst_port;            /* Or ICMP type and code, in this order. */
    __u16 l3num;                /* AF_INET or AF_INET6. */
    __u8 protonum;
    __u8 elephant;              /* 1 if it was reported, otherwise 0. */
    __u32 mark;                 /* When it was reported. */
    __u16 zone;
    union {
        __u16 walk;             /* scan.bpf.c: which walk saw it last. */
        __u16 answered;         /* elephant.bpf.c: 1 if its entry was seen to
                                 * have IPS_SEEN_REPLY, which stays. */
    };
};

enum elephant_event_type {
    ELEPHANT_ENTER = 1,         /* Became an elephant. */
    ELEPHANT_GONE = 2,          /* Was reported, and its entry is deleted. */
    ELEPHANT_CROWDED = 3,       /* There are ELEPHANT_CROWD flows: only to wake
                                 * user space, no 'flow'. */
};

/* What is sent through the ring buffer. */
struct elephant_event {
    __u64 id;                   /* Key of the flow. */
    __u32 type;                 /* ELEPHANT_*. */
    __u32 unused;
    struct elephant_flow flow;  /* 'bytes' and 'packets' are up to date. */
};

/* What could not be seen or told; each only ever grows. */
struct elephant_misses {
    __u64 ring_full;            /* Events that did not fit. */
    __u64 table_full;           /* Candidates that did not fit. */
    __u64 table_error;          /* Other failures to add a candidate. */
    __u64 unaccounted_packets;  /* Of entries without counters. */
    __u64 unassured_bytes;      /* Of flows that are an elephant in all but */
                                /* replies. */
    __u64 crossings;            /* Flows that had reached the threshold unseen
                                 * when they ended. */
};

/* What is counted by zone as well, as far as the zone is known. */
enum elephant_miss {
    ELEPHANT_MISS_NONE,
    ELEPHANT_MISS_RING_FULL,    /* The members of struct elephant_misses. */
    ELEPHANT_MISS_TABLE_FULL,
    ELEPHANT_MISS_TABLE_ERROR,
    ELEPHANT_MISS_UNACCOUNTED,
    ELEPHANT_MISS_UNASSURED,
    ELEPHANT_MISS_CROSSING,
    ELEPHANT_MISS_WALK_ODD,     /* scan.h's 'unaccounted', of the latest walk
                                 * with an odd number. */
    ELEPHANT_MISS_WALK_EVEN,    /* The same with an even number. */
    ELEPHANT_N_MISSES,
};

#define ELEPHANT_MISS_KEY(KIND, ZONE) ((__u32) (KIND) << 16 | (ZONE))

_Static_assert(sizeof(struct elephant_profile) == 64, "layout");
_Static_assert(sizeof(struct elephant_flow) == 120, "layout");
_Static_assert(sizeof(struct elephant_event) == 136, "layout");
_Static_assert(sizeof(struct elephant_misses) == 48, "layout");

#endif /* elephant.h */
