/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

#ifndef CLASSIFY_BPF_H
#define CLASSIFY_BPF_H 1

/* What makes a candidate, and then an elephant, of a conntrack entry, and what
 * is kept and told about it: the same code, maps and variables for all
 * programs that look for elephants, each of which includes this once.
 *
 * The head of elephant.bpf.c has the states of a flow. */

#include "elephant.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

/* Set by user space before loading. */
const volatile __u32 netns_inum;    /* This network namespace. */

/* Changed by user space at any time. */
__u8 zones[ELEPHANT_N_ZONES];       /* Index into 'profiles', 0 if not ours. */
struct elephant_profile profiles[ELEPHANT_N_PROFILES];
__u8 track_unassured;

/* Read by user space at any time. */
struct elephant_misses misses;
__s64 n_flows;                      /* Number of candidates and elephants. */
__s32 n_zone_flows[ELEPHANT_N_ZONES]; /* How many of them are in each zone, but
                                       * for races of no consequence. */
__u8 crowded;                       /* ELEPHANT_CROWDED was sent, and there
                                     * have not been few flows since. */

/* Candidates and elephants, by the address of their struct nf_conn.
 *
 * A hash table has a bucket for each entry that it may hold, which for all of
 * ELEPHANT_MAX_FLOWS takes a megabyte, used or not.  So there is one for few
 * flows, and a place for another one, which user space puts there when there
 * are more: see elephant-maps.c. */
struct flow_map {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, ELEPHANT_FEW_FLOWS);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, __u64);
    __type(value, struct elephant_flow);
} flows SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    __uint(max_entries, 1);
    __type(key, __u32);
    __array(values, struct flow_map);
} more_flows SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, ELEPHANT_RING_SIZE);
} events SEC(".maps");

/* What 'misses' counts, by ELEPHANT_MISS_KEY(), of as many as there is room
 * for. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, ELEPHANT_MAX_MISSES);
    __type(key, __u32);
    __type(value, __u64);
} zone_misses SEC(".maps");

/* Adds N to COUNTER, which several processors may change at once. */
#define COUNT(COUNTER, N) ((void) __sync_fetch_and_add(&(COUNTER), (N)))

/* Adds 'n' to what the container with 'zone' missed of a kind.  If two
 * processors begin to count at once, only what the first one adds counts. */
static __noinline int
note_miss(__u32 kind, __u16 zone, __u64 n)
{
    __u32 key = ELEPHANT_MISS_KEY(kind, zone);
    __u64 *count = bpf_map_lookup_elem(&zone_misses, &key);

    if (count) {
        COUNT(*count, n);
    } else {
        bpf_map_update_elem(&zone_misses, &key, &n, BPF_NOEXIST);
    }
    return 0;
}

/* Returns the offset of the accounting extension behind 'ext', 0 if there is
 * none. */
static __always_inline __u8
acct_offset(const struct nf_ct_ext *ext)
{
    const __u8 *p =
        (const __u8 *) __builtin_preserve_access_index(&ext->offset)
        + bpf_core_enum_value(enum nf_ct_ext_id, NF_CT_EXT_ACCT);
    __u8 offset = 0;

    bpf_probe_read_kernel(&offset, sizeof offset, p);
    return offset;
}

static __always_inline bool
read_counters(const struct nf_ct_ext *ext, __u8 offset,
              struct nf_conn_acct *acct)
{
    return !bpf_probe_read_kernel(acct, sizeof *acct,
                                  (const char *) ext + offset);
}

/* Reads the counters of 'ct' from anywhere.  Returns false if it has none. */
static __always_inline bool
ct_counters(const struct nf_conn *ct, struct nf_conn_acct *acct)
{
    const struct nf_ct_ext *ext = BPF_CORE_READ(ct, ext);
    __u8 offset = ext ? acct_offset(ext) : 0;

    return offset && read_counters(ext, offset, acct);
}

