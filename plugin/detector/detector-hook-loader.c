/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "detector/detector-hook-loader.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bpf/elephant.h"
#include "bpf/elephant.skel.h"
#include "detector/conntrack-abi.h"
#include "detector/elephant-maps.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(detector_hook_loader);

/* A way to attach.  In elephant.bpf.c there is a program for each function and
 * way, called "<function>_<suffix>". */
struct way {
    const char *name;
    const char *account_suffix; /* For functions that account for packets. */
    const char *destroy_suffix; /* For the one that destroys entries. */
    bool preallocate;           /* Whether maps of flows must have all their
                                 * memory from the start. */
};

/* From the best to the worst. */
static const struct way ways[] = {
    { "fentry", "fentry", "fentry", false },

    /* For kernels whose verifier does not let programs load counters
     * directly. */
    { "fentry (reading by a helper)", "fentry_probe", "fentry", false },

    /* Before Linux 6.1, a program at a kprobe could not safely allocate memory
     * for a map's elements, and the kernel warns about that. */
    { "kprobe", "kprobe", "kprobe", true },
};

/* libbpf's first warning since this was last cleared, malloc()'d, or null. */
static char *complaint;

static int OVS_PRINTF_FORMAT(2, 0)
print_cb(enum libbpf_print_level level, const char *format, va_list args)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    const char *text;

    if (level == LIBBPF_DEBUG && !VLOG_IS_DBG_ENABLED()) {
        return 0;
    }

    ds_put_format_valist(&s, format, args);
    ds_chomp(&s, '\n');
    text = ds_cstr(&s);
    if (!strncmp(text, "libbpf: ", 8)) {
        text += 8;
    }
    VLOG_DBG("%s", text);
    if (level == LIBBPF_WARN && !complaint && !strchr(text, '\n')) {
        complaint = xstrdup(text);
    }
    ds_destroy(&s);
    return 0;
}

/* Returns the program for 'function' that ends in 'suffix'. */
static struct bpf_program *
find_program(const struct elephant_bpf *skel, const char *function,
             const char *suffix)
{
    char *name = xasprintf("%s_%s", function, suffix);
    struct bpf_program *program
        = bpf_object__find_program_by_name(skel->obj, name);

    ovs_assert(program);
    free(name);
    return program;
}

/* Returns true if __nf_ct_refresh_acct() calls nf_ct_acct_add(), so that there
 * is no need to attach to both.  Reads the kernel's code to find out. */
static bool
refresh_calls_acct_add(struct elephant_bpf *skel,
                       const struct conntrack_abi *abi)
{
    LIBBPF_OPTS(bpf_test_run_opts, opts);
    uint64_t size = abi->refresh_end - abi->refresh;

    if (!abi->acct_add || !abi->refresh_end) {
        return false;
    }

    size = MIN(size, sizeof skel->bss->text);
    skel->bss->text_address = abi->refresh;
    skel->bss->text_size = size;
    if (bpf_prog_test_run_opts(bpf_program__fd(skel->progs.read_text), &opts)
        || opts.retval) {
        VLOG_DBG("cannot read the code of __nf_ct_refresh_acct");
        return false;
    }
    return conntrack_abi_refresh_calls_acct_add(abi, skel->bss->text, size);
}

/* Sets up 'skel' for loading 'programs', and read_text() if it is of use. */
static int
prepare(struct elephant_bpf *skel, const struct conntrack_abi *abi,
        struct bpf_program *programs[], size_t n_programs)
{
    struct bpf_program *program;
    struct stat netns;

    if (stat("/proc/self/ns/net", &netns)) {
        return errno;
    }
    skel->rodata->netns_inum = netns.st_ino;

    bpf_object__for_each_program (program, skel->obj) {
        bpf_program__set_autoload(program, false);
    }
    for (size_t i = 0; i < n_programs; i++) {
        bpf_program__set_autoload(programs[i], true);
    }
    bpf_program__set_autoattach(skel->progs.read_text, false);
    bpf_program__set_autoload(skel->progs.read_text, abi->acct_add != 0);
    return 0;
}

static int
load(struct elephant_bpf *skel, const struct way *way)
{
    int inner = -1;
    int error;

    if (way->preallocate) {
        inner = elephant_maps_preallocate(skel->maps.flows,
                                          skel->maps.more_flows);
        if (inner < 0) {
            return -inner;
        }
    }
    error = -elephant_bpf__load(skel);
    if (inner >= 0) {
        close(inner);
    }
    return error;
}

