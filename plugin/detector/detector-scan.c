/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* DETECTOR_SCAN: a BPF program that walks conntrack's hash table, when this
 * file runs it.
 *
 * What is an elephant is decided in the kernel, by bpf/scan.bpf.c, whose head
 * explains how, and what is approximate about it.  This is its other half: it
 * begins a walk every 'interval' milliseconds, runs the program until the walk
 * is over, passes on what it reports, and notices from what it did not see
 * which flows are gone.
 *
 * Delays.  A flow becomes an elephant at the end of the walk that sees it over
 * the threshold: after an interval and the time that a walk takes, at most.
 * It takes another interval for a flow that had its bytes before the detector
 * knew of it, that is, when the detector is created or when the zones or
 * thresholds change.  A deleted entry is reported after an interval and two
 * walks at most, with the counters that it had at the last walk that saw
 * it. */

#include "detector/detector.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bpf/scan.h"
#include "bpf/scan.skel.h"
#include "conntrack/ct-netlink.h"
#include "conntrack/ct-sysctl.h"
#include "coverage.h"
#include "detector/detector-provider.h"
#include "detector/elephant-maps.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(detector_scan);

COVERAGE_DEFINE(scan_walk);
COVERAGE_DEFINE(scan_slice);
COVERAGE_DEFINE(scan_event);
COVERAGE_DEFINE(scan_event_lost);

/* How long to walk, in milliseconds, before the daemon's other parts get their
 * turn. */
#define SCAN_TURN 10

/* Milliseconds until the next attempt when the table is being resized. */
#define SCAN_BUSY_DELAY 10

struct scan_detector {
    struct detector up;
    struct scan_bpf *skel;
    int program;                /* File descriptor. */
    struct elephant_maps *maps;
    struct ring_buffer *ring;

    unsigned int interval;      /* From the beginning of a walk to that of the
                                 * next, in milliseconds. */
    long long int walk_start;   /* In time_msec() time. */
    long long int next_run;     /* Likewise; 0 for as soon as possible. */

    unsigned int n_walks;       /* That ended since a zone or a threshold was
                                 * set; no more than are of interest. */

    uint64_t ring_full_seen;    /* 'misses.ring_full' when last looked at. */
    uint64_t unaccounted;       /* Entries without counters in the latest
                                 * walk. */
    enum elephant_miss unaccounted_kind; /* As which they are counted by
                                          * zone. */
    /* Only during detector_run(). */
    detector_cb *cb;
    void *aux;
};

static struct scan_detector *
scan_cast(struct detector *detector)
{
    return CONTAINER_OF(detector, struct scan_detector, up);
}

/* Creation and configuration. */

/* Returns true if any program may allocate memory for the elements of a BPF
 * map, as from Linux 6.1 on.  Before that, the kernel warns about it. */
static bool
has_map_allocator(void)
{
    struct btf *vmlinux = btf__load_vmlinux_btf();
    bool has = (vmlinux
                && btf__find_by_name_kind(vmlinux, "bpf_mem_alloc",
                                          BTF_KIND_STRUCT) > 0);

    btf__free(vmlinux);
    return has;
}

static int OVS_PRINTF_FORMAT(2, 0)
print_cb(enum libbpf_print_level level OVS_UNUSED, const char *format,
         va_list args)
{
    if (VLOG_IS_DBG_ENABLED()) {
        char *text = xvasprintf(format, args);

        VLOG_DBG("%s", text);
        free(text);
    }
    return 0;
}

/* Loads the program called 'name'.  Returns 0 or a positive errno. */
static int
load_program(struct scan_detector *scan, const char *name)
{
    struct scan_bpf *skel = scan_bpf__open();
    struct bpf_program *program;
    struct stat netns;
    int inner = -1;
    int error;

    if (!skel || stat("/proc/self/ns/net", &netns)) {
        error = errno;
        scan_bpf__destroy(skel);
        return error;
    }
    skel->rodata->netns_inum = netns.st_ino;
    if (!has_map_allocator()) {
        inner = elephant_maps_preallocate(skel->maps.flows,
                                          skel->maps.more_flows);
        if (inner < 0) {
            scan_bpf__destroy(skel);
            return -inner;
        }
    }
    bpf_object__for_each_program (program, skel->obj) {
        bpf_program__set_autoload(program,
                                  !strcmp(bpf_program__name(program), name));
    }
    error = -scan_bpf__load(skel);
    if (inner >= 0) {
        close(inner);
    }
    if (error) {
        scan_bpf__destroy(skel);
        return error;
    }
    program = bpf_object__find_program_by_name(skel->obj, name);
    scan->skel = skel;
    scan->program = bpf_program__fd(program);
    return 0;
}

