/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/* Finds elephant flows by walking conntrack's hash table.
 *
 * The program is attached to nothing, so that packets cost nothing: user space
 * runs it, every second or so, as often as it takes to get through the table,
 * a millisecond each time.  Of an entry it reads the zone and the byte
 * counter; only one that has moved an eighth of the threshold's bytes becomes
 * a candidate in 'flows', where its counters are kept from walk to walk.  What
 * was moved from one walk to the next is to the classification what a chunk is
 * in elephant.bpf.c.  Two things are particular to looking from time to time:
 *
 *   - A flow that reaches the threshold's bytes is an elephant if it moved at
 *     the threshold's rate between the latest two walks or between the two
 *     before.  Otherwise it would depend on the moment of the walk whether a
 *     flow is seen that ends right after it reached them.
 *
 *   - A flow that the previous walk, which looked at every entry, did not make
 *     a candidate, has moved since that walk began whatever it has beyond that
 *     eighth.  This is a lower bound of its rate: a fast one is known to be an
 *     elephant at first sight.
 *
 * An entry that is in 'flows' but was not seen by such a walk is gone.  User
 * space notices, by the number of the walk in struct elephant_flow.
 *
 * Nothing is locked.  Meanwhile, entries are added, deleted, given to other
 * flows, and moved when the table is resized.
 *
 *   - The memory of the table is not given back as long as the program runs
 *     (RCU; the kernel runs it with preemption disabled as well), but between
 *     two runs it is.  No address in the table is kept from one to the next.
 *
 *   - Entries are freed and used again at any moment, but their memory remains
 *     that of entries as long as the program runs (SLAB_TYPESAFE_BY_RCU).
 *     Besides, all reads are safe for any address.
 *
 *   - A deleted entry still points at the next one, so the walk goes on from
 *     there.  If it has become part of another bucket, however, the rest of
 *     the walk's own bucket would be missed.  But every chain ends with its
 *     bucket's number, and a chain that ends with another one is walked again.
 *     What was seen twice is the same as what was seen once.
 *
 *   - New entries are added at the head of a bucket.  One that the walk misses
 *     is seen by the next one.
 *
 *   - While entries move to a table of another size, 'nf_conntrack_generation'
 *     is odd, and later it differs: the walk begins again.
 *
 *   - Counters, status and zone might be read of different flows that follow
 *     each other at the same address.  'status' is read last, and entries that
 *     are not confirmed, or are dying, are ignored.  It is not to be expected
 *     that another flow is confirmed within the time that the reads take, and
 *     looks like an elephant; if so, it is one until the next walk or, at the
 *     longest, for its hold time. */

#include "classify.bpf.h"
#include "scan.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Where conntrack keeps the address of the table, its size and its generation.
 * These are variables of a module, for which there is no type information. */
extern const void nf_conntrack_hash __ksym __weak;
extern const void nf_conntrack_htable_size __ksym __weak;
extern const void nf_conntrack_generation __ksym __weak;

/* Set to 1 by user space when it changes 'zones' or 'profiles': the present
 * walk will not be the baseline of the next one. */
__u8 zones_changed;

/* For user space between two runs. */
struct scan_walk walk;
struct scan_troubles troubles;

/* For this run only.  The kernel verifies global functions (those that are not
 * static) one by one, once each, and these take only numbers as arguments, so
 * they share these variables. */
static __u64 now;
static __u64 n_events;
static __u64 heads[SCAN_BATCH]; /* Of the buckets from 'walk.bucket' on. */

/* No entry's address, nor the end of a chain. */
#define NOWHERE (~0ULL)

/* The two nodes by which an entry is in the table. */
#define NODE_OFFSET bpf_core_field_offset(struct nf_conn, tuplehash)
#define NODE_SIZE bpf_core_type_size(struct nf_conntrack_tuple_hash)

/* Entries are at multiples of a cache line, which is a multiple of this, so
 * that the address of a node tells whether it is the first or the second one
 * of its entry. */
#define ENTRY_ALIGN 32

static __always_inline bool
is_node(__u64 node, __u32 direction)
{
    return !((node - NODE_OFFSET - direction * NODE_SIZE) % ENTRY_ALIGN);
}

/* How entries are read. */
enum access {
    BY_LOAD,                    /* Simply loaded, after bpf_rdonly_cast(),
                                 * which came with Linux 6.2. */
    BY_PROBE,                   /* Through a helper, which costs 80
                                 * instructions and more. */
};

extern void *bpf_rdonly_cast(const void *object, __u32 btf_id) __ksym __weak;

#define CAST(TYPE, ADDRESS) \
    ((const TYPE *) bpf_rdonly_cast((const void *) (ADDRESS), \
                                    bpf_core_type_id_kernel(TYPE)))