static __always_inline bool
ct_is_in_this_netns(const struct nf_conn *ct)
{
    return BPF_CORE_READ(ct, ct_net.net, ns.inum) == netns_inum;
}

/* Copies what names the flow of 'ct' to people. */
static __always_inline void
describe(struct elephant_flow *flow, const struct nf_conn *ct)
{
    BPF_CORE_READ_INTO(&flow->src, ct, tuplehash[0].tuple.src.u3.all);
    BPF_CORE_READ_INTO(&flow->dst, ct, tuplehash[0].tuple.dst.u3.all);
    flow->src_port = BPF_CORE_READ(ct, tuplehash[0].tuple.src.u.all);
    flow->dst_port = BPF_CORE_READ(ct, tuplehash[0].tuple.dst.u.all);
    flow->l3num = BPF_CORE_READ(ct, tuplehash[0].tuple.src.l3num);
    flow->protonum = BPF_CORE_READ(ct, tuplehash[0].tuple.dst.protonum);
    flow->mark = BPF_CORE_READ(ct, mark);
}

static __always_inline void
set_counters(struct elephant_flow *flow, const struct nf_conn_acct *acct)
{
    flow->bytes[0] = acct->counter[0].bytes;
    flow->bytes[1] = acct->counter[1].bytes;
    flow->packets[0] = acct->counter[0].packets;
    flow->packets[1] = acct->counter[1].packets;
}

static __always_inline void
send(__u64 id, enum elephant_event_type type, const struct elephant_flow *flow)
{
    struct elephant_event *event;

    event = bpf_ringbuf_reserve(&events, sizeof *event, 0);
    if (!event) {
        COUNT(misses.ring_full, 1);
        note_miss(ELEPHANT_MISS_RING_FULL, flow->zone, 1);
        return;
    }
    event->id = id;
    event->type = type;
    event->unused = 0;
    event->flow = *flow;
    bpf_ringbuf_submit(event, 0);
}

/* Returns the second map of flows, or null if there is none. */
static __always_inline void *
get_more_flows(void)
{
    __u32 first = 0;

    return bpf_map_lookup_elem(&more_flows, &first);
}

static __always_inline struct elephant_flow *
find_flow(__u64 id)
{
    struct elephant_flow *flow = bpf_map_lookup_elem(&flows, &id);

    if (!flow) {
        void *more = get_more_flows();

        if (more) {
            flow = bpf_map_lookup_elem(more, &id);
        }
    }
    return flow;
}

/* Deletes a flow in 'zone' from 'map'.  Returns true if it was there. */
static __always_inline bool
delete_from(void *map, __u64 id, __u16 zone)
{
    if (bpf_map_delete_elem(map, &id)) {
        return false;
    }
    COUNT(n_flows, -1);
    COUNT(n_zone_flows[zone], -1);
    return true;
}

/* Returns true if there was a flow with 'id', in 'zone', and this call deleted
 * it.  Two processors that add the same flow while places become free may have
 * put it into both maps. */
static __always_inline bool
delete_flow(__u64 id, __u16 zone)
{
    bool deleted = delete_from(&flows, id, zone);
    void *more = get_more_flows();

    if (more && delete_from(more, id, zone)) {
        deleted = true;
    }
    return deleted;
}

/* Wakes user space when it becomes crowded, once. */
static __always_inline void
note_crowd(void)
{
    if (n_flows < ELEPHANT_CROWD / 2) {
        crowded = 0;
    } else if (n_flows >= ELEPHANT_CROWD && !crowded) {
        const struct elephant_flow none = { .zone = 0 };

        crowded = 1;
        send(0, ELEPHANT_CROWDED, &none);
    }
}

