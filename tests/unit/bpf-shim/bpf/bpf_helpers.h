/* SPDX-License-Identifier: Apache-2.0 */

#ifndef BPF_SHIM_HELPERS_H
#define BPF_SHIM_HELPERS_H 1

/* In place of libbpf's <bpf/bpf_helpers.h>: what a BPF program needs to be
 * compiled into a test program, which defines the functions. */

#define SEC(NAME)
#define __uint(NAME, VALUE) int (*NAME)[VALUE]
#define __type(NAME, VALUE) __typeof__(VALUE) *NAME
#define __array(NAME, VALUE) __typeof__(VALUE) *NAME[1]
#define __noinline
#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

void *bpf_map_lookup_elem(void *map, const void *key);
long int bpf_map_update_elem(void *map, const void *key, const void *value,
                             __u64 flags);
long int bpf_map_delete_elem(void *map, const void *key);
void *bpf_ringbuf_reserve(void *ringbuf, __u64 size, __u64 flags);
void bpf_ringbuf_submit(void *data, __u64 flags);
__u64 bpf_ktime_get_ns(void);
long int bpf_probe_read_kernel(void *dst, __u32 size, const void *src);

#endif /* bpf_helpers.h */
