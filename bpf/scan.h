/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

#ifndef SCAN_H
#define SCAN_H 1

/* What scan.bpf.c and the daemon (plugin/detector/detector-scan.c) share,
 * beyond what is in elephant.h. */

#include "elephant.h"

/* A run of the program walks this long, and a little more: it ends at the
 * boundary of SCAN_BATCH buckets. */
#define SCAN_SLICE_NS 1000000
#define SCAN_BATCH 32

/* A run also ends when it has sent so many events, for which there is room in
 * the ring buffer. */
#define SCAN_MAX_EVENTS 1024

/* A bucket is walked up to this number of entries.  Conntrack itself limits
 * them to 80 since Linux 5.15. */
#define SCAN_MAX_CHAIN 1024

/* With this many candidates, slow ones are not kept from walk to walk, so that
 * others get their turn. */
#define SCAN_CROWDED (ELEPHANT_MAX_FLOWS / 4 * 3)

/* What a run of the program returns. */
enum scan_result {
    SCAN_NO_TABLE = 1,          /* The kernel does not tell where the table
                                 * is. */
    SCAN_UNREADABLE,            /* The table cannot be read. */
    SCAN_BUSY,                  /* The table is being resized right now. */
    SCAN_MORE,                  /* The walk is not at its end. */
    SCAN_DONE,                  /* It is. */
};

/* A walk through conntrack's hash table, in as many runs as it takes. */
struct scan_walk {
    __u64 table;                /* Address of the first bucket. */
    __u64 start_ns;             /* When it began. */
    __u64 baseline_ns;          /* When the previous walk began, if it looked
                                 * at every entry of our zones, otherwise
                                 * 0. */
    __u64 entries;              /* Entries seen, in any zone, ... */
    __u64 unaccounted;          /* ... and those in zones of ours that have no
                                 * counters. */
    __u64 candidates;           /* Of 'flows', how many were seen. */
    __u32 size;                 /* Number of buckets. */
    __u32 generation;           /* Of the table; it is odd while the table is
                                 * being resized, and never the same again. */
    __u32 bucket;               /* The first that is still to be walked. */
    __u16 number;               /* Of this walk. */
    __u16 unused;
    __u8 under_way;             /* 0 between two walks. */
    __u8 clean;                 /* 1 as long as no living entry was missed. */
    __u8 kept;                  /* 1 as long as every candidate is kept. */
    __u8 unused2;
    __u32 unused3;
};

/* What disturbed walks; each only ever grows. */
struct scan_troubles {
    __u64 resized;              /* Walks begun again for a resized table. */
    __u64 astray;               /* Chains that ended in another bucket, because
                                 * an entry moved; they are walked again. */
    __u64 lost;                 /* Chains for which that did not help, ... */
    __u64 too_long;             /* ... and those that were too long. */
};

_Static_assert(sizeof(struct scan_walk) == 72, "layout");
_Static_assert(sizeof(struct scan_troubles) == 32, "layout");

#endif /* scan.h */
