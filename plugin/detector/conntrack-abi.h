/* SPDX-License-Identifier: Apache-2.0 */

#ifndef CONNTRACK_ABI_H
#define CONNTRACK_ABI_H 1

/* What the functions of the running kernel's conntrack are like, which differs
 * by version, configuration and compiler.  For detector-hook-loader.c,
 * which has to choose among BPF programs. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conntrack_abi {
    bool refresh_takes_bytes;   /* The form of __nf_ct_refresh_acct(): see
                                 * elephant.bpf.c. */
    bool has_nf_ct_destroy;     /* Or else destroy_conntrack(). */
    uint64_t acct_add;          /* Addresses; 0 if they are not known. */
    uint64_t refresh;
    uint64_t refresh_end;
};

/* Reads what can be found of the running kernel; the rest is false or 0. */
void conntrack_abi_read(struct conntrack_abi *);

/* Returns true if 'text', the 'n' bytes of the kernel's code from
 * 'abi->refresh' on, does call nf_ct_acct_add(), false if it does not (because
 * the compiler made a copy of it part of __nf_ct_refresh_acct()) or if that
 * cannot be told. */
bool conntrack_abi_refresh_calls_acct_add(const struct conntrack_abi *abi,
                                          const uint8_t *text, size_t n);

#endif /* conntrack-abi.h */
