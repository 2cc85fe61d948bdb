/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Copyright (c) 2026 The ovs-footprint Authors.
 */

/* Finds elephant flows in the kernel, among conntrack entries, on the very
 * packet that makes them one.
 *
 * These programs are called whenever conntrack accounts for a packet.  For
 * nearly every packet that is all: its zone is not ours, or its entry's byte
 * counter, which conntrack keeps anyway, does not cross the boundary of a
 * chunk (see struct elephant_profile).  There is no state of ours for such a
 * flow, and nothing is written: that is account().
 *
 * A flow that crosses a boundary becomes a candidate, with an entry in
 * 'flows'.  From boundary to boundary its rate is a chunk by the time that it
 * took:
 *
 *                    first boundary
 *          (mouse) ------------------> candidate
 *                                       |    ^
 *       chunk at the rate or faster, at |    | hold time without such a chunk
 *       'bytes' or more, ASSURED: ENTER |    | (no event: user space knows
 *                                       v    | when that is, by 'fast_ns')
 *                                      elephant
 *
 * and when conntrack destroys the entry, both are forgotten, an elephant with a
 * GONE event.  User space may also take a candidate out of 'flows' when its
 * present chunk has taken too long already to be at the rate: it will be a new
 * candidate at its next boundary, which is what that boundary would have made
 * of it (see detector-hook.c).
 *
 * Entries are let go of in nf_ct_destroy(), where the last reference is given
 * back, and not in nf_ct_delete(), as one would expect: compilers split the
 * latter (nf_ct_delete.part.0 in Debian's 5.10 and 7.2), such that a hook on
 * it misses what times out.  Every entry comes through the former exactly
 * once, nothing accounts for packets after that, and it follows nf_ct_delete()
 * as soon as no packet is under way any more.
 *
 * Races.  All this runs without locks, on several processors at once, even
 * for one flow.
 *
 *   - Two processors account for packets of one flow, and neither's packet
 *     alone crosses the boundary that both together cross.  The margin in
 *     'offset_before' has the next packet see it.  If there is no next packet,
 *     a crossing of the threshold is counted in 'misses.crossings' when the
 *     entry is destroyed.
 *
 *   - Two processors see the same boundary.  The second one finds it in
 *     'flows' already, or, if they are that close, both measure the same chunk
 *     and an ENTER event may be sent twice, which says nothing new.  For the
 *     same reason it does not matter if a packet is seen by two hooks.
 *
 *   - The kernel does not run a program that it interrupted on the same
 *     processor, so that nf_ct_destroy() may be missed, and an entry stay in
 *     'flows' when its memory belongs to another flow already.  The new flow's
 *     counters are less than the old one's then, which is noticed; at worst
 *     the new flow's first chunk is measured too long. */

#include "elephant.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Set by user space before loading. */
const volatile __u32 netns_inum;    /* This network namespace. */

/* Changed by user space at any time. */
__u8 zones[ELEPHANT_N_ZONES];       /* Index into 'profiles', 0 if not ours. */
struct elephant_profile profiles[ELEPHANT_N_PROFILES];
__u8 track_unassured;

/* For read_text(). */
__u64 text_address;
__u32 text_size;
__u8 text[ELEPHANT_MAX_TEXT];

/* Read by user space at any time. */
struct elephant_misses misses;
__s64 n_flows;                      /* Number of entries in 'flows'. */

/* Candidates and elephants, by the address of their struct nf_conn. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, ELEPHANT_MAX_FLOWS);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, __u64);
    __type(value, struct elephant_flow);
} flows SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, ELEPHANT_RING_SIZE);
} events SEC(".maps");

/* Adds N to COUNTER, of which several processors may be in need at once. */
#define COUNT(COUNTER, N) ((void) __sync_fetch_and_add(&(COUNTER), (N)))

