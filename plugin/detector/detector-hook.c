/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* DETECTOR_HOOK: BPF programs on the functions by which conntrack accounts for
 * packets and destroys entries.
 *
 * What is an elephant is decided in the kernel, by bpf/elephant.bpf.c, whose
 * head explains it.  This is its other half: it passes on what the programs
 * report, reports all elephants again when reports were lost, and keeps their
 * table of candidates and elephants from filling up. */

#include "detector/detector.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>

#include "bpf/elephant.h"
#include "bpf/elephant.skel.h"
#include "conntrack/ct-netlink.h"
#include "conntrack/ct-sysctl.h"
#include "coverage.h"
#include "detector/detector-hook-loader.h"
#include "detector/detector-provider.h"
#include "detector/elephant-maps.h"
#include "detector/hook-links.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(detector_hook);

COVERAGE_DEFINE(hook_event);
COVERAGE_DEFINE(hook_event_lost);
COVERAGE_DEFINE(hook_sweep);
COVERAGE_DEFINE(hook_table_full);

/* How often a table with ELEPHANT_CROWD flows or more is searched for flows
 * that may be forgotten, in milliseconds: more often when it is full. */
#define SWEEP_INTERVAL 5000
#define SWEEP_INTERVAL_FULL 1000

struct hook_detector {
    struct detector up;
    struct elephant_bpf *skel;
    struct elephant_maps *maps;
    struct ring_buffer *ring;

    /* Members of 'skel->bss->misses', as they were when last looked at. */
    uint64_t ring_full_seen;
    uint64_t table_full_seen;
    uint64_t unaccounted_seen;

    struct hook_links *links;   /* Attaches and detaches the programs. */

    long long int last_sweep;   /* In time_msec() time. */
    long long int settled_at;   /* Likewise, when hook_is_settled(). */

    /* Only during detector_run(). */
    detector_cb *cb;
    void *aux;
};

static struct hook_detector *
hook_cast(struct detector *detector)
{
    return CONTAINER_OF(detector, struct hook_detector, up);
}

/* Creation and configuration. */

static int handle_event(void *hook, void *event, size_t size);

/* Creates what 'hook' needs besides the loaded programs.  Returns 0 or a
 * positive errno. */
static int
prepare(struct hook_detector *hook)
{
    struct elephant_bpf__bss *bss = hook->skel->bss;
    const struct elephant_vars vars = {
        .flows = bpf_map__fd(hook->skel->maps.flows),
        .more_flows = bpf_map__fd(hook->skel->maps.more_flows),
        .zone_misses = bpf_map__fd(hook->skel->maps.zone_misses),
        .zones = bss->zones,
        .profiles = bss->profiles,
        .n_flows = &bss->n_flows,
        .n_zone_flows = bss->n_zone_flows,
    };

    hook->ring = ring_buffer__new(bpf_map__fd(hook->skel->maps.events),
                                  handle_event, hook, NULL);
    if (!hook->ring) {
        return errno;
    }
    hook->maps = elephant_maps_create(&vars);
    hook->links = hook_links_create(hook->skel);
    return 0;
}

static void
hook_destroy(struct detector *detector)
{
    struct hook_detector *hook = hook_cast(detector);

    hook_links_destroy(hook->links);
    elephant_maps_destroy(hook->maps);
    ring_buffer__free(hook->ring);
    elephant_bpf__destroy(hook->skel);
    free(hook);
}

static struct detector *
hook_create(char **errorp)
{
    struct hook_detector *hook = xzalloc(sizeof *hook);

    /* Makes the kernel load its modules, too. */
    detector_get_netlink(&hook->up);

    hook->skel = hook_load(&hook->up.how, errorp);
    if (hook->skel) {
        int error = prepare(hook);

        if (!error) {
            ct_sysctl_enable_acct();
            return &hook->up;
        }
        *errorp = xasprintf("cannot map the ring buffer (%s)",
                            ovs_strerror(error));
    }
    ct_netlink_close(hook->up.netlink);
    free(hook->up.how);
    hook_destroy(&hook->up);
    return NULL;
}

static void
hook_configure(struct detector *detector,
               const struct detector_options *options)
{
    hook_cast(detector)->skel->bss->track_unassured = options->track_unassured;
}

