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

/* DETECTOR_HOOK: BPF programs on the functions by which conntrack accounts for
 * packets and deletes entries.
 *
 * Who is an elephant is decided in the kernel, by bpf/elephant.bpf.c, whose
 * head explains it.  This is its other half: it gives the programs zones and
 * thresholds, passes on what they report, and keeps their table of candidates
 * and elephants from filling up. */

#include "detector.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "elephant.h"
#include "elephant.skel.h"
#include "coverage.h"
#include "ct-netlink.h"
#include "detector-provider.h"
#include "hook-loader.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "sat-math.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(detector_hook);

COVERAGE_DEFINE(hook_event);
COVERAGE_DEFINE(hook_event_lost);

/* Flows in the table from which on it is looked through for those that may be
 * forgotten, and how often, in milliseconds. */
#define SWEEP_MIN_FLOWS 4096
#define SWEEP_INTERVAL 5000

#define ACCT_SYSCTL "net.netfilter.nf_conntrack_acct"
#define ACCT_FILE "/proc/sys/net/netfilter/nf_conntrack_acct"

/* A threshold that at least one zone has. */
struct profile {
    struct elephant_threshold threshold;
    unsigned int n_zones;       /* 0 if the profile is not in use. */
};

struct hook_detector {
    struct detector up;
    struct elephant_bpf *skel;
    struct ring_buffer *ring;
    struct profile profiles[ELEPHANT_N_PROFILES]; /* [0] is not used. */

    uint64_t ring_full_seen;    /* 'misses.ring_full' when last looked at. */
    uint64_t unaccounted_seen;  /* Likewise, 'misses.unaccounted_packets'. */
    long long int next_sweep;   /* In time_msec() time. */

    /* Only during detector_run(). */
    detector_cb *cb;
    void *aux;

    struct detector_blind_spot spots[8];
};

static struct hook_detector *
hook_cast(struct detector *detector)
{
    return CONTAINER_OF(detector, struct hook_detector, up);
}

/* Conntrack's accounting. */

/* Returns 1 if conntrack counts packets and bytes for entries that are
 * created, 0 if it does not, -1 if that cannot be told. */
static int
acct_read(void)
{
    int fd = open(ACCT_FILE, O_RDONLY | O_CLOEXEC);
    char c = 0;
    ssize_t n;

    if (fd < 0) {
        return -1;
    }
    n = read(fd, &c, 1);
    close(fd);
    return n == 1 ? c != '0' : -1;
}

/* Has conntrack count packets and bytes from now on, if it does not. */
static void
acct_enable(void)
{
    int fd;

    if (acct_read()) {
        return;
    }

    fd = open(ACCT_FILE, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, "1\n", 2) != 2) {
        VLOG_WARN("cannot set %s=1 (%s): flows have no byte counters, no "
                  "elephant will be found", ACCT_SYSCTL, ovs_strerror(errno));
    } else {
        VLOG_INFO("set %s=1: elephants are found by conntrack's own byte "
                  "counters", ACCT_SYSCTL);
    }
    if (fd >= 0) {
        close(fd);
    }
}

/* Life. */

static int handle_event(void *hook, void *event, size_t size);

static struct detector *
hook_create(char **errorp)
{
    struct hook_detector *hook = xzalloc(sizeof *hook);

    /* This loads the modules, too. */
    detector_get_netlink(&hook->up);

    hook->skel = hook_load(&hook->up.how, errorp);
    if (hook->skel) {
        hook->ring = ring_buffer__new(bpf_map__fd(hook->skel->maps.events),
                                      handle_event, hook, NULL);
        if (!hook->ring) {
            *errorp = xasprintf("cannot map the ring buffer (%s)",
                                ovs_strerror(errno));
        }
    }
    if (!hook->ring) {
        elephant_bpf__destroy(hook->skel);
        ct_netlink_close(hook->up.netlink);
        free(hook->up.how);
        free(hook);
        return NULL;
    }

    acct_enable();
    VLOG_INFO("attached: %s", hook->up.how);
    return &hook->up;
}

static void
hook_destroy(struct detector *detector)
{
    struct hook_detector *hook = hook_cast(detector);

    ring_buffer__free(hook->ring);
    elephant_bpf__destroy(hook->skel);
    free(hook);
}

