/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "detector/conntrack-abi.h"

#include <bpf/btf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

/* Returns the number of parameters of the kernel's function 'name', or 0 if
 * 'btf' does not know it. */
static unsigned int
count_parameters(const struct btf *btf, const char *name)
{
    int id = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC);
    const struct btf_type *type;

    if (id < 0) {
        return 0;
    }
    type = btf__type_by_id(btf, id);
    type = type ? btf__type_by_id(btf, type->type) : NULL;
    return type && btf_is_func_proto(type) ? btf_vlen(type) : 0;
}

static void
read_type_info(struct conntrack_abi *abi)
{
    struct btf *vmlinux = btf__load_vmlinux_btf();
    struct btf *module = NULL;
    unsigned int n = 0;

    if (vmlinux) {
        module = btf__load_module_btf("nf_conntrack", vmlinux);
        n = count_parameters(module ? module : vmlinux,
                             "__nf_ct_refresh_acct");
    }
    abi->refresh_takes_bytes = n == 4;
    btf__free(module);
    btf__free(vmlinux);
}

/* Splits 'line', of /proc/kallsyms, into '*address' and '*name'.  Returns
 * false if it is not as expected. */
static bool
parse_symbol(char *line, uint64_t *address, char **name)
{
    char *end;

    *address = strtoull(line, &end, 16);
    if (end == line || end[0] != ' ' || !end[1] || end[2] != ' ') {
        return false;
    }
    *name = end + 3;
    (*name)[strcspn(*name, "\t\n")] = '\0';
    return true;
}

static void
read_symbols(struct conntrack_abi *abi)
{
    FILE *stream = fopen("/proc/kallsyms", "r");
    uint64_t *addresses = NULL;
    size_t n = 0, allocated = 0;
    char line[512];

    if (!stream) {
        return;
    }
    while (fgets(line, sizeof line, stream)) {
        char *name;

        if (n >= allocated) {
            addresses = x2nrealloc(addresses, &allocated, sizeof *addresses);
        }
        if (!parse_symbol(line, &addresses[n], &name)) {
            continue;
        }
        if (!strcmp(name, "nf_ct_acct_add")) {
            abi->acct_add = addresses[n];
        } else if (!strcmp(name, "__nf_ct_refresh_acct")) {
            abi->refresh = addresses[n];
        } else if (!strcmp(name, "nf_ct_destroy")) {
            abi->has_nf_ct_destroy = true;
        }
        n++;
    }
    fclose(stream);

    /* A function ends where the next one begins, at the latest. */
    for (size_t i = 0; i < n && abi->refresh; i++) {
        if (addresses[i] > abi->refresh
            && (!abi->refresh_end || addresses[i] < abi->refresh_end)) {
            abi->refresh_end = addresses[i];
        }
    }
    free(addresses);
}

void
conntrack_abi_read(struct conntrack_abi *abi)
{
    memset(abi, 0, sizeof *abi);
    read_type_info(abi);
    read_symbols(abi);
}

bool
conntrack_abi_refresh_calls_acct_add(
    const struct conntrack_abi *abi OVS_UNUSED,
    const uint8_t *text OVS_UNUSED, size_t n OVS_UNUSED)
{
    /* A jump counts as a call: compilers make one of a call at the end of a
     * function, where this one is. */
#if defined(__x86_64__)
    /* CALL or JMP with a relative address of 32 bits.  That the same bytes
     * appear by chance in another instruction is not to be expected.  The
     * kernel may have patched the call to skip an "endbr64" at the beginning
     * of the function, or to go through the padding before it. */
    for (size_t i = 0; i + 5 <= n; i++) {
        if (text[i] == 0xe8 || text[i] == 0xe9) {
            int32_t offset;

            memcpy(&offset, &text[i + 1], sizeof offset);
            if (abi->refresh + i + 5 + offset - (abi->acct_add - 16) <= 32) {
                return true;
            }
        }
    }
#elif defined(__aarch64__)
    /* B or BL, with a distance of 26 bits, in instructions. */
    for (size_t i = 0; i + 4 <= n; i += 4) {
        uint32_t insn;

        memcpy(&insn, &text[i], sizeof insn);
        if ((insn & 0x7c000000) == 0x14000000) {
            int64_t distance = (int32_t) (insn << 6) >> 6;

            if (abi->refresh + i + distance * 4 - abi->acct_add <= 8) {
                return true;
            }
        }
    }
#endif
    return false;
}