/* Loads the best program that the kernel takes.  Returns 0 or a positive
 * errno. */
static int
load(struct scan_detector *scan)
{
    libbpf_print_fn_t saved_print = libbpf_set_print(print_cb);
    int error = load_program(scan, "slice_load");

    if (error) {
        error = load_program(scan, "slice_probe");
    }
    libbpf_set_print(saved_print);
    return error;
}

/* Runs the program once.  Stores what it returned in '*result'.  Returns 0 or
 * a positive errno. */
static int
run_slice(struct scan_detector *scan, enum scan_result *result)
{
    LIBBPF_OPTS(bpf_test_run_opts, opts);
    int error = -bpf_prog_test_run_opts(scan->program, &opts);

    COVERAGE_INC(scan_slice);
    *result = opts.retval;
    return error;
}

/* Loads the program and sees whether it works.  Returns null, or a malloc()'d
 * sentence that says why not. */
static char *
load_and_try(struct scan_detector *scan)
{
    enum scan_result result;
    int error;

    error = load(scan);
    if (error) {
        return xasprintf("the BPF program was refused: %s",
                         ovs_strerror(error));
    }
    scan->walk_start = time_msec();
    error = run_slice(scan, &result);
    if (error) {
        return xasprintf("the BPF program cannot be run: %s",
                         ovs_strerror(error));
    } else if (result == SCAN_NO_TABLE) {
        return xstrdup("/proc/kallsyms does not tell where conntrack's table "
                       "is: the kernel needs CONFIG_KALLSYMS_ALL and the "
                       "module nf_conntrack, this process CAP_SYSLOG");
    } else if (result == SCAN_UNREADABLE) {
        return xstrdup("conntrack's table cannot be read");
    }
    return NULL;
}

static int handle_event(void *scan, void *event, size_t size);

/* Creates what 'scan' needs besides the loaded program.  Returns null, or a
 * malloc()'d sentence that says what failed. */
static char *
prepare(struct scan_detector *scan)
{
    struct scan_bpf__bss *bss = scan->skel->bss;
    const struct elephant_vars vars = {
        .flows = bpf_map__fd(scan->skel->maps.flows),
        .more_flows = bpf_map__fd(scan->skel->maps.more_flows),
        .zone_misses = bpf_map__fd(scan->skel->maps.zone_misses),
        .zones = bss->zones,
        .profiles = bss->profiles,
        .n_flows = &bss->n_flows,
        .n_zone_flows = bss->n_zone_flows,
    };

    scan->ring = ring_buffer__new(bpf_map__fd(scan->skel->maps.events),
                                  handle_event, scan, NULL);
    if (!scan->ring) {
        return xasprintf("cannot map the ring buffer (%s)",
                         ovs_strerror(errno));
    }
    scan->maps = elephant_maps_create(&vars);
    return NULL;
}

static void
scan_destroy(struct detector *detector)
{
    struct scan_detector *scan = scan_cast(detector);

    elephant_maps_destroy(scan->maps);
    ring_buffer__free(scan->ring);
    scan_bpf__destroy(scan->skel);
    free(scan);
}

static void
set_interval(struct scan_detector *scan, unsigned int interval)
{
    if (interval != scan->interval) {
        scan->interval = interval;
        scan->next_run = 0;
        free(scan->up.how);
        scan->up.how = xasprintf("a BPF program walks conntrack's table every "
                                 "%u ms", interval);
    }
}

static struct detector *
scan_create(char **errorp)
{
    struct scan_detector *scan = xzalloc(sizeof *scan);
    char *problem;

    /* Makes the kernel load its modules, too. */
    detector_get_netlink(&scan->up);

    problem = load_and_try(scan);
    if (!problem) {
        problem = prepare(scan);
    }
    if (problem) {
        ct_netlink_close(scan->up.netlink);
        scan_destroy(&scan->up);
        *errorp = problem;
        return NULL;
    }

    ct_sysctl_enable_acct();
    set_interval(scan, 1000);
    return &scan->up;
}