static int
hook_set_zone(struct detector *detector, uint16_t zone,
              const struct elephant_threshold *threshold)
{
    struct hook_detector *hook = hook_cast(detector);
    bool is_new = !elephant_maps_get_profile(hook->maps, zone);
    int error = elephant_maps_set_zone(hook->maps, zone, threshold);

    if (is_new && threshold && !error) {
        const struct elephant_profile *p
            = elephant_maps_get_profile(hook->maps, zone);

        /* The rate of a flow is first measured over a chunk whose beginning
         * the programs have seen, which may take two chunks.  Another second
         * is for the way of the event from the kernel to here. */
        hook->settled_at = MAX(hook->settled_at,
                               time_msec() + 2 * p->chunk * 8e3 / p->rate
                               + 1000);
    }
    return error;
}

static void
hook_set_idle(struct detector *detector, bool idle)
{
    hook_links_set_wanted(hook_cast(detector)->links, !idle);
}

static bool
hook_is_awake(const struct detector *detector)
{
    const struct hook_detector *hook
        = CONTAINER_OF(detector, struct hook_detector, up);

    return hook_links_are_attached(hook->links);
}

static bool
hook_is_settled(const struct detector *detector)
{
    const struct hook_detector *hook
        = CONTAINER_OF(detector, struct hook_detector, up);

    return time_msec() >= hook->settled_at;
}

static bool
hook_has_failed(const struct detector *detector OVS_UNUSED)
{
    return hook_is_off();
}

/* The table of flows. */

/* Returns true if 'e' may be forgotten, since its next boundary would make the
 * same of it: a candidate whose present chunk has already taken too long for
 * the threshold's rate, or a flow that has not been an elephant for 5 seconds.
 *
 * If the flow turns into an elephant between the look at it and its deletion,
 * it will be reported again two chunks later. */
static bool
is_slow(uint64_t id OVS_UNUSED, const struct elephant_flow *e, void *maps)
{
    const struct elephant_profile *p = elephant_maps_get_profile(maps,
                                                                 e->zone);
    uint64_t now = time_msec() * UINT64_C(1000000);

    if (!p) {
        return true;
    } else if (e->elephant) {
        return now > e->fast_ns + p->hold_ns + UINT64_C(5000000000);
    } else {
        double chunk_ns = p->chunk * 8e9 / p->rate;

        return now > e->boundary_ns && now - e->boundary_ns > 2 * chunk_ns;
    }
}

/* Returns when the table must be searched next for flows that may be
 * forgotten, in time_msec() time; LLONG_MAX for never. */
static long long int
next_sweep(const struct hook_detector *hook)
{
    int64_t n_flows = hook->skel->bss->n_flows;

    return (n_flows < ELEPHANT_CROWD ? LLONG_MAX
            : hook->last_sweep + (n_flows < ELEPHANT_MAX_FLOWS
                                  ? SWEEP_INTERVAL : SWEEP_INTERVAL_FULL));
}

static void
sweep(struct hook_detector *hook)
{
    COVERAGE_INC(hook_sweep);
    elephant_maps_walk(hook->maps, is_slow, hook->maps);
    hook->last_sweep = time_msec();
}

/* Events. */

static int
handle_event(void *hook_, void *event, size_t size)
{
    struct hook_detector *hook = hook_;

    if (elephant_event_report(event, size, hook->cb, hook->aux)) {
        COVERAGE_INC(hook_event);
    }
    return 0;
}

/* Returns by how much '*counter' has grown since it was '*seen', which is
 * brought up to date. */
static uint64_t
growth(const __u64 *counter, uint64_t *seen)
{
    uint64_t now = __atomic_load_n(counter, __ATOMIC_RELAXED);
    uint64_t delta = now - *seen;

    *seen = now;
    return delta;
}