/* How the kernel's memory may be read, which depends on the hook. */
enum access {
    BY_LOAD,                    /* fentry: what BTF types is simply loaded. */
    BY_PROBE,                   /* kprobe: always through a helper. */
};

/* The value of CT->FIELD, for a HOW that the compiler knows. */
#define READ(HOW, CT, FIELD) \
    ((HOW) == BY_LOAD ? (CT)->FIELD : BPF_CORE_READ(CT, FIELD))

/* Returns the offset of the accounting extension behind 'ext', 0 if there is
 * none. */
static __always_inline __u8
acct_offset(const struct nf_ct_ext *ext, enum access how)
{
    const __u8 *p = (const __u8 *) __builtin_preserve_access_index(&ext->offset)
                    + bpf_core_enum_value(enum nf_ct_ext_id, NF_CT_EXT_ACCT);
    __u8 offset = 0;

    if (how == BY_LOAD) {
        return *p;
    }
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
    __u8 offset = ext ? acct_offset(ext, BY_PROBE) : 0;

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
        return;
    }
    event->id = id;
    event->type = type;
    event->unused = 0;
    event->flow = *flow;
    bpf_ringbuf_submit(event, 0);
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

/* Makes a candidate of 'ct', which just crossed its first boundary. */
static __always_inline void
add_candidate(const struct nf_conn *ct, __u64 id, __u64 now,
              const struct nf_conn_acct *acct)
{
    struct elephant_flow flow = {
        .first_ns = now,
        .boundary_ns = now,
        .zone = BPF_CORE_READ(ct, zone.id),
    };
    long int error;

    set_counters(&flow, acct);
    error = bpf_map_update_elem(&flows, &id, &flow, BPF_NOEXIST);
    if (!error) {
        COUNT(n_flows, 1);
    } else if (error == -7 /* E2BIG */) {
        COUNT(misses.table_full, 1);
    } else if (error != -17 /* EEXIST, from another processor */) {
        COUNT(misses.table_error, 1);
    }
}

/* 'flow', an entry of 'flows', crossed another boundary, with 'total' bytes
 * now: measures its rate, and tells user space if that makes it an
 * elephant. */
static __always_inline void
classify(struct elephant_flow *flow, const struct nf_conn *ct, __u64 id,
         const struct elephant_profile *p, __u64 total, __u64 now,
         unsigned long int status, const struct nf_conn_acct *acct)
{
    __u64 bytes = total - (flow->bytes[0] + flow->bytes[1]);
    __u64 quiet = now - flow->fast_ns;

    flow->rate = rate_of(bytes, now - flow->boundary_ns);
    flow->boundary_ns = now;
    set_counters(flow, acct);
    if (flow->rate < p->rate || total < p->bytes) {
        return;
    }
    if (!(status & IPS_ASSURED) && !track_unassured) {
        COUNT(misses.unassured_bytes, bytes);
        return;
    }
    flow->fast_ns = now;
    if (flow->elephant && quiet + ELEPHANT_HOLD_SLACK_NS < p->hold_ns) {
        return;
    }
    flow->elephant = 1;
    describe(flow, ct);
    send(id, ELEPHANT_ENTER, flow);
}