static void
hook_configure(struct detector *detector,
               const struct detector_options *options)
{
    hook_cast(detector)->skel->bss->track_unassured = options->track_unassured;
}

/* Flows. */

static struct in6_addr
addr_to_in6(const __u32 addr[4], uint16_t l3num)
{
    struct in6_addr in6;

    if (l3num == AF_INET) {
        in6_addr_set_mapped_ipv4(&in6, (OVS_FORCE ovs_be32) addr[0]);
    } else {
        memcpy(&in6, addr, sizeof in6);
    }
    return in6;
}

static struct ct_tuple
tuple_from_elephant(const struct elephant_flow *e)
{
    struct ct_tuple tuple = {
        .src = addr_to_in6(e->src, e->l3num),
        .dst = addr_to_in6(e->dst, e->l3num),
        .nw_proto = e->protonum,
    };

    if (e->protonum == IPPROTO_ICMP || e->protonum == IPPROTO_ICMPV6) {
        uint16_t type_code = ntohs(e->dst_port);

        tuple.icmp_id = ntohs(e->src_port);
        tuple.icmp_type = type_code >> 8;
        tuple.icmp_code = type_code & 0xff;
    } else {
        tuple.src_port = (OVS_FORCE ovs_be16) e->src_port;
        tuple.dst_port = (OVS_FORCE ovs_be16) e->dst_port;
    }
    return tuple;
}

static struct ct_flow
flow_from_elephant(uint64_t id, const struct elephant_flow *e)
{
    return (struct ct_flow) {
        .id = id,
        .tuple = tuple_from_elephant(e),
        .bytes = { e->bytes[0], e->bytes[1] },
        .packets = { e->packets[0], e->packets[1] },
        .mark = e->mark,
        .zone = e->zone,
        .created = e->first_ns / 1000000,
        .last_fast = e->fast_ns / 1000000,
        .rate = e->rate,
    };
}

/* Thresholds. */

/* Returns how many bytes a flow moves between two looks at it. */
static uint64_t
threshold_get_chunk(const struct elephant_threshold *t)
{
    /* At the threshold's rate a chunk takes a second at most, unless that were
     * less than some packets, and always half the hold time at most. */
    uint64_t limit = MIN(t->bytes / 8, MAX(t->rate / 8, 4096));
    unsigned int hold = MAX(t->hold, 1);

    if (t->rate < UINT64_MAX / hold) {
        limit = MIN(limit, t->rate * hold / 16);
    }
    return limit ? UINT64_C(1) << log_2_floor(limit) : 1;
}

static void
profile_init(struct elephant_profile *p, const struct elephant_threshold *t)
{
    uint64_t chunk = threshold_get_chunk(t);
    uint64_t offset = chunk + (chunk - t->bytes % chunk);
    uint64_t margin = MIN(chunk / 16, 4096);

    *p = (struct elephant_profile) {
        .offset_before = offset - margin,
        .low = chunk - 1,
        .limit = chunk - 1 - margin,
        .offset = offset,
        .bytes = t->bytes,
        .rate = t->rate,
        .hold_ns = t->hold * UINT64_C(1000000000),
        .chunk = chunk,
    };
}

static bool
threshold_equals(const struct elephant_threshold *a,
                 const struct elephant_threshold *b)
{
    return a->bytes == b->bytes && a->rate == b->rate && a->hold == b->hold;
}

/* Returns the index of the profile with 'threshold', which is made if there is
 * none, or 0 if there are too many. */
static unsigned int
find_profile(struct hook_detector *hook,
             const struct elephant_threshold *threshold)
{
    unsigned int unused = 0;

    for (unsigned int i = 1; i < ELEPHANT_N_PROFILES; i++) {
        const struct profile *p = &hook->profiles[i];

        if (!p->n_zones) {
            unused = unused ? unused : i;
        } else if (threshold_equals(&p->threshold, threshold)) {
            return i;
        }
    }
    if (unused) {
        hook->profiles[unused].threshold = *threshold;
        profile_init(&hook->skel->bss->profiles[unused], threshold);
    }
    return unused;
}

/* The table of candidates and elephants. */

/* Says what to do with an entry. */
typedef bool should_delete_cb(struct hook_detector *, uint64_t id,
                              const struct elephant_flow *);

/* Calls 'cb' for each entry of the table and deletes those for which it
 * returns true. */
