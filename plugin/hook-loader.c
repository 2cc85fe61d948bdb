/*
 * Copyright (c) 2026 The ovs-footprint Authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at:
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

#include <config.h>

#include "hook-loader.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "elephant.h"
#include "elephant.skel.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(hook_loader);

/* A way to attach: the programs that it takes. */
struct way {
    const char *how;
    const char *programs[4];    /* Ends with a null pointer. */
    bool preallocate;           /* Whether the map must have all its memory
                                 * from the start. */
};

/* From the best to the worst. */
static const struct way ways[] = {
    {
        .how = "fentry on nf_ct_acct_add",
        .programs = { "acct_add_fentry", "delete_fentry" },
    },
    {
        /* Before Linux 6.1, memory for a map's elements could not be safely
         * had in just any place where a kprobe might be. */
        .how = "kprobe on nf_ct_acct_add",
        .programs = { "acct_add_kprobe", "delete_kprobe" },
        .preallocate = true,
    },
};

/* libbpf's first complaint since this was last cleared. */
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

static bool
way_has_program(const struct way *way, const char *name)
{
    for (size_t i = 0; way->programs[i]; i++) {
        if (!strcmp(way->programs[i], name)) {
            return true;
        }
    }
    return false;
}

/* Tries 'way'.  Returns 0 and stores the skeleton in '*skelp', or returns a
 * positive errno. */
static int
try_way(const struct way *way, struct elephant_bpf **skelp)
{
    struct elephant_bpf *skel = elephant_bpf__open();
    struct bpf_program *program;
    struct stat netns;
    int error;

    *skelp = NULL;
    if (!skel) {
        return errno;
    }

    bpf_object__for_each_program (program, skel->obj) {
        const char *name = bpf_program__name(program);

        bpf_program__set_autoload(program, way_has_program(way, name));
    }
    if (way->preallocate) {
        bpf_map__set_map_flags(skel->maps.flows, 0);
    }
    if (stat("/proc/self/ns/net", &netns)) {
        error = errno;
    } else {
        skel->rodata->netns_inum = netns.st_ino;
        error = -elephant_bpf__load(skel);
    }
    if (!error) {
        error = -elephant_bpf__attach(skel);
    }
    if (error) {
        elephant_bpf__destroy(skel);
        return error;
    }
    *skelp = skel;
    return 0;
}

/* Returns what is the matter with this kernel, in case of 'error', or with
 * this process, as far as can be told, or null. */
static const char *
find_cause(int error)
{
    if (access("/proc/sys/net/netfilter", F_OK)) {
        return "the kernel module nf_conntrack is not loaded";
    } else if (access("/sys/kernel/btf/vmlinux", F_OK)) {
        return "the kernel has no type information (CONFIG_DEBUG_INFO_BTF)";
    } else if (error == EPERM || error == EACCES) {
        return ("CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN are needed, and a "
                "kernel that is not locked down to confidentiality");
    } else {
        return NULL;
    }
}

/* Appends to 's' that 'way' was refused with 'error'. */
static void
format_refusal(const struct way *way, int error, struct ds *s)
{
    ds_put_format(s, "%s%s: %s", s->length ? "; " : "", way->how,
                  ovs_strerror(error));
    if (complaint) {
        ds_put_format(s, " (%s)", complaint);
    }
}

struct elephant_bpf *
hook_load(char **howp, char **errorp)
{
    struct ds refusals = DS_EMPTY_INITIALIZER;
    libbpf_print_fn_t saved_print;
    struct elephant_bpf *skel = NULL;
    const struct way *way;
    int error = 0;

    *howp = *errorp = NULL;
    saved_print = libbpf_set_print(print_cb);
    for (way = ways; way < &ways[ARRAY_SIZE(ways)]; way++) {
        error = try_way(way, &skel);
        if (!error) {
            break;
        }
        format_refusal(way, error, &refusals);
        free(complaint);
        complaint = NULL;
    }
    free(complaint);
    complaint = NULL;
    libbpf_set_print(saved_print);

    if (skel) {
        *howp = (refusals.length
                 ? xasprintf("%s (refused: %s)", way->how,
                             ds_cstr(&refusals))
                 : xstrdup(way->how));
    } else {
        const char *cause = find_cause(error);

        *errorp = xasprintf("BPF programs were refused: %s%s%s",
                            cause ? cause : "", cause ? ": " : "",
                            ds_cstr(&refusals));
    }
    ds_destroy(&refusals);
    return skel;
}