/* The slow path of account(): the packet makes 'ct' cross a boundary. */
static __noinline int
cross_boundary(const struct nf_conn *ct, __u32 profile, __u32 dir,
               __u32 packets, __u32 bytes)
{
    const struct elephant_profile *p = &profiles[profile & 0xff];
    unsigned long int status = BPF_CORE_READ(ct, status);
    __u64 id = (unsigned long int) ct;
    struct elephant_flow *flow;
    struct nf_conn_acct acct;
    __u64 total, now;

    if (!ct_is_in_this_netns(ct) || !ct_counters(ct, &acct)) {
        return 0;
    }
    if (!dir) {
        acct.counter[0].bytes += bytes;
        acct.counter[0].packets += packets;
    } else {
        acct.counter[1].bytes += bytes;
        acct.counter[1].packets += packets;
    }
    total = acct.counter[0].bytes + acct.counter[1].bytes;
    if (total < p->chunk && total < p->bytes) {
        /* A boundary that any mouse crosses, because of 'offset'. */
        return 0;
    }

    now = bpf_ktime_get_ns();
    flow = bpf_map_lookup_elem(&flows, &id);
    if (!flow) {
        add_candidate(ct, id, now, &acct);
    } else {
        __u64 before = flow->bytes[0] + flow->bytes[1];

        if (total < before) {
            /* A new flow at an old flow's address. */
            flow->first_ns = flow->boundary_ns = now;
            flow->fast_ns = flow->rate = flow->elephant = 0;
            flow->zone = BPF_CORE_READ(ct, zone.id);
            set_counters(flow, &acct);
        } else if (((before + p->offset) ^ (total + p->offset)) & p->mask) {
            classify(flow, ct, id, p, total, now, status, &acct);
        }
    }
    return 0;
}

/* The packet belongs to an entry of ours that has no counters. */
static __noinline int
miss_unaccounted(const struct nf_conn *ct, __u32 packets)
{
    if (ct_is_in_this_netns(ct)) {
        COUNT(misses.unaccounted_packets, packets);
    }
    return 0;
}

/* 'packets' and 'bytes' are about to be added to the counters of 'ct' in
 * direction 'dir'.  This is what every packet pays. */
static __always_inline int
account(const struct nf_conn *ct, __u32 dir, __u32 packets, __u32 bytes,
        enum access how)
{
    __u8 profile = zones[READ(how, ct, zone.id)];
    const struct elephant_profile *p;
    const struct nf_ct_ext *ext;
    struct nf_conn_acct acct;
    __u64 before;
    __u8 offset;

    if (!profile) {
        return 0;
    }

    ext = READ(how, ct, ext);
    offset = ext ? acct_offset(ext, how) : 0;
    if (!offset) {
        return miss_unaccounted(ct, packets);
    }
    if (!read_counters(ext, offset, &acct)) {
        return 0;
    }

    p = &profiles[profile];
    before = acct.counter[0].bytes + acct.counter[1].bytes;
    if (!(((before + p->offset_before) ^ (before + bytes + p->offset))
          & p->mask)) {
        return 0;
    }
    return cross_boundary(ct, profile, dir, packets, bytes);
}

/* 'ct' is about to be freed. */
static __noinline int
forget(const struct nf_conn *ct)
{
    __u8 profile = zones[BPF_CORE_READ(ct, zone.id)];
    __u64 id = (unsigned long int) ct;
    struct elephant_flow *entry, flow;
    struct nf_conn_acct acct;
    __u64 before, threshold;

    if (!profile) {
        return 0;
    }
    entry = bpf_map_lookup_elem(&flows, &id);
    if (!entry) {
        return 0;
    }
    flow = *entry;
    if (bpf_map_delete_elem(&flows, &id)) {
        /* User space just did the same. */
        return 0;
    }
    COUNT(n_flows, -1);

    before = flow.bytes[0] + flow.bytes[1];
    if (ct_counters(ct, &acct)) {
        set_counters(&flow, &acct);
    }
    threshold = profiles[profile].bytes;
    if (flow.elephant) {
        send(id, ELEPHANT_GONE, &flow);
    } else if (before < threshold
               && flow.bytes[0] + flow.bytes[1] >= threshold) {
        COUNT(misses.crossings, 1);
    }
    return 0;
}

/* Reads 'text_size' bytes of the kernel's code at 'text_address' into 'text',
 * when user space runs this, for hook-loader.c. */
SEC("raw_tp")
int
read_text(void *ctx __attribute__((unused)))
{
    __u32 size = text_size;

    if (size > sizeof text) {
        size = sizeof text;
    }
    return bpf_probe_read_kernel(text, size, (const void *) text_address);
}