static void
walk_flows(struct hook_detector *hook, should_delete_cb *cb)
{
    int fd = bpf_map__fd(hook->skel->maps.flows);
    enum { BATCH = 1024 };
    struct elephant_flow *values = xmalloc(BATCH * sizeof *values);
    __u64 *keys = xmalloc(BATCH * sizeof *keys);
    uint32_t position = 0;
    bool first = true;
    int error;

    do {
        __u32 n = BATCH;

        error = -bpf_map_lookup_batch(fd, first ? NULL : &position, &position,
                                      keys, values, &n, NULL);
        if (error && error != ENOENT) {
            VLOG_WARN("cannot read the table of flows (%s)",
                      ovs_strerror(error));
            break;
        }
        for (size_t i = 0; i < n; i++) {
            if (cb(hook, keys[i], &values[i])
                && !bpf_map_delete_elem(fd, &keys[i])) {
                __atomic_sub_fetch(&hook->skel->bss->n_flows, 1,
                                   __ATOMIC_RELAXED);
            }
        }
        first = false;
    } while (!error);

    free(keys);
    free(values);
}

static const struct elephant_profile *
get_profile(const struct hook_detector *hook, uint16_t zone)
{
    const struct elephant_bpf__bss *bss = hook->skel->bss;

    return bss->zones[zone] ? &bss->profiles[bss->zones[zone]] : NULL;
}

static bool
is_of_foreign_zone(struct hook_detector *hook, uint64_t id OVS_UNUSED,
                   const struct elephant_flow *e)
{
    return !get_profile(hook, e->zone);
}

/* Returns true if 'e' says nothing that its next boundary would not say
 * without it: a candidate whose present chunk has taken too long for the
 * threshold's rate already, or an elephant that ceased to be one long ago. */