static void
hook_run(struct detector *detector, detector_cb *cb, void *aux)
{
    struct hook_detector *hook = hook_cast(detector);
    struct elephant_misses *misses = &hook->skel->bss->misses;
    uint64_t lost, not_watched;

    hook->cb = cb;
    hook->aux = aux;
    ring_buffer__consume(hook->ring);
    lost = growth(&misses->ring_full, &hook->ring_full_seen);
    if (lost) {
        COVERAGE_ADD(hook_event_lost, lost);
        cb(DETECTOR_LOST, NULL, aux);
        elephant_maps_report(hook->maps, cb, aux);
    }
    hook->cb = NULL;
    hook->aux = NULL;

    if (growth(&misses->unaccounted_packets, &hook->unaccounted_seen)) {
        detector_note_uncounted(detector);
    }
    not_watched = growth(&misses->table_full, &hook->table_full_seen);
    if (not_watched) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);

        COVERAGE_ADD(hook_table_full, not_watched);

        /* A flow that is still fast when there is room becomes a candidate at
         * its next boundary and an elephant at the one after that: within two
         * seconds, at the threshold's rate. */
        VLOG_WARN_RL(&rl, "too many flows may be elephants: some were not "
                     "watched for a while");
    }
    if (hook_links_run(hook->links, time_msec())
        || time_msec() >= next_sweep(hook)) {
        /* While the programs were detached, they missed which entries were
         * destroyed. */
        sweep(hook);
    }
    elephant_maps_run(hook->maps);
}

static void
hook_wait(struct detector *detector)
{
    struct hook_detector *hook = hook_cast(detector);

    poll_fd_wait(ring_buffer__epoll_fd(hook->ring), POLLIN);
    poll_timer_wait_until(next_sweep(hook));
    hook_links_wait(hook->links);
}

/* Questions. */

static bool
hook_refresh(struct detector *detector, struct ct_flow *flow)
{
    return elephant_maps_refresh(hook_cast(detector)->maps,
                                 detector->netlink, flow);
}

/* Returns how often the kernel did not run one of the programs because the
 * same program was interrupted on that processor. */
static uint64_t
count_recursions(const struct hook_detector *hook)
{
    struct bpf_program *program;
    uint64_t n = 0;

    bpf_object__for_each_program (program, hook->skel->obj) {
        struct bpf_prog_info info = { .type = 0 };
        __u32 len = sizeof info;
        int fd = bpf_program__fd(program);

        if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len)) {
            n += info.recursion_misses;
        }
    }
    return n;
}

static size_t
hook_get_blind_spots(struct detector *detector,
                     const struct detector_blind_spot **spots)
{
    struct hook_detector *hook = hook_cast(detector);
    const struct elephant_misses *misses = &hook->skel->bss->misses;
    const struct detector_blind_spot own[] = {
        { "ring-buffer-full",
          "events that did not fit; all flows were read again",
          misses->ring_full, ELEPHANT_MISS_RING_FULL },
        { "table-full",
          "flows that could not be watched because too many are",
          misses->table_full, ELEPHANT_MISS_TABLE_FULL },
        { "table-error",
          "flows that could not be watched for want of memory",
          misses->table_error, ELEPHANT_MISS_TABLE_ERROR },
        { "no-accounting",
          "packets of connections that began while conntrack did not count",
          misses->unaccounted_packets, ELEPHANT_MISS_UNACCOUNTED },
        { "one-way-bytes",
          "bytes of flows that would be elephants if they were answered",
          misses->unassured_bytes, ELEPHANT_MISS_UNASSURED },
        { "crossing-missed",
          "flows that crossed the threshold unseen and ended",
          misses->crossings, ELEPHANT_MISS_CROSSING },
        { "program-interrupted",
          "packets or ends of connections that came while our program was "
          "interrupted",
          count_recursions(hook), ELEPHANT_MISS_NONE },
    };

    return detector_share_blind_spots(detector, own, ARRAY_SIZE(own), spots);
}

static uint64_t
hook_get_misses(const struct detector *detector, int kind, uint16_t zone)
{
    const struct hook_detector *hook
        = CONTAINER_OF(detector, struct hook_detector, up);

    return elephant_maps_get_misses(hook->maps, kind, zone);
}

const struct detector_class detector_hook_class = {
    .kind = DETECTOR_HOOK,
    .create = hook_create,
    .destroy = hook_destroy,
    .configure = hook_configure,
    .set_zone = hook_set_zone,
    .set_idle = hook_set_idle,
    .is_awake = hook_is_awake,
    .is_settled = hook_is_settled,
    .has_failed = hook_has_failed,
    .run = hook_run,
    .wait = hook_wait,
    .refresh = hook_refresh,
    .get_blind_spots = hook_get_blind_spots,
    .get_misses = hook_get_misses,
};