static void
scan_configure(struct detector *detector,
               const struct detector_options *options)
{
    struct scan_detector *scan = scan_cast(detector);

    scan->skel->bss->track_unassured = options->track_unassured;
    set_interval(scan, options->scan_interval);
}

static int
scan_set_zone(struct detector *detector, uint16_t zone,
              const struct elephant_threshold *threshold)
{
    struct scan_detector *scan = scan_cast(detector);
    struct scan_bpf__bss *bss = scan->skel->bss;
    unsigned int old = bss->zones[zone];
    int error = elephant_maps_set_zone(scan->maps, zone, threshold);

    if (bss->zones[zone] != old) {
        /* Previous walks did not look at this zone, or not with this
         * threshold, so they are no baseline for its flows. */
        bss->walk.baseline_ns = 0;
        bss->zones_changed = 1;
        scan->n_walks = 0;
    }
    return error;
}

/* Walks after which all flows of new zones are known: one that was under way
 * when the zones were set, one that finds the flows, and one that measures
 * their rates. */
#define SETTLED_WALKS 3

static bool
scan_is_settled(const struct detector *detector)
{
    const struct scan_detector *scan
        = CONTAINER_OF(detector, struct scan_detector, up);

    return scan->n_walks >= SETTLED_WALKS;
}

/* Walks. */

static int
handle_event(void *scan_, void *event, size_t size)
{
    struct scan_detector *scan = scan_;

    if (elephant_event_report(event, size, scan->cb, scan->aux)) {
        COVERAGE_INC(scan_event);
    }
    return 0;
}

/* Reports 'e' if the latest walk did not see it, and returns true then. */
static bool
is_gone(uint64_t id, const struct elephant_flow *e, void *scan_)
{
    struct scan_detector *scan = scan_;

    if (e->walk == scan->skel->bss->walk.number) {
        return false;
    }
    if (e->elephant) {
        struct ct_flow flow = ct_flow_from_elephant(id, e);

        scan->cb(DETECTOR_GONE, &flow, scan->aux);
    }
    return true;
}

/* Reports which flows are gone, at the end of a walk that did not see them,
 * and takes note of the entries without counters that it saw. */
static void
finish_walk(struct scan_detector *scan)
{
    const struct scan_bpf__bss *bss = scan->skel->bss;

    COVERAGE_INC(scan_walk);
    scan->n_walks = MIN(scan->n_walks + 1, SETTLED_WALKS);
    if (bss->walk.clean && bss->walk.candidates != bss->n_flows) {
        elephant_maps_walk(scan->maps, is_gone, scan);
    }
    if (bss->walk.unaccounted > scan->unaccounted) {
        detector_note_uncounted(&scan->up);
    }
    scan->unaccounted = bss->walk.unaccounted;
    scan->unaccounted_kind = (bss->walk.number & 1 ? ELEPHANT_MISS_WALK_ODD
                              : ELEPHANT_MISS_WALK_EVEN);
    elephant_maps_forget_misses(scan->maps, (bss->walk.number & 1
                                             ? ELEPHANT_MISS_WALK_EVEN
                                             : ELEPHANT_MISS_WALK_ODD));
}

/* Passes on what the program reported. */
static void
read_events(struct scan_detector *scan)
{
    uint64_t ring_full;

    ring_buffer__consume(scan->ring);
    ring_full = scan->skel->bss->misses.ring_full;
    if (ring_full != scan->ring_full_seen) {
        COVERAGE_ADD(scan_event_lost, ring_full - scan->ring_full_seen);
        scan->ring_full_seen = ring_full;
        scan->cb(DETECTOR_LOST, NULL, scan->aux);
        elephant_maps_report(scan->maps, scan->cb, scan->aux);
    }
}

/* Walks for up to SCAN_TURN milliseconds.  Returns the result of the last run
 * of the program. */