static bool
is_slow(struct hook_detector *hook, uint64_t id OVS_UNUSED,
        const struct elephant_flow *e)
{
    const struct elephant_profile *p = get_profile(hook, e->zone);
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

static bool
report_elephant(struct hook_detector *hook, uint64_t id,
                const struct elephant_flow *e)
{
    const struct elephant_profile *p = get_profile(hook, e->zone);
    uint64_t now = time_msec() * UINT64_C(1000000);

    if (p && e->elephant && now < e->fast_ns + p->hold_ns) {
        struct ct_flow flow = flow_from_elephant(id, e);

        hook->cb(DETECTOR_ELEPHANT, &flow, hook->aux);
    }
    return false;
}

/* Zones. */

static int
hook_set_zone(struct detector *detector, uint16_t zone,
              const struct elephant_threshold *threshold)
{
    struct hook_detector *hook = hook_cast(detector);
    struct elephant_bpf__bss *bss = hook->skel->bss;
    unsigned int old = bss->zones[zone];
    unsigned int new = 0;

    if (threshold) {
        new = find_profile(hook, threshold);
        if (!new) {
            return ENOSPC;
        }
    }
    if (new != old) {
        hook->profiles[new].n_zones += new != 0;
        hook->profiles[old].n_zones -= old != 0;

        /* The programs may see the index from here on, hence the profile. */
        __atomic_store_n(&bss->zones[zone], new, __ATOMIC_RELEASE);
        if (!new) {
            walk_flows(hook, is_of_foreign_zone);
        }
    }
    return 0;
}

/* Events. */

static int
handle_event(void *hook_, void *event_, size_t size)
{
    const struct elephant_event *event = event_;
    struct hook_detector *hook = hook_;

    if (size >= sizeof *event) {
        struct ct_flow flow = flow_from_elephant(event->id, &event->flow);

        COVERAGE_INC(hook_event);
        hook->cb(event->type == ELEPHANT_GONE
                 ? DETECTOR_GONE : DETECTOR_ELEPHANT, &flow, hook->aux);
    }
    return 0;
}

/* Returns true if '*counter' has grown since this was last asked about
 * it, and stores by how much in '*delta'. */
static bool
has_grown(const __u64 *counter, uint64_t *seen, uint64_t *delta)
{
    uint64_t now = __atomic_load_n(counter, __ATOMIC_RELAXED);

    *delta = now - *seen;
    *seen = now;
    return *delta != 0;
}

static void
hook_run(struct detector *detector, detector_cb *cb, void *aux)
{
    struct hook_detector *hook = hook_cast(detector);
    struct elephant_misses *misses = &hook->skel->bss->misses;
    uint64_t delta;

    hook->cb = cb;
    hook->aux = aux;
    ring_buffer__consume(hook->ring);
    if (has_grown(&misses->ring_full, &hook->ring_full_seen, &delta)) {
        COVERAGE_ADD(hook_event_lost, delta);
        cb(DETECTOR_LOST, NULL, aux);
        walk_flows(hook, report_elephant);
    }
    hook->cb = NULL;
    hook->aux = NULL;

    if (has_grown(&misses->unaccounted_packets, &hook->unaccounted_seen,
                  &delta)) {
        /* Perhaps someone switched it off. */
        acct_enable();
    }
    if (hook->skel->bss->n_flows >= SWEEP_MIN_FLOWS
        && time_msec() >= hook->next_sweep) {
        walk_flows(hook, is_slow);
        hook->next_sweep = time_msec() + SWEEP_INTERVAL;
    }
}

static void
hook_wait(struct detector *detector)
{
    struct hook_detector *hook = hook_cast(detector);

    poll_fd_wait(ring_buffer__epoll_fd(hook->ring), POLLIN);
    if (hook->skel->bss->n_flows >= SWEEP_MIN_FLOWS) {
        poll_timer_wait_until(hook->next_sweep);
    }
}

/* Questions. */

/* Returns the rate of 'flow', an elephant whose latest chunk ended as 'e'
 * says: that of the chunk, unless the present chunk already shows less. */
static uint64_t
estimate_rate(const struct ct_flow *flow, const struct elephant_flow *e)
{
    long long int elapsed = time_msec() - (long long int) (e->boundary_ns
                                                           / 1000000);
    uint64_t moved = (flow->bytes[0] + flow->bytes[1]
                      - e->bytes[0] - e->bytes[1]);

    if (elapsed >= 1000) {
        return MIN(e->rate, moved * 8000 / elapsed);
    }
    return e->rate;
}

static bool
hook_refresh(struct detector *detector, struct ct_flow *flow)
{
    struct hook_detector *hook = hook_cast(detector);
    int fd = bpf_map__fd(hook->skel->maps.flows);
    struct elephant_flow e;
    struct ct_tuple tuple;
    __u64 id = flow->id;

    if (bpf_map_lookup_elem(fd, &id, &e)) {
        return false;
    }
    tuple = tuple_from_elephant(&e);
    if (!e.elephant || e.zone != flow->zone
        || !ct_tuple_equals(&tuple, &flow->tuple)) {
        return false;
    }

    *flow = flow_from_elephant(id, &e);
    if (detector->netlink) {
        if (ct_netlink_get(detector->netlink, flow) == ENOENT) {
            return false;
        }
        flow->rate = estimate_rate(flow, &e);
    }
    return true;
}

static size_t
hook_get_blind_spots(struct detector *detector,
                     const struct detector_blind_spot **spots)
{
    struct hook_detector *hook = hook_cast(detector);
    const struct elephant_misses *misses = &hook->skel->bss->misses;
    const struct detector_blind_spot all[] = {
        { "ring-buffer-full",
          "events that did not fit; the picture was taken anew",
          misses->ring_full },
        { "table-full",
          "flows that could not be watched because too many are",
          misses->table_full },
        { "table-error",
          "flows that could not be watched for want of memory",
          misses->table_error },
        { "no-accounting",
          "packets of connections that began while conntrack did not count",
          misses->unaccounted_packets },
        { "one-way-bytes",
          "bytes of flows that would be elephants if they were answered",
          misses->unassured_bytes },
        { "crossing-missed",
          "flows that crossed the threshold unseen and ended",
          misses->crossings },
    };

    BUILD_ASSERT_DECL(sizeof all <= sizeof hook->spots);
    memcpy(hook->spots, all, sizeof all);
    *spots = hook->spots;
    return ARRAY_SIZE(all);
}

const struct detector_class detector_hook_class = {
    .kind = DETECTOR_HOOK,
    .create = hook_create,
    .destroy = hook_destroy,
    .configure = hook_configure,
    .set_zone = hook_set_zone,
    .run = hook_run,
    .wait = hook_wait,
    .refresh = hook_refresh,
    .get_blind_spots = hook_get_blind_spots,
};
