/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

#ifndef CONNTRACK_TYPES_H
#define CONNTRACK_TYPES_H 1

/* The kernel types that our programs read, each reduced to the members that
 * it reads.
 *
 * This takes the place of a generated vmlinux.h.  No offset and no value in
 * here counts: libbpf finds each member and enumerator by its name in the
 * running kernel's type information (CO-RE).  What does count are the names
 * and the sizes of scalars.
 *
 * nf_conntrack is usually a module.  Its structures are nevertheless in the
 * kernel's own type information, because network code that is built in refers
 * to them, with the exception of struct nf_conn_acct, the two counters of
 * which are therefore laid out below by hand: they are two pairs of 64-bit
 * words since accounting became an extension (Linux 2.6.27). */

/* What libbpf's headers expect to be there.  It makes them use the kernel's
 * names for registers, too, instead of those of <asm/ptrace.h>. */
#define __VMLINUX_H__ 1

typedef unsigned char __u8;
typedef short int __s16;
typedef unsigned short int __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long int __s64;
typedef unsigned long long int __u64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;

#ifndef bool
#define bool _Bool
#define true 1
#define false 0
#endif

/* From the kernel's user space interface: these values are fixed. */
enum bpf_map_type {
    BPF_MAP_TYPE_HASH = 1,
    BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
    BPF_MAP_TYPE_RINGBUF = 27,
};

enum {
    BPF_NOEXIST = 1,
    BPF_F_NO_PREALLOC = 1,
};

enum {
    IPS_SEEN_REPLY = 1 << 1,
    IPS_CONFIRMED = 1 << 3,
    IPS_DYING = 1 << 9,
};

/* Registers at a kprobe. */
struct pt_regs {
    unsigned long int r15, r14, r13, r12, bp, bx;
    unsigned long int r11, r10, r9, r8;
    unsigned long int ax, cx, dx, si, di;
    unsigned long int orig_ax, ip, cs, flags, sp, ss;
};

struct user_pt_regs {
    __u64 regs[31];
    __u64 sp;
    __u64 pc;
    __u64 pstate;
};

#pragma clang attribute push (__attribute__((preserve_access_index)), \
                              apply_to = record)

struct sk_buff {
    unsigned int len;
};

struct ns_common {
    unsigned int inum;
};

struct net {
    struct ns_common ns;
};

typedef struct {
    struct net *net;
} possible_net_t;

struct nf_conntrack_zone {
    __u16 id;
};

union nf_inet_addr {
    __u32 all[4];
};

union nf_conntrack_man_proto {
    __be16 all;
};

struct nf_conntrack_man {
    union nf_inet_addr u3;
    union nf_conntrack_man_proto u;
    __u16 l3num;
};

struct nf_conntrack_tuple {
    struct nf_conntrack_man src;
    struct {
        union nf_inet_addr u3;
        union {
            __be16 all;
        } u;
        __u8 protonum;
    } dst;
};

struct nf_conntrack_tuple_hash {
    struct nf_conntrack_tuple tuple;
};

/* scan.bpf.c loads a pointer through this, so that the verifier takes it for a
 * number.  Any structure of the kernel's with a 64-bit number would do. */
struct timespec64 {
    __s64 tv_sec;
    long int tv_nsec;
};

/* The extensions of an entry are behind this structure, at 'offset' bytes from
 * its beginning, 0 for an extension that the entry does not have. */
struct nf_ct_ext {
    __u8 offset[1];
};

struct nf_conn {
    struct nf_conntrack_zone zone;
    struct nf_conntrack_tuple_hash tuplehash[2];
    unsigned long int status;
    possible_net_t ct_net;
    __u32 mark;
    struct nf_ct_ext *ext;
};

#pragma clang attribute pop

/* The values differ by version and configuration. */
enum nf_ct_ext_id {
    NF_CT_EXT_ACCT = 3,
};

/* By direction: 0 is the original one, 1 the reply. */
struct nf_conn_counter {
    __u64 packets;
    __u64 bytes;
};

struct nf_conn_acct {
    struct nf_conn_counter counter[2];
};

#endif /* conntrack-types.h */
