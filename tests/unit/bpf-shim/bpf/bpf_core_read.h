/* SPDX-License-Identifier: Apache-2.0 */

#ifndef BPF_SHIM_CORE_READ_H
#define BPF_SHIM_CORE_READ_H 1

/* In place of libbpf's <bpf/bpf_core_read.h>, as bpf_helpers.h beside it. */

#define __builtin_preserve_access_index(EXPRESSION) (EXPRESSION)
#define bpf_core_enum_value(TYPE, VALUE) (VALUE)

#define SHIM_READ1(OBJECT, A) ((OBJECT)->A)
#define SHIM_READ2(OBJECT, A, B) ((OBJECT)->A->B)
#define SHIM_CHOOSE(A, B, MACRO, ...) MACRO
#define BPF_CORE_READ(OBJECT, ...) \
    SHIM_CHOOSE(__VA_ARGS__, SHIM_READ2, SHIM_READ1, )(OBJECT, __VA_ARGS__)
#define BPF_CORE_READ_INTO(DST, OBJECT, MEMBER) \
    __builtin_memcpy(DST, &(OBJECT)->MEMBER, sizeof *(DST))

#endif /* bpf_core_read.h */