/* Where the accounting extension is, unless it came after another one: behind
 * 'struct nf_ct_ext', the size of which is not a multiple of 8 in 5.10. */
#define USUAL_ACCT ((bpf_core_type_size(struct nf_ct_ext) + 7) & ~7U)
#define ACCT_INDEX bpf_core_enum_value(enum nf_ct_ext_id, NF_CT_EXT_ACCT)

/* Returns how many bytes make a candidate. */
static __always_inline __u64
candidate_bytes(const struct elephant_profile *p)
{
    return p->bytes / 8;
}

/* Returns true if 'flow' is the flow of 'ct'. */
static __always_inline bool
is_same_flow(const struct elephant_flow *flow, const struct nf_conn *ct)
{
    struct elephant_flow other = { .zone = BPF_CORE_READ(ct, zone.id) };

    describe(&other, ct);
    return (flow->zone == other.zone
            && flow->src_port == other.src_port
            && flow->dst_port == other.dst_port
            && flow->l3num == other.l3num
            && flow->protonum == other.protonum
            && flow->src[0] == other.src[0] && flow->src[1] == other.src[1]
            && flow->src[2] == other.src[2] && flow->src[3] == other.src[3]
            && flow->dst[0] == other.dst[0] && flow->dst[1] == other.dst[1]
            && flow->dst[2] == other.dst[2] && flow->dst[3] == other.dst[3]);
}

/* Measures the rate of 'flow', an entry of 'flows', since it was measured
 * last: it has 'total' bytes now. */
static __always_inline void
measure(struct elephant_flow *flow, __u64 total,
        const struct nf_conn_acct *acct)
{
    __u64 bytes = total - (flow->bytes[0] + flow->bytes[1]);

    flow->rate = rate_of(bytes, now - flow->boundary_ns);
    flow->boundary_ns = now;
    set_counters(flow, acct);
}

/* 'flow', which is in 'flows', has now counters 'acct': makes an elephant of
 * it if it is one. */
static __always_inline void
reclassify(struct elephant_flow *flow, const struct nf_conn *ct,
           const struct elephant_profile *p, unsigned long int status,
           const struct nf_conn_acct *acct)
{
    __u64 before = flow->bytes[0] + flow->bytes[1];
    __u64 total = acct->counter[0].bytes + acct->counter[1].bytes;
    struct progress progress = {
        .total = total,
        .bytes = total - before,
        .rate = flow->rate,
        .ns = now,
        .status = status,
    };

    measure(flow, total, acct);
    if (flow->rate > progress.rate || before >= p->bytes) {
        progress.rate = flow->rate;
    }
    if (check_threshold(flow, ct, (unsigned long int) ct, p, &progress)) {
        n_events++;
    }
}

/* Makes a candidate of 'ct', which is not in 'flows'. */
static __always_inline void
meet(const struct nf_conn *ct, __u64 id, const struct elephant_profile *p,
     unsigned long int status, const struct nf_conn_acct *acct)
{
    struct elephant_flow *flow;

    add_candidate(ct, id, now, acct);
    flow = find_flow(id);
    if (!flow) {
        walk.kept = 0;
        return;
    }
    describe(flow, ct);
    flow->walk = walk.number;
    walk.candidates++;
    if (walk.baseline_ns) {
        flow->boundary_ns = walk.baseline_ns;
        flow->bytes[0] = candidate_bytes(p);
        flow->bytes[1] = 0;
        reclassify(flow, ct, p, status, acct);
    }
}

/* Returns the entry in 'flows' of 'ct', which is at 'address' and has 'total'
 * bytes, or null; drops that of an old flow whose address it was. */
static __always_inline struct elephant_flow *
find_own_flow(const struct nf_conn *ct, __u64 address, __u64 total)
{
    struct elephant_flow *flow = find_flow(address);

    if (flow && (total < flow->bytes[0] + flow->bytes[1]
                 || !is_same_flow(flow, ct))) {
        if (flow->elephant) {
            send(address, ELEPHANT_GONE, flow);
            n_events++;
        }
        delete_flow(address, flow->zone);
        flow = NULL;
    }
    return flow;
}

/* Looks at the entry at 'address', which is a candidate, or has its counters
 * at an unusual place, or none. */