/* The entry points.  User space chooses among them by what the kernel takes
 * (see hook-loader.c).
 *
 * nf_ct_acct_add() adds to the counters.  Where a compiler made a copy of it
 * part of __nf_ct_refresh_acct(), which nearly every packet goes through, that
 * function needs a hook of its own.  It has two forms:
 *
 *   - with 'skb' and 'do_acct' before Linux commit 31768596b15a ("netfilter:
 *     conntrack: remove skb argument from nf_ct_refresh"), which is in 6.14;
 *
 *   - with 'bytes', 0 for none, after it, and in stable kernels that took it
 *     as well (Debian's 6.12). */

/* libbpf's macros declare a parameter 'ctx' that is of no use here. */
#pragma clang diagnostic ignored "-Wunused-parameter"

SEC("fentry/nf_ct_acct_add")
int
BPF_PROG(acct_add_fentry, struct nf_conn *ct, __u32 dir, __u32 packets,
         __u32 bytes)
{
    return account(ct, dir, packets, bytes, BY_LOAD);
}

SEC("kprobe/nf_ct_acct_add")
int
BPF_KPROBE(acct_add_kprobe, struct nf_conn *ct, __u32 dir, __u32 packets,
           __u32 bytes)
{
    return account(ct, dir, packets, bytes, BY_PROBE);
}

/* From the kernel's user space interface: from 3 on, the reply direction. */
static __always_inline __u32
ctinfo_to_dir(__u32 ctinfo)
{
    return ctinfo >= 3;
}

SEC("fentry/__nf_ct_refresh_acct")
int
BPF_PROG(refresh_fentry, struct nf_conn *ct, __u32 ctinfo,
         __u32 extra_jiffies, __u32 bytes)
{
    return bytes ? account(ct, ctinfo_to_dir(ctinfo), 1, bytes, BY_LOAD) : 0;
}

SEC("kprobe/__nf_ct_refresh_acct")
int
BPF_KPROBE(refresh_kprobe, struct nf_conn *ct, __u32 ctinfo,
           __u32 extra_jiffies, __u32 bytes)
{
    return bytes ? account(ct, ctinfo_to_dir(ctinfo), 1, bytes, BY_PROBE) : 0;
}

SEC("fentry/__nf_ct_refresh_acct")
int
BPF_PROG(refresh_skb_fentry, struct nf_conn *ct, __u32 ctinfo,
         struct sk_buff *skb, __u32 extra_jiffies, bool do_acct)
{
    return (do_acct
            ? account(ct, ctinfo_to_dir(ctinfo), 1, skb->len, BY_LOAD)
            : 0);
}

SEC("kprobe/__nf_ct_refresh_acct")
int
BPF_KPROBE(refresh_skb_kprobe, struct nf_conn *ct, __u32 ctinfo,
           struct sk_buff *skb, __u32 extra_jiffies, bool do_acct)
{
    return (do_acct
            ? account(ct, ctinfo_to_dir(ctinfo), 1, BPF_CORE_READ(skb, len),
                      BY_PROBE)
            : 0);
}

/* nf_ct_destroy() was called destroy_conntrack() before Linux commit
 * 6ae7989c9af0 ("netfilter: conntrack: avoid useless indirection during
 * conntrack destruction"), which is in 5.17.  Its argument is the first member
 * of struct nf_conn. */

SEC("fentry/nf_ct_destroy")
int
BPF_PROG(destroy_fentry, const void *ct)
{
    return forget(ct);
}

SEC("kprobe/nf_ct_destroy")
int
BPF_KPROBE(destroy_kprobe, const void *ct)
{
    return forget(ct);
}

SEC("fentry/destroy_conntrack")
int
BPF_PROG(destroy_old_fentry, const void *ct)
{
    return forget(ct);
}

SEC("kprobe/destroy_conntrack")
int
BPF_KPROBE(destroy_old_kprobe, const void *ct)
{
    return forget(ct);
}
