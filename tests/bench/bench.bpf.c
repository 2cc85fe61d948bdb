/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/* What bpf/elephant.bpf.c is compared with, for tests/bench/count-hook.c:
 *
 *   - empty programs on the functions that it hooks, for the cost of being
 *     called at all;
 *
 *   - the prior art's design: a kprobe and a kretprobe on
 *     __nf_ct_refresh_acct(), one hash map to take the arguments from one to
 *     the other and one with an entry per flow. */

#include "conntrack-types.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Set by user space before loading: whether __nf_ct_refresh_acct() takes
 * (ct, ctinfo, extra_jiffies, bytes), not (ct, ctinfo, skb, ...). */
const volatile __u32 refresh_takes_bytes;

struct flow_key {
    __u32 src[4], dst[4];
    __u16 src_port, dst_port;
    __u16 zone;
    __u8 protonum;
    __u8 unused;
};

struct flow_stats {
    __u64 packets, bytes;
    __u64 first_ns, last_ns;
};

struct arguments {
    const struct nf_conn *ct;
    __u64 bytes;
};

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 10240);
    __type(key, __u64);
    __type(value, struct arguments);
} calls SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 100000);
    __type(key, struct flow_key);
    __type(value, struct flow_stats);
} all_flows SEC(".maps");

SEC("fentry/nf_ct_acct_add")
int
empty_add_fentry(void *ctx __attribute__((unused)))
{
    return 0;
}

SEC("fentry/__nf_ct_refresh_acct")
int
empty_ref_fentry(void *ctx __attribute__((unused)))
{
    return 0;
}

SEC("kprobe/nf_ct_acct_add")
int
empty_add_kprobe(void *ctx __attribute__((unused)))
{
    return 0;
}

SEC("kprobe/__nf_ct_refresh_acct")
int
empty_ref_kprobe(void *ctx __attribute__((unused)))
{
    return 0;
}

SEC("kprobe/__nf_ct_refresh_acct")
int
prior_entry(struct pt_regs *ctx)
{
    struct arguments args = { .ct = (void *) PT_REGS_PARM1(ctx) };
    __u64 id = bpf_get_current_pid_tgid();

    if (refresh_takes_bytes) {
        args.bytes = PT_REGS_PARM4(ctx);
    } else {
        const struct sk_buff *skb = (void *) PT_REGS_PARM3(ctx);

        args.bytes = BPF_CORE_READ(skb, len);
    }
    bpf_map_update_elem(&calls, &id, &args, 0);
    return 0;
}

SEC("kretprobe/__nf_ct_refresh_acct")
int
prior_return(void *ctx __attribute__((unused)))
{
    __u64 id = bpf_get_current_pid_tgid();
    struct arguments *args = bpf_map_lookup_elem(&calls, &id);
    __u64 now = bpf_ktime_get_ns();
    struct flow_key key = { .unused = 0 };
    const struct nf_conn *ct;
    struct flow_stats *stats;

    if (!args) {
        return 0;
    }
    ct = args->ct;
    BPF_CORE_READ_INTO(&key.src, ct, tuplehash[0].tuple.src.u3.all);
    BPF_CORE_READ_INTO(&key.dst, ct, tuplehash[0].tuple.dst.u3.all);
    key.src_port = BPF_CORE_READ(ct, tuplehash[0].tuple.src.u.all);
    key.dst_port = BPF_CORE_READ(ct, tuplehash[0].tuple.dst.u.all);
    key.protonum = BPF_CORE_READ(ct, tuplehash[0].tuple.dst.protonum);
    key.zone = BPF_CORE_READ(ct, zone.id);

    stats = bpf_map_lookup_elem(&all_flows, &key);
    if (stats) {
        __sync_fetch_and_add(&stats->packets, 1);
        __sync_fetch_and_add(&stats->bytes, args->bytes);
        stats->last_ns = now;
    } else {
        struct flow_stats new = {
            .packets = 1,
            .bytes = args->bytes,
            .first_ns = now,
            .last_ns = now,
        };

        bpf_map_update_elem(&all_flows, &key, &new, BPF_NOEXIST);
    }
    bpf_map_delete_elem(&calls, &id);
    return 0;
}
