/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

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
 *      'bytes' or more, answered: ENTER |    | (no event: user space knows
 *                                       v    | when that is, by 'fast_ns')
 *                                      elephant
 *
 * and when conntrack destroys the entry, either is forgotten, an elephant with
 * a GONE event.  User space may also take a candidate out of 'flows' when its
 * present chunk has taken too long already to be at the rate: it will be a new
 * candidate at its next boundary, which is what that boundary would have made
 * of it (see detector-hook.c).
 *
 * Flows are forgotten in nf_ct_destroy(), which is called when the last
 * reference to an entry is released, and not in nf_ct_delete(), as one would
 * expect: compilers split the latter (nf_ct_delete.part.0 in Debian's 5.10 and
 * 7.2), such that a hook on it misses what times out.  nf_ct_destroy() is
 * called exactly once for every entry, after its last packet was accounted
 * for, and follows nf_ct_delete() as soon as no packet has a reference.
 *
 * Races.  All this runs without locks, on several processors at once, even
 * for one flow.
 *
 *   - Two processors account for packets of one flow, and neither's packet
 *     alone crosses the boundary that both together cross.  Then the next
 *     packet is taken to cross it (see 'position').  If there is none, a
 *     crossing of the threshold is counted in 'misses.crossings' when the
 *     entry is destroyed.
 *
 *   - Two processors see the same boundary.  The second one finds it in
 *     'flows' already, or, if they are that close, both measure the same chunk
 *     and an ENTER event may be sent twice, which says nothing new.  For the
 *     same reason it does not matter if a packet is seen by two hooks.
 *
 *   - Two processors measure one flow.  When its latest boundary was, and with
 *     how many bytes, is one word, 'latest', which is read once and written
 *     once, so that one processor's time never meets the other one's bytes.
 *     The other members may be of different moments: they are for people, and
 *     for what took very long.  If a processor is interrupted between reading
 *     the counters and the clock, the chunk that begins there seems to take
 *     that much less time: at worst, a flow is taken to be faster by the part
 *     of a chunk's time that an interrupt takes.
 *
 *   - The kernel does not run a program that was interrupted on the same
 *     processor, so that nf_ct_destroy() may be missed, and a flow stay in
 *     'flows' when the memory of its entry already belongs to another flow.
 *     If that is in another zone, or has less bytes by a chunk, it is noticed
 *     at its next boundary, so nothing is attributed to another container.  At
 *     worst a new flow of the same container has its first chunk measured too
 *     long, and has the old one's tuple if that was an elephant.
 *
 *     (In Linux 5.10, and for kprobes only, a program is not run either while
 *     the processor does a bpf() system call on a map, and nothing counts
 *     that.  The daemon makes such calls when it walks 'flows', when it reads
 *     one elephant, and when it reads misses by zone.  A boundary that is
 *     missed makes a flow's chunk longer, and not slower.)
 *
 *   - User space deletes a candidate that is slow while a processor is about
 *     to measure it.  From Linux 6.1 on, the memory may become another
 *     candidate's at once, which is then measured from a boundary that was not
 *     its own.  Both must happen within less than a microsecond, when there
 *     are many flows.  At worst there is one wrong elephant for a hold
 *     time. */

#include "classify.bpf.h"

#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* For read_text(). */
__u64 text_address;
__u32 text_size;
__u8 text[ELEPHANT_MAX_TEXT];

/* Returns true if 'bytes' make an entry that had 'before' bytes cross a
 * boundary, or if it crossed one shortly before: if 'bytes' are more than the
 * position of the entry, with them, in its chunk. */
static __always_inline bool
crosses_boundary(const struct elephant_profile *p, __u64 before, __u32 bytes)
{
    return ((before + bytes + p->offset) & p->position) < bytes;
}

/* Where an entry's accounting extension is behind its struct nf_ct_ext, unless
 * the entry came with a timeout policy or from a helper: it is the first
 * extension, and the structure has this size in every kernel that is built
 * with more than a few of conntrack's options. */
#define USUAL_ACCT_OFFSET 16

/* Returns true if a packet of 'bytes', which are about to be added to the
 * counters of 'ct', is certainly of no interest.
 *
 * For nearly every packet this is all that runs, so it is written such that it
 * takes few instructions: no helper is called, and no register saved.
 *
 * The verifier must let programs load from the flexible array at the end of a
 * structure (Linux commit 2569c7b8726f, "bpf: support access variable length
 * array of integer type", in 6.5 and in stable kernels), and does so only at
 * constant offsets.  Where that is not the right one, account() finds the
 * counters. */
static __always_inline bool
is_dull(const struct nf_conn *ct, __u32 bytes)
{
    __u8 profile = zones[ct->zone.id];
    const struct nf_conn_acct *acct;
    const struct nf_ct_ext *ext;
    const __u8 *offset;

    if (!profile) {
        return true;
    }

    /* Loads from a null pointer yield 0.  'offset' is the first member of the
     * structure; not asking for its own offset saves three instructions. */
    ext = ct->ext;
    offset = (const __u8 *) ext + bpf_core_enum_value(enum nf_ct_ext_id,
                                                      NF_CT_EXT_ACCT);
    if (*offset != USUAL_ACCT_OFFSET) {
        return false;
    }
    acct = (const void *) ext + USUAL_ACCT_OFFSET;
    return !crosses_boundary(&profiles[profile],
                             (acct->counter[0].bytes
                              + acct->counter[1].bytes),
                             bytes);
}

/* A flow's counters, and when they were what they are. */
struct reading {
    const struct nf_conn_acct *acct;
    __u64 total;                /* Bytes of both directions. */
    __u64 ns;
};

/* What a flow moved since its latest boundary, and how long that took. */
struct chunk {
    __s64 bytes;
    __s64 ns;
};

/* From these differences on 'latest' does not tell them: its halves have 32
 * bits, one of them for the sign, and the unit of time is 1024 ns. */
#define LONG_NS (1LL << 41)
#define MANY_BYTES (1LL << 31)

/* Nothing is measured over less than this. */
#define SHORT_NS 4096

/* Returns the chunk of 'flow', an entry of 'flows', that ends at 'r'. */
static __always_inline struct chunk
get_chunk(const struct elephant_flow *flow, const struct reading *r)
{
    __u64 latest = *(const volatile __u64 *) &flow->latest;
    struct chunk chunk = {
        .bytes = r->total - (flow->bytes[0] + flow->bytes[1]),
        .ns = r->ns - flow->boundary_ns,
    };

    if (chunk.bytes < MANY_BYTES && chunk.bytes > -MANY_BYTES) {
        chunk.bytes = (__s32) ((__u32) r->total - (__u32) latest);
    }
    if (chunk.ns < LONG_NS) {
        chunk.ns = (__s64) (__s32) ((__u32) (r->ns >> 10)
                                    - (__u32) (latest >> 32)) * 1024;
    }
    return chunk;
}

/* Takes note that 'flow', an entry of 'flows', crossed another boundary at
 * 'r'. */
static __always_inline void
set_boundary(struct elephant_flow *flow, const struct reading *r)
{
    *(volatile __u64 *) &flow->latest = latest_boundary(r->ns, r->total);
    flow->boundary_ns = r->ns;
    set_counters(flow, r->acct);
}

/* Returns the status of 'ct', whose flow is 'flow', or just IPS_SEEN_REPLY if
 * that was seen before: it is never unset, and to read anything from the
 * kernel costs some 50 instructions. */
static __always_inline unsigned long int
get_status(struct elephant_flow *flow, const struct nf_conn *ct)
{
    unsigned long int status = IPS_SEEN_REPLY;

    if (!flow->answered) {
        status = BPF_CORE_READ(ct, status);
        flow->answered = !!(status & IPS_SEEN_REPLY);
    }
    return status;
}

/* 'flow', an entry of 'flows', may have crossed another boundary: if so,
 * measures its rate, and tells user space if that makes it an elephant. */
static __always_inline void
classify(struct elephant_flow *flow, const struct nf_conn *ct, __u64 id,
         const struct elephant_profile *p, const struct reading *r)
{
    struct chunk chunk = get_chunk(flow, r);
    __u64 end = r->total + p->offset;
    __u64 rate;

    if (chunk.bytes < 0) {
        if (chunk.bytes < -(__s64) p->chunk) {
            /* A new flow at an old flow's address, or somebody reset its
             * counters. */
            set_boundary(flow, r);
            flow->answered = 0;
        }
        /* Otherwise, another processor was here first. */
        return;
    }
    if (((end - chunk.bytes) ^ end) < p->chunk || chunk.ns < SHORT_NS) {
        return;
    }
    rate = rate_of(chunk.bytes, chunk.ns);
    flow->rate = rate;
    set_boundary(flow, r);
    if (rate >= p->rate && r->total >= p->bytes) {
        struct progress progress = {
            .total = r->total,
            .bytes = chunk.bytes,
            .rate = rate,
            .ns = r->ns,
            .status = get_status(flow, ct),
        };

        check_threshold(flow, ct, id, p, &progress);
    }
}

/* Forgets 'flow', which is left over from a previous entry at address 'id'. */
static __always_inline void
drop_stale(const struct elephant_flow *flow, __u64 id)
{
    if (flow->elephant) {
        send(id, ELEPHANT_GONE, flow);
    }
    delete_flow(id, flow->zone);
}

/* Handles that 'ct', in 'zone', has crossed a boundary, and has the counters
 * 'acct' now. */
static __always_inline void
cross_boundary(const struct nf_conn *ct, __u16 zone,
               const struct elephant_profile *p,
               const struct nf_conn_acct *acct)
{
    struct reading r = {
        .acct = acct,
        .total = acct->counter[0].bytes + acct->counter[1].bytes,
        .ns = bpf_ktime_get_ns(),
    };
    __u64 id = (unsigned long int) ct;
    struct elephant_flow *flow;

    flow = find_flow(id);
    if (flow && flow->zone != zone) {
        drop_stale(flow, id);
        flow = NULL;
    }
    if (flow) {
        classify(flow, ct, id, p, &r);
    } else {
        add_candidate(ct, id, r.ns, acct);
    }
}

/* Handles 'packets' and 'bytes', 0 for none, that are about to be added to the
 * counters of 'ct' in direction 'dir'. */
static __noinline int
account(const struct nf_conn *ct, __u32 dir, __u32 packets, __u32 bytes)
{
    __u16 zone = BPF_CORE_READ(ct, zone.id);
    __u8 profile = zones[zone];
    const struct elephant_profile *p = &profiles[profile];
    struct nf_conn_acct acct;
    __u64 before;

    if (!profile || !bytes) {
        return 0;
    }
    if (!ct_counters(ct, &acct)) {
        if (ct_is_in_this_netns(ct)) {
            COUNT(misses.unaccounted_packets, packets);
            note_miss(ELEPHANT_MISS_UNACCOUNTED, zone, packets);
        }
        return 0;
    }
    before = acct.counter[0].bytes + acct.counter[1].bytes;
    if (!crosses_boundary(p, before, bytes) || !ct_is_in_this_netns(ct)) {
        return 0;
    }

    if (!dir) {
        acct.counter[0].bytes += bytes;
        acct.counter[0].packets += packets;
    } else {
        acct.counter[1].bytes += bytes;
        acct.counter[1].packets += packets;
    }

    /* Because of 'offset', there may be a boundary that any mouse crosses. */
    if (before + bytes >= p->chunk || before + bytes >= p->bytes) {
        cross_boundary(ct, zone, p, &acct);
    }
    return 0;
}

/* Forgets the flow of 'ct', which is about to be freed. */
static __noinline int
forget(const struct nf_conn *ct)
{
    __u16 zone = BPF_CORE_READ(ct, zone.id);
    __u8 profile = zones[zone];
    __u64 id = (unsigned long int) ct;
    struct elephant_flow *entry, flow;
    struct nf_conn_acct acct;
    __u64 before, threshold;

    if (!profile) {
        return 0;
    }
    entry = find_flow(id);
    if (!entry) {
        return 0;
    }
    flow = *entry;
    if (!delete_flow(id, flow.zone)) {
        /* User space just did the same. */
        return 0;
    }

    before = flow.bytes[0] + flow.bytes[1];
    if (flow.zone == zone && ct_counters(ct, &acct)) {
        set_counters(&flow, &acct);
    }
    threshold = profiles[profile].bytes;
    if (flow.elephant) {
        send(id, ELEPHANT_GONE, &flow);
    } else if (before < threshold
               && flow.bytes[0] + flow.bytes[1] >= threshold) {
        COUNT(misses.crossings, 1);
        note_miss(ELEPHANT_MISS_CROSSING, zone, 1);
    }
    return 0;
}

/* Reads 'text_size' bytes of the kernel's code at 'text_address' into 'text',
 * when user space runs this, for detector-hook-loader.c. */
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
 * (see detector-hook-loader.c).
 *
 * nf_ct_acct_add() adds to the counters.  Where a compiler made a copy of it
 * part of __nf_ct_refresh_acct(), which nearly every packet goes through, that
 * function needs a hook of its own.  It has two forms:
 *
 *   - with 'skb' and 'do_acct' before Linux commit 31768596b15a ("netfilter:
 *     conntrack: remove skb argument from nf_ct_refresh"), which is in 6.14;
 *
 *   - with 'bytes', 0 for none, after it, and in stable kernels that took it
 *     as well (Debian's 6.12).
 *
 * Arguments are in 'ctx'.  The functions for packets that are not dull are not
 * inline, and take 'ctx', so that the path of a dull packet need not keep the
 * arguments for them. */

/* Returns argument 'i' of a function, of 32 bits: the upper half of its 64
 * bits in 'ctx' is undefined. */
static __always_inline __u32
get_u32(const __u64 *ctx, int i)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return *(const __u32 *) &ctx[i];
#else
    return ctx[i];
#endif
}

/* void nf_ct_acct_add(struct nf_conn *ct, u32 dir, unsigned int packets,
 *                     unsigned int bytes); */

static __noinline int
acct_add(__u64 *ctx)
{
    return account((const void *) ctx[0], ctx[1], ctx[2], ctx[3]);
}

SEC("fentry/nf_ct_acct_add")
int
acct_add_fentry(__u64 *ctx)
{
    return is_dull((const void *) ctx[0], get_u32(ctx, 3)) ? 0 : acct_add(ctx);
}

SEC("fentry/nf_ct_acct_add")
int
acct_add_fentry_probe(__u64 *ctx)
{
    return acct_add(ctx);
}

SEC("kprobe/nf_ct_acct_add")
int
acct_add_kprobe(struct pt_regs *ctx)
{
    return account((const void *) PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx),
                   PT_REGS_PARM3(ctx), PT_REGS_PARM4(ctx));
}

/* void __nf_ct_refresh_acct(struct nf_conn *ct, enum ip_conntrack_info ctinfo,
 *                           u32 extra_jiffies, unsigned int bytes); */

/* From IP_CT_IS_REPLY on, which is 3 in the kernel's user space interface, a
 * packet is a reply. */
static __always_inline __u32
ctinfo_to_dir(__u32 ctinfo)
{
    return ctinfo >= 3;
}

static __noinline int
refresh(__u64 *ctx)
{
    return account((const void *) ctx[0], ctinfo_to_dir(ctx[1]), 1, ctx[3]);
}

SEC("fentry/__nf_ct_refresh_acct")
int
refresh_fentry(__u64 *ctx)
{
    return is_dull((const void *) ctx[0], get_u32(ctx, 3)) ? 0 : refresh(ctx);
}

SEC("fentry/__nf_ct_refresh_acct")
int
refresh_fentry_probe(__u64 *ctx)
{
    return refresh(ctx);
}

SEC("kprobe/__nf_ct_refresh_acct")
int
refresh_kprobe(struct pt_regs *ctx)
{
    return account((const void *) PT_REGS_PARM1(ctx),
                   ctinfo_to_dir(PT_REGS_PARM2(ctx)), 1, PT_REGS_PARM4(ctx));
}

/* void __nf_ct_refresh_acct(struct nf_conn *ct, enum ip_conntrack_info ctinfo,
 *                           const struct sk_buff *skb, u32 extra_jiffies,
 *                           bool do_acct); */

static __always_inline __u32
accounted_length(const struct sk_buff *skb, bool do_acct)
{
    return do_acct ? BPF_CORE_READ(skb, len) : 0;
}

static __noinline int
refresh_skb(__u64 *ctx)
{
    return account((const void *) ctx[0], ctinfo_to_dir(ctx[1]), 1,
                   accounted_length((const void *) ctx[2], ctx[4]));
}

SEC("fentry/__nf_ct_refresh_acct")
int
refresh_skb_fentry(__u64 *ctx)
{
    const struct sk_buff *skb = (const void *) ctx[2];

    return is_dull((const void *) ctx[0], skb->len) ? 0 : refresh_skb(ctx);
}

SEC("fentry/__nf_ct_refresh_acct")
int
refresh_skb_fentry_probe(__u64 *ctx)
{
    return refresh_skb(ctx);
}

SEC("kprobe/__nf_ct_refresh_acct")
int
refresh_skb_kprobe(struct pt_regs *ctx)
{
    return account((const void *) PT_REGS_PARM1(ctx),
                   ctinfo_to_dir(PT_REGS_PARM2(ctx)), 1,
                   accounted_length((const void *) PT_REGS_PARM3(ctx),
                                    PT_REGS_PARM5(ctx)));
}

/* void nf_ct_destroy(struct nf_conntrack *nfct);
 *
 * It was called destroy_conntrack() before Linux commit 6ae7989c9af0
 * ("netfilter: conntrack: avoid useless indirection during conntrack
 * destruction"), which is in 5.17.  Its argument is the first member of struct
 * nf_conn. */

SEC("fentry/nf_ct_destroy")
int
destroy_fentry(__u64 *ctx)
{
    return forget((const void *) ctx[0]);
}

SEC("kprobe/nf_ct_destroy")
int
destroy_kprobe(struct pt_regs *ctx)
{
    return forget((const void *) PT_REGS_PARM1(ctx));
}

SEC("fentry/destroy_conntrack")
int
destroy_old_fentry(__u64 *ctx)
{
    return forget((const void *) ctx[0]);
}

SEC("kprobe/destroy_conntrack")
int
destroy_old_kprobe(struct pt_regs *ctx)
{
    return forget((const void *) PT_REGS_PARM1(ctx));
}