static enum scan_result
walk_a_bit(struct scan_detector *scan)
{
    long long int deadline = time_msec() + SCAN_TURN;
    enum scan_result result;

    do {
        int error = run_slice(scan, &result);

        if (error || result < SCAN_BUSY) {
            static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);

            VLOG_WARN_RL(&rl, "cannot walk conntrack's table (%s)",
                         error ? ovs_strerror(error) : "it is not where it "
                         "was; restart the daemon");
            return SCAN_UNREADABLE;
        }
        read_events(scan);
        elephant_maps_run(scan->maps);
    } while (result == SCAN_MORE && time_msec() < deadline);
    return result;
}

static void
scan_run(struct detector *detector, detector_cb *cb, void *aux)
{
    struct scan_detector *scan = scan_cast(detector);
    long long int now = time_msec();

    if (now < scan->next_run) {
        return;
    }
    if (!scan->skel->bss->walk.under_way) {
        scan->walk_start = now;
    }

    scan->cb = cb;
    scan->aux = aux;
    switch (walk_a_bit(scan)) {
    case SCAN_MORE:
        scan->next_run = 0;
        break;
    case SCAN_BUSY:
        scan->next_run = now + SCAN_BUSY_DELAY;
        break;
    case SCAN_DONE:
        finish_walk(scan);
        /* FALLTHROUGH */
    case SCAN_NO_TABLE:
    case SCAN_UNREADABLE:
        /* Pause for at least as long as the walk took. */
        now = time_msec();
        scan->next_run = MAX(scan->walk_start + scan->interval,
                             now + (now - scan->walk_start));
        break;
    }
    scan->cb = NULL;
    scan->aux = NULL;
}

static void
scan_wait(struct detector *detector)
{
    struct scan_detector *scan = scan_cast(detector);

    poll_timer_wait_until(scan->next_run);
}

/* Questions. */

static bool
scan_refresh(struct detector *detector, struct ct_flow *flow)
{
    struct scan_detector *scan = scan_cast(detector);

    return elephant_maps_refresh(scan->maps, detector->netlink, flow);
}

static size_t
scan_get_blind_spots(struct detector *detector,
                     const struct detector_blind_spot **spots)
{
    struct scan_detector *scan = scan_cast(detector);
    const struct scan_troubles *troubles = &scan->skel->bss->troubles;
    const struct elephant_misses *misses = &scan->skel->bss->misses;
    const struct detector_blind_spot own[] = {
        { "ring-buffer-full",
          "events that did not fit; all flows were read again",
          misses->ring_full, ELEPHANT_MISS_RING_FULL },
        { "table-full",
          "flows that had to wait because too many are watched",
          misses->table_full, ELEPHANT_MISS_TABLE_FULL },
        { "table-error",
          "flows that could not be watched for want of memory",
          misses->table_error, ELEPHANT_MISS_TABLE_ERROR },
        { "no-accounting-entries",
          "present connections that began while conntrack did not count",
          scan->unaccounted, scan->unaccounted_kind },
        { "one-way-bytes",
          "bytes of flows that would be elephants if they were answered",
          misses->unassured_bytes, ELEPHANT_MISS_UNASSURED },
        { "walk-again",
          "walks that began again because conntrack's table was resized",
          troubles->resized, ELEPHANT_MISS_NONE },
        { "chain-lost",
          "parts of conntrack's table that changed too fast to be walked",
          troubles->lost, ELEPHANT_MISS_NONE },
        { "chain-too-long",
          "parts of conntrack's table that were too crowded to be walked",
          troubles->too_long, ELEPHANT_MISS_NONE },
    };

    return detector_share_blind_spots(detector, own, ARRAY_SIZE(own), spots);
}

static uint64_t
scan_get_misses(const struct detector *detector, int kind, uint16_t zone)
{
    const struct scan_detector *scan
        = CONTAINER_OF(detector, struct scan_detector, up);

    return elephant_maps_get_misses(scan->maps, kind, zone);
}

const struct detector_class detector_scan_class = {
    .kind = DETECTOR_SCAN,
    .create = scan_create,
    .destroy = scan_destroy,
    .configure = scan_configure,
    .set_zone = scan_set_zone,
    .is_settled = scan_is_settled,
    .run = scan_run,
    .wait = scan_wait,
    .refresh = scan_refresh,
    .get_blind_spots = scan_get_blind_spots,
    .get_misses = scan_get_misses,
};