/* Adds 'flow', which find_flow() did not find. */
static __always_inline void
add_flow(__u64 id, const struct elephant_flow *flow)
{
    int error;

    /* When places get scarce, nobody takes all of them. */
    if (n_flows >= ELEPHANT_MAX_FLOWS / 2
        && n_zone_flows[flow->zone] >= ELEPHANT_QUOTA) {
        COUNT(misses.table_full, 1);
        note_miss(ELEPHANT_MISS_TABLE_FULL, flow->zone, 1);
        return;
    }

    /* Before Linux 6.4 (commit d7ba4cc900bf, "bpf: return long from
     * bpf_map_ops funcs") only the lower half of the result is defined. */
    error = bpf_map_update_elem(&flows, &id, flow, BPF_NOEXIST);

    if (error == -7 /* E2BIG */) {
        void *more = get_more_flows();

        if (more) {
            error = bpf_map_update_elem(more, &id, flow, BPF_NOEXIST);
        }
    }
    if (!error) {
        COUNT(n_flows, 1);
        COUNT(n_zone_flows[flow->zone], 1);
        note_crowd();
    } else if (error == -7 /* E2BIG */) {
        COUNT(misses.table_full, 1);
        note_miss(ELEPHANT_MISS_TABLE_FULL, flow->zone, 1);
    } else if (error != -17 /* EEXIST, from another processor */) {
        COUNT(misses.table_error, 1);
        note_miss(ELEPHANT_MISS_TABLE_ERROR, flow->zone, 1);
    }
}

/* Returns the rate in bit/s at which 'bytes' were moved in 'ns'. */
static __always_inline __u64
rate_of(__u64 bytes, __u64 ns)
{
    /* Neither product overflows, for less than 2 TB. */
    if (bytes < 1ULL << 31) {
        return bytes * 8000000000ULL / (ns | 1);
    } else {
        return bytes * 8000000ULL / (ns / 1000 | 1);
    }
}

/* Returns the value of 'latest' in struct elephant_flow for a boundary that
 * was crossed at 'ns' with 'bytes'. */
static __always_inline __u64
latest_boundary(__u64 ns, __u64 bytes)
{
    return ns >> 10 << 32 | (__u32) bytes;
}

/* Makes a candidate of 'ct', which just crossed its first boundary. */
static __always_inline void
add_candidate(const struct nf_conn *ct, __u64 id, __u64 now,
              const struct nf_conn_acct *acct)
{
    struct elephant_flow flow = {
        .latest = latest_boundary(now, (acct->counter[0].bytes
                                        + acct->counter[1].bytes)),
        .first_ns = now,
        .boundary_ns = now,
        .zone = BPF_CORE_READ(ct, zone.id),
    };

    set_counters(&flow, acct);
    add_flow(id, &flow);
}

/* What a flow has moved by 'ns'. */
struct progress {
    __u64 total;                /* Bytes it has moved. */
    __u64 bytes;                /* The latest of them, moved at 'rate'. */
    __u64 rate;                 /* In bit/s. */
    __u64 ns;
    unsigned long int status;   /* Of its entry. */
};

/* 'flow', an entry of 'flows', is an elephant if 'now' is enough: tells user
 * space, if it should be told.  Returns true if it was. */
static __always_inline bool
check_threshold(struct elephant_flow *flow, const struct nf_conn *ct, __u64 id,
                const struct elephant_profile *p, const struct progress *now)
{
    __s64 quiet = now->ns - flow->fast_ns;

    if (now->rate < p->rate || now->total < p->bytes) {
        return false;
    }
    if (!(now->status & IPS_SEEN_REPLY) && !track_unassured) {
        COUNT(misses.unassured_bytes, now->bytes);
        note_miss(ELEPHANT_MISS_UNASSURED, flow->zone, now->bytes);
        return false;
    }
    flow->fast_ns = now->ns;
    if (flow->elephant
        && quiet + (__s64) ELEPHANT_HOLD_SLACK_NS < (__s64) p->hold_ns) {
        return false;
    }
    flow->elephant = 1;
    describe(flow, ct);
    send(id, ELEPHANT_ENTER, flow);
    return true;
}

#endif /* classify.bpf.h */
