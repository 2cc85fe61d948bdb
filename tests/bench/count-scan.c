/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* Counts what a walk of detector "scan" costs:
 *
 *     count-scan N CANDIDATES ROUNDS
 *
 * Makes conntrack entries through netlink, and prints lines of what was walked
 * and how many nanoseconds that took, which are instructions in a machine that
 * counts them: the median of ROUNDS.
 *
 *     empty       the table without any entry
 *     foreign     N entries, in a zone that is not ours
 *     mice        N entries, in a zone that is ours
 *     candidates  the same, of which CANDIDATES are candidates
 *     dump        N entries, dumped through netlink instead */

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bpf/scan.h"
#include "bpf/scan.skel.h"
#include "tests/bench/bench-util.h"
#include "util.h"

/* Zones, and profiles. */
enum {
    MICE = 1,
    CANDIDATES = 2,
};

static void
make_entries(struct nfct_handle *h, uint16_t zone, uint32_t first, uint32_t n)
{
    struct nf_conntrack *ct = nfct_new();

    nfct_set_attr_u8(ct, ATTR_L3PROTO, AF_INET);
    nfct_set_attr_u8(ct, ATTR_L4PROTO, IPPROTO_UDP);
    nfct_set_attr_u16(ct, ATTR_PORT_DST, htons(53));
    nfct_set_attr_u32(ct, ATTR_IPV4_DST, htonl(0x0a000001));
    nfct_set_attr_u16(ct, ATTR_ZONE, zone);
    nfct_set_attr_u32(ct, ATTR_TIMEOUT, 1000000);
    nfct_set_attr_u32(ct, ATTR_STATUS, IPS_CONFIRMED
                          | IPS_SEEN_REPLY | IPS_ASSURED);
    for (uint32_t i = first; i < first + n; i++) {
        nfct_set_attr_u32(ct, ATTR_IPV4_SRC, htonl(0x0b000000 + (i >> 8)));
        nfct_set_attr_u16(ct, ATTR_PORT_SRC, htons(1024 + (i & 255)));
        nfct_setobjopt(ct, NFCT_SOPT_SETUP_REPLY);
        if (nfct_query(h, NFCT_Q_CREATE, ct)) {
            ovs_fatal(errno, "cannot create conntrack entry %"PRIu32, i);
        }
    }
    nfct_destroy(ct);
}

/* Returns how long a walk took. */
static double
time_walk(int program)
{
    uint64_t start = bench_now();
    LIBBPF_OPTS(bpf_test_run_opts, opts);

    do {
        int error = -bpf_prog_test_run_opts(program, &opts);

        if (error || opts.retval < SCAN_BUSY) {
            ovs_fatal(error, "cannot walk conntrack's table (%"PRIu32")",
                      opts.retval);
        }
    } while (opts.retval != SCAN_DONE);
    return bench_now() - start;
}

static void
count(const char *what, int program, int rounds)
{
    double *ns = xcalloc(rounds, sizeof *ns);

    /* The first walk finds the candidates. */
    time_walk(program);
    for (int i = 0; i < rounds; i++) {
        ns[i] = time_walk(program);
    }
    printf("%s %.0f\n", what, bench_median(ns, rounds));
    fflush(stdout);
    free(ns);
}

static int
ignore_entry(enum nf_conntrack_msg_type type OVS_UNUSED,
             struct nf_conntrack *ct OVS_UNUSED, void *n_)
{
    uint32_t *n = n_;

    ++*n;
    return NFCT_CB_CONTINUE;
}

static void
count_dump(struct nfct_handle *h)
{
    uint32_t family = AF_UNSPEC;
    uint64_t start;
    uint32_t n = 0;

    nfct_callback_register(h, NFCT_T_ALL, ignore_entry, &n);
    start = bench_now();
    if (nfct_query(h, NFCT_Q_DUMP, &family)) {
        ovs_fatal(errno, "cannot dump conntrack's table");
    }
    printf("dump %"PRIu64"\n", bench_now() - start);
}

/* Loads the program called 'name'.  Returns null if the kernel refuses it. */
static struct scan_bpf *
load(const char *name)
{
    struct scan_bpf *skel = scan_bpf__open();
    struct bpf_program *program;
    struct stat netns;

    if (!skel || stat("/proc/self/ns/net", &netns)) {
        ovs_fatal(errno, "cannot open the program");
    }
    skel->rodata->netns_inum = netns.st_ino;
    bpf_map__set_map_flags(skel->maps.flows, 0);
    bpf_object__for_each_program (program, skel->obj) {
        bpf_program__set_autoload(program,
                                  !strcmp(bpf_program__name(program), name));
    }
    if (scan_bpf__load(skel)) {
        scan_bpf__destroy(skel);
        return NULL;
    }
    skel->bss->profiles[MICE].bytes = UINT64_MAX;
    skel->bss->profiles[CANDIDATES].rate = UINT64_MAX;
    return skel;
}

int
main(int argc, char *argv[])
{
    struct nfct_handle *h = nfct_open(CONNTRACK, 0);
    int n, candidates, rounds, program;
    struct scan_bpf *skel;

    set_program_name(argv[0]);
    if (argc != 4) {
        ovs_fatal(0, "usage: %s N CANDIDATES ROUNDS", argv[0]);
    }
    n = atoi(argv[1]);
    candidates = atoi(argv[2]);
    rounds = atoi(argv[3]);
    if (!h) {
        ovs_fatal(errno, "cannot talk to conntrack");
    }

    libbpf_set_print(NULL);
    skel = load("slice_load");
    if (skel) {
        program = bpf_program__fd(skel->progs.slice_load);
        printf("how load\n");
    } else {
        skel = load("slice_probe");
        if (!skel) {
            ovs_fatal(errno, "the kernel refuses the program");
        }
        program = bpf_program__fd(skel->progs.slice_probe);
        printf("how probe\n");
    }
    count("empty", program, rounds);
    make_entries(h, MICE, 0, n - candidates);
    make_entries(h, CANDIDATES, 0, candidates);
    count("foreign", program, rounds);
    skel->bss->zones[MICE] = MICE;
    skel->bss->zones[CANDIDATES] = MICE;
    count("mice", program, rounds);
    skel->bss->zones[CANDIDATES] = CANDIDATES;
    count("candidates", program, rounds);
    count_dump(h);
    return 0;
}