__noinline int
examine(__u64 address, __u32 profile)
{
    const struct nf_conn *ct = (const void *) address;
    const struct elephant_profile *p = &profiles[profile & 0xff];
    struct nf_conn_acct acct;
    struct elephant_flow *flow;
    unsigned long int status;
    bool has_counters;
    __u64 total;

    has_counters = ct_counters(ct, &acct);
    status = BPF_CORE_READ(ct, status);
    if ((status & (IPS_CONFIRMED | IPS_DYING)) != IPS_CONFIRMED
        || !ct_is_in_this_netns(ct)) {
        return 0;
    } else if (!has_counters) {
        walk.unaccounted++;
        note_miss(walk.number & 1 ? ELEPHANT_MISS_WALK_ODD
                  : ELEPHANT_MISS_WALK_EVEN, BPF_CORE_READ(ct, zone.id), 1);
        return 0;
    }
    total = acct.counter[0].bytes + acct.counter[1].bytes;
    if (total < candidate_bytes(p)) {
        return 0;
    }

    flow = find_own_flow(ct, address, total);
    if (!flow) {
        meet(ct, address, p, status, &acct);
    } else if (flow->walk != walk.number) {
        reclassify(flow, ct, p, status, &acct);
        if (n_flows >= SCAN_CROWDED && flow->rate < p->rate
            && !flow->elephant) {
            walk.kept = 0;
            delete_flow(address, flow->zone);
        } else {
            flow->walk = walk.number;
            walk.candidates++;
        }
    }
    return 0;
}

/* Reads the entry whose first node is 'node'.  Stores in '*next' the node that
 * follows in the chain, and returns the entry's zone. */
static __always_inline __u16
read_entry(__u64 node, __u64 *next, enum access how)
{
    const struct nf_conn *ct = (const void *) (node - NODE_OFFSET);
    __u32 distance = NODE_OFFSET - bpf_core_field_offset(ct->zone.id);
    struct {
        __u64 before;
        __u64 next;
    } around;

    if (how == BY_LOAD) {
        *next = CAST(struct timespec64, node)->tv_sec;
        return CAST(struct nf_conn, ct)->zone.id;
    }

    /* The zone comes right before the node. */
    if (bpf_probe_read_kernel(&around, sizeof around,
                              (const void *) (node - sizeof around.before))) {
        around.next = NOWHERE;
    }
    *next = around.next;
    if (distance < 2 || distance > 8) {
        return BPF_CORE_READ(ct, zone.id);
    }
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return around.before >> (64 - 8 * distance);
#else
    return around.before >> (8 * distance - 16);
#endif
}

/* Returns the bytes that 'ct' has moved, or UINT64_MAX if its counters are not
 * where they usually are. */
static __always_inline __u64
read_bytes(const struct nf_conn *ct, enum access how)
{
    const struct nf_conn_acct *acct;
    const struct nf_ct_ext *ext;
    __u64 buffer[6];

    if (how == BY_LOAD) {
        ext = CAST(struct nf_conn, ct)->ext;
    } else {
        ext = BPF_CORE_READ(ct, ext);
        if (USUAL_ACCT + sizeof *acct > sizeof buffer
            || bpf_probe_read_kernel(buffer, sizeof buffer, ext)) {
            return ~0ULL;
        }
        ext = (const void *) buffer;
    }

    /* 'offset' is the first member of the structure. */
    if (((const __u8 *) ext)[ACCT_INDEX] != USUAL_ACCT) {
        return ~0ULL;
    }
    acct = (const void *) ext + USUAL_ACCT;
    return acct->counter[0].bytes + acct->counter[1].bytes;
}

/* Looks at the entry whose first node is 'node'.  Returns the node that
 * follows in the chain. */
static __always_inline __u64
visit(__u64 node, enum access how)
{
    __u64 address = node - NODE_OFFSET;
    __u64 next;
    __u8 profile = zones[read_entry(node, &next, how)];

    walk.entries++;
    if (profile && (read_bytes((const void *) address, how)
                    >= candidate_bytes(&profiles[profile]))) {
        examine(address, profile);
    }
    return next;
}

/* Returns the node that follows 'node' in the chain. */
static __always_inline __u64
read_next(__u64 node, enum access how)
{
    if (how == BY_LOAD) {
        return CAST(struct timespec64, node)->tv_sec;
    }
    return bpf_probe_read_kernel(&node, sizeof node, (const void *) node)
           ? NOWHERE : node;
}

/* Walks the chain of 'bucket' from 'node' on, up to the odd number at its end,
 * which is twice the bucket's and 1.  Returns false if it led to another
 * bucket, or to what is no node, and must be walked again. */
static __always_inline bool
walk_chain(__u64 node, __u32 bucket, enum access how)
{
    for (int i = 0; i < SCAN_MAX_CHAIN; i++) {
        if (node & 1) {
            return node >> 1 == bucket;
        } else if (is_node(node, 0)) {
            node = visit(node, how);
        } else if (is_node(node, 1)) {
            node = read_next(node, how);
        } else {
            return false;
        }
    }
    COUNT(troubles.too_long, 1);
    walk.clean = 0;
    return true;
}

__noinline int
walk_chain_load(__u64 node, __u32 bucket)
{
    return walk_chain(node, bucket, BY_LOAD);
}