/* Tries 'way'.  Returns 0 and stores the skeleton in '*skelp', and a
 * description in '*howp', or returns a positive errno. */
static int
try_way(const struct way *way, const struct conntrack_abi *abi,
        struct elephant_bpf **skelp, char **howp)
{
    const char *destroy = abi->has_nf_ct_destroy ? "destroy" : "destroy_old";
    const char *refresh = abi->refresh_takes_bytes ? "refresh" : "refresh_skb";
    struct elephant_bpf *skel = elephant_bpf__open();
    struct bpf_program *programs[3];
    bool calls;
    int error;

    if (!skel) {
        return errno;
    }

    programs[0] = find_program(skel, "acct_add", way->account_suffix);
    programs[1] = find_program(skel, refresh, way->account_suffix);
    programs[2] = find_program(skel, destroy, way->destroy_suffix);
    error = prepare(skel, abi, programs, ARRAY_SIZE(programs));
    if (!error) {
        error = load(skel, way);
    }
    if (!error) {
        calls = refresh_calls_acct_add(skel, abi);
        bpf_program__set_autoattach(programs[1], !calls);
        error = -elephant_bpf__attach(skel);
    }
    if (error) {
        elephant_bpf__destroy(skel);
        return error;
    }

    *skelp = skel;
    *howp = xasprintf("%s on nf_ct_acct_add%s", way->name,
                      calls ? "" : " and __nf_ct_refresh_acct");
    return 0;
}

/* Returns what this kernel or this process lacks, which explains 'error', or
 * null if that is not known. */
static const char *
find_cause(int error)
{
    if (access("/proc/sys/net/netfilter", F_OK)) {
        return "the kernel module nf_conntrack is not loaded";
    } else if (access("/sys/kernel/btf/vmlinux", F_OK)) {
        return "the kernel has no type information (CONFIG_DEBUG_INFO_BTF)";
    } else if (error == EPERM || error == EACCES) {
        return ("CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN and CAP_SYS_ADMIN are "
                "needed, and a kernel that is not locked down to "
                "confidentiality");
    } else {
        return NULL;
    }
}

/* Appends to 's' that 'way' was refused with 'error'. */
static void
format_refusal(const struct way *way, int error, struct ds *s)
{
    ds_put_format(s, "%s%s: %s", s->length ? "; " : "", way->name,
                  ovs_strerror(error));
    if (complaint) {
        ds_put_format(s, " (%s)", complaint);
        free(complaint);
        complaint = NULL;
    }
}

bool
hook_is_off(void)
{
    FILE *file = fopen("/proc/sys/kernel/ftrace_enabled", "re");
    bool off = file && fgetc(file) == '0';

    if (file) {
        fclose(file);
    }
    return off;
}

struct elephant_bpf *
hook_load(char **howp, char **errorp)
{
    struct ds refusals = DS_EMPTY_INITIALIZER;
    struct elephant_bpf *skel = NULL;
    libbpf_print_fn_t saved_print;
    struct conntrack_abi abi;
    char *how = NULL;
    int error = 0;

    *howp = *errorp = NULL;
    if (hook_is_off()) {
        *errorp = xstrdup("BPF programs would not be called: the sysctl "
                          "kernel.ftrace_enabled is 0");
        return NULL;
    }
    saved_print = libbpf_set_print(print_cb);
    conntrack_abi_read(&abi);
    free(complaint);
    complaint = NULL;
    for (size_t i = 0; i < ARRAY_SIZE(ways) && !skel; i++) {
        error = try_way(&ways[i], &abi, &skel, &how);
        if (error) {
            format_refusal(&ways[i], error, &refusals);
        }
    }
    libbpf_set_print(saved_print);

    if (!skel) {
        const char *cause = find_cause(error);

        *errorp = xasprintf("BPF programs were refused: %s%s%s",
                            cause ? cause : "", cause ? ": " : "",
                            ds_cstr(&refusals));
    } else if (refusals.length) {
        *howp = xasprintf("%s (refused: %s)", how, ds_cstr(&refusals));
        free(how);
    } else {
        *howp = how;
    }
    ds_destroy(&refusals);
    return skel;
}
