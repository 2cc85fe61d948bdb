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

#include "classify.bpf.h"

#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* For read_text(). */
__u64 text_address;
__u32 text_size;
__u8 text[ELEPHANT_MAX_TEXT];

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