__noinline int
walk_chain_probe(__u64 node, __u32 bucket)
{
    return walk_chain(node, bucket, BY_PROBE);
}

/* Walks 'bucket', whose chain was seen to lead into another one, from its
 * beginning. */
__noinline int
walk_again(__u32 bucket)
{
    __u64 node;

    for (int i = 0; i < 3; i++) {
        COUNT(troubles.astray, 1);
        if (!bpf_probe_read_kernel(&node, sizeof node,
                                   (const __u64 *) walk.table + bucket)
            && walk_chain_probe(node, bucket)) {
            return 0;
        }
    }
    COUNT(troubles.lost, 1);
    walk.clean = 0;
    return 0;
}

/* Walks the next SCAN_BATCH buckets, or as many as there are.  Returns 0 or
 * SCAN_UNREADABLE. */
static __always_inline int
walk_batch(enum access how)
{
    __u32 bucket = walk.bucket;
    __u32 n = walk.size - bucket;

    if (bpf_probe_read_kernel(heads, sizeof heads,
                              (const __u64 *) walk.table + bucket)) {
        return SCAN_UNREADABLE;
    }
    for (__u32 i = 0; i < SCAN_BATCH && i < n; i++) {
        __u64 head = heads[i];

        if (!(head & 1)
            && !(how == BY_LOAD
                 ? walk_chain_load(head, bucket + i)
                 : walk_chain_probe(head, bucket + i))) {
            walk_again(bucket + i);
        }
    }
    walk.bucket = bucket + (n < SCAN_BATCH ? n : SCAN_BATCH);
    return 0;
}

__noinline int
walk_batch_load(void)
{
    return walk_batch(BY_LOAD);
}

__noinline int
walk_batch_probe(void)
{
    return walk_batch(BY_PROBE);
}

/* Begins a walk with what is known of the previous one. */
static __always_inline void
begin(void)
{
    walk.baseline_ns = (walk.clean && walk.kept && !zones_changed
                        ? walk.start_ns : 0);
    zones_changed = 0;
    walk.number++;
    walk.under_way = walk.clean = walk.kept = 1;
    walk.start_ns = now;
    walk.candidates = 0;
    walk.table = 0;
}

/* Goes to the first bucket of the table.  Returns 0, or 1 if the table cannot
 * be read. */
static __always_inline int
rewind(__u32 generation)
{
    if (walk.table) {
        COUNT(troubles.resized, 1);
    }
    walk.generation = generation;
    walk.bucket = 0;
    walk.entries = walk.unaccounted = 0;
    return (bpf_probe_read_kernel(&walk.table, sizeof walk.table,
                                  &nf_conntrack_hash)
            || bpf_probe_read_kernel(&walk.size, sizeof walk.size,
                                     &nf_conntrack_htable_size));
}

/* Returns the generation of the table, which is odd while it is being resized,
 * or 1 if that cannot be read. */
static __always_inline __u32
read_generation(void)
{
    __u32 generation = 1;

    bpf_probe_read_kernel(&generation, sizeof generation,
                          &nf_conntrack_generation);
    return generation;
}

/* Walks a bit further.  Returns an enum scan_result. */
static __always_inline int
scan_slice(enum access how)
{
    __u32 generation;
    __u64 start;

    if (!&nf_conntrack_hash || !&nf_conntrack_htable_size
        || !&nf_conntrack_generation) {
        return SCAN_NO_TABLE;
    }

    start = now = bpf_ktime_get_ns();
    n_events = 0;
    if (!walk.under_way) {
        begin();
    }
    generation = read_generation();
    if (generation & 1) {
        return SCAN_BUSY;
    }
    if ((generation != walk.generation || !walk.table)
        && rewind(generation)) {
        return SCAN_UNREADABLE;
    }

    for (int i = 0; i < 1024; i++) {
        if (walk.bucket >= walk.size || now - start >= SCAN_SLICE_NS
            || n_events >= SCAN_MAX_EVENTS) {
            break;
        }
        if (how == BY_LOAD ? walk_batch_load() : walk_batch_probe()) {
            return SCAN_UNREADABLE;
        }
        now = bpf_ktime_get_ns();
    }
    if (walk.bucket < walk.size || read_generation() != generation) {
        return SCAN_MORE;
    }
    walk.under_way = 0;
    return SCAN_DONE;
}

/* The programs, of which user space uses the first one that the kernel
 * accepts. */

SEC("raw_tp")
int
slice_load(void *ctx __attribute__((unused)))
{
    return scan_slice(BY_LOAD);
}

SEC("raw_tp")
int
slice_probe(void *ctx __attribute__((unused)))
{
    return scan_slice(BY_PROBE);
}
