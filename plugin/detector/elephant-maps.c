/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "detector/elephant-maps.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conntrack/ct-netlink.h"
#include "detector/threshold.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(elephant_maps);

/* A threshold that at least one zone has. */
struct profile {
    struct elephant_threshold threshold;
    unsigned int n_zones;       /* 0 if the profile is not in use. */
};

struct elephant_maps {
    struct elephant_vars vars;
    struct profile profiles[ELEPHANT_N_PROFILES]; /* [0] is not used. */
    int more_flows;             /* Map with room for more flows than fit into
                                 * 'vars.flows', or -1. */
    long long int next_try;     /* To make that map, in time_msec() time, after
                                 * it failed. */
};

struct elephant_maps *
elephant_maps_create(const struct elephant_vars *vars)
{
    struct elephant_maps *t = xzalloc(sizeof *t);

    t->vars = *vars;
    t->more_flows = -1;
    return t;
}

void
elephant_maps_destroy(struct elephant_maps *t)
{
    if (t) {
        if (t->more_flows >= 0) {
            close(t->more_flows);
        }
        free(t);
    }
}

/* 'more_flows' gets another inner map, instead of other flags for the one that
 * it has, since bpf_map__set_map_flags() crashes on an inner map from libbpf
 * 1.4 on. */
int
elephant_maps_preallocate(struct bpf_map *flows, struct bpf_map *more_flows)
{
    const struct bpf_map *inner = bpf_map__inner_map(more_flows);
    int fd = bpf_map_create(bpf_map__type(inner), NULL,
                            bpf_map__key_size(inner),
                            bpf_map__value_size(inner),
                            bpf_map__max_entries(inner), NULL);

    if (fd >= 0) {
        bpf_map__set_map_flags(flows, 0);
        bpf_map__set_inner_map_fd(more_flows, fd);
    }
    return fd;
}

/* Creates a map like 'model', with room for 'max_entries'.  Returns its file
 * descriptor or a negative errno. */
static int
create_like(int model, unsigned int max_entries)
{
    LIBBPF_OPTS(bpf_map_create_opts, opts);
    struct bpf_map_info info = { .type = 0 };
    __u32 len = sizeof info;
    int error, fd;

    error = bpf_obj_get_info_by_fd(model, &info, &len);
    if (error) {
        return error;
    }
    opts.map_flags = info.map_flags;

    /* Linux 6.1 does not accept a map with BTF types in place of one without
     * them, such as the inner map of elephant_maps_preallocate(). */
    opts.btf_fd = (info.map_flags & BPF_F_NO_PREALLOC
                   ? bpf_btf_get_fd_by_id(info.btf_id) : -1);
    if ((int) opts.btf_fd >= 0) {
        opts.btf_key_type_id = info.btf_key_type_id;
        opts.btf_value_type_id = info.btf_value_type_id;
    } else {
        opts.btf_fd = 0;
    }
    fd = bpf_map_create(info.type, info.name, info.key_size, info.value_size,
                        max_entries, &opts);
    if (opts.btf_fd) {
        close(opts.btf_fd);
    }
    return fd;
}

/* Gives the programs a second map of flows.  Returns 0 or a positive errno. */
static int
add_map(struct elephant_maps *t)
{
    int fd = create_like(t->vars.flows,
                         ELEPHANT_MAX_FLOWS - ELEPHANT_FEW_FLOWS);
    const __u32 first = 0;
    int error;

    if (fd < 0) {
        return -fd;
    }
    error = -bpf_map_update_elem(t->vars.more_flows, &first, &fd, BPF_ANY);
    if (error) {
        close(fd);
    } else {
        t->more_flows = fd;
    }
    return error;
}

void
elephant_maps_run(struct elephant_maps *t)
{
    if (*t->vars.n_flows >= ELEPHANT_CROWD && t->more_flows < 0
        && time_msec() >= t->next_try) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);
        int error = add_map(t);

        if (error) {
            VLOG_WARN_RL(&rl, "cannot make room for more than %d flows (%s)",
                         ELEPHANT_FEW_FLOWS, ovs_strerror(error));
            t->next_try = time_msec() + 1000;
        }
    }
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
        .is_ipv6 = e->l3num == AF_INET6,
    };

    if (e->protonum == IPPROTO_ICMP || e->protonum == IPPROTO_ICMPV6) {
        uint16_t type_code = ntohs((OVS_FORCE ovs_be16) e->dst_port);

        tuple.icmp_id = ntohs((OVS_FORCE ovs_be16) e->src_port);
        tuple.icmp_type = type_code >> 8;
        tuple.icmp_code = type_code & 0xff;
    } else {
        tuple.src_port = (OVS_FORCE ovs_be16) e->src_port;
        tuple.dst_port = (OVS_FORCE ovs_be16) e->dst_port;
    }
    return tuple;
}

bool
elephant_event_report(const void *event_, size_t size, detector_cb *cb,
                      void *aux)
{
    const struct elephant_event *event = event_;
    struct ct_flow flow;

    if (size < sizeof *event || event->type == ELEPHANT_CROWDED) {
        return false;
    }
    flow = ct_flow_from_elephant(event->id, &event->flow);
    cb(event->type == ELEPHANT_GONE ? DETECTOR_GONE : DETECTOR_ELEPHANT, &flow,
       aux);
    return true;
}

struct ct_flow
ct_flow_from_elephant(uint64_t id, const struct elephant_flow *e)
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

/* Returns the size of a chunk, in bytes, for threshold 't': a power of 2. */
static uint64_t
threshold_get_chunk(const struct elephant_threshold *t)
{
    /* At the threshold's rate a chunk takes a second at most, unless that is
     * less than 4096 bytes, which is a few packets, and always half the hold
     * time at most. */
    uint64_t limit = MIN(t->bytes / 8, MAX(t->rate / 8, 4096));
    unsigned int hold = MAX(t->hold, 1);

    if (t->rate < UINT64_MAX / hold) {
        limit = MIN(limit, t->rate * hold / 16);
    }
    limit = MIN(limit, ELEPHANT_MAX_CHUNK);
    return limit ? UINT64_C(1) << log_2_floor(limit) : 1;
}

static void
profile_init(struct elephant_profile *p, const struct elephant_threshold *t)
{
    uint64_t chunk = threshold_get_chunk(t);

    /* How far behind a boundary a packet is still taken to have crossed it:
     * see 'position' in struct elephant_profile. */
    uint64_t margin = MAX(1, MIN(chunk / 16, 4096));

    *p = (struct elephant_profile) {
        .offset = chunk - t->bytes % chunk,
        .position = (chunk - 1) & ~(margin - 1),
        .chunk = chunk,
        .bytes = t->bytes,
        .rate = t->rate,
        .hold_ns = t->hold * UINT64_C(1000000000),
    };
}

/* Returns the index of the profile with 'threshold', which is made if there is
 * none, or 0 if there are too many. */
static unsigned int
find_profile(struct elephant_maps *t,
             const struct elephant_threshold *threshold)
{
    unsigned int unused = 0;

    for (unsigned int i = 1; i < ELEPHANT_N_PROFILES; i++) {
        const struct profile *p = &t->profiles[i];

        if (!p->n_zones) {
            unused = unused ? unused : i;
        } else if (elephant_threshold_equals(&p->threshold, threshold)) {
            return i;
        }
    }
    if (unused) {
        t->profiles[unused].threshold = *threshold;
        profile_init(&t->vars.profiles[unused], threshold);
    }
    return unused;
}

/* Zones. */

const struct elephant_profile *
elephant_maps_get_profile(const struct elephant_maps *t, uint16_t zone)
{
    unsigned int profile = t->vars.zones[zone];

    return profile ? &t->vars.profiles[profile] : NULL;
}

uint64_t
elephant_maps_get_misses(const struct elephant_maps *t,
                         enum elephant_miss kind, uint16_t zone)
{
    const __u32 key = ELEPHANT_MISS_KEY(kind, zone);
    __u64 n;

    return bpf_map_lookup_elem(t->vars.zone_misses, &key, &n) ? 0 : n;
}

void
elephant_maps_forget_misses(struct elephant_maps *t, enum elephant_miss kind)
{
    __u32 key, next;
    bool more = !bpf_map_get_next_key(t->vars.zone_misses, NULL, &next);

    for (size_t i = 0; more && i < ELEPHANT_MAX_MISSES; i++) {
        key = next;
        more = !bpf_map_get_next_key(t->vars.zone_misses, &key, &next);
        if (key >> 16 == kind) {
            bpf_map_delete_elem(t->vars.zone_misses, &key);
        }
    }
}

/* Forgets what was counted in 'zone' while another container had it. */
static void
forget_misses_of_zone(struct elephant_maps *t, uint16_t zone)
{
    for (int kind = ELEPHANT_MISS_NONE + 1; kind < ELEPHANT_N_MISSES; kind++) {
        const __u32 key = ELEPHANT_MISS_KEY(kind, zone);

        bpf_map_delete_elem(t->vars.zone_misses, &key);
    }
}

static bool
is_of_foreign_zone(uint64_t id OVS_UNUSED, const struct elephant_flow *e,
                   void *t)
{
    return !elephant_maps_get_profile(t, e->zone);
}

int
elephant_maps_set_zone(struct elephant_maps *t, uint16_t zone,
                       const struct elephant_threshold *threshold)
{
    unsigned int old = t->vars.zones[zone];
    unsigned int new = 0;

    if (threshold) {
        new = find_profile(t, threshold);
        if (!new) {
            return ENOSPC;
        }
    }
    if (new && !old) {
        forget_misses_of_zone(t, zone);
    }
    if (new != old) {
        t->profiles[new].n_zones += new != 0;
        t->profiles[old].n_zones -= old != 0;

        /* Programs that see the index must see the profile as it is now. */
        __atomic_store_n(&t->vars.zones[zone], new, __ATOMIC_RELEASE);

        /* Avoids the walk, which takes long, in the usual case. */
        if (!new && __atomic_load_n(t->vars.n_flows, __ATOMIC_RELAXED) > 0) {
            elephant_maps_walk(t, is_of_foreign_zone, t);
        }
    }
    return 0;
}

/* The table of candidates and elephants. */

/* Walks the flows in map 'fd' as elephant_maps_walk() says. */
static void
walk_map(struct elephant_maps *t, int fd, elephant_maps_cb *cb, void *aux)
{
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
            if (cb(keys[i], &values[i], aux)
                && !bpf_map_delete_elem(fd, &keys[i])) {
                __atomic_sub_fetch(t->vars.n_flows, 1, __ATOMIC_RELAXED);
                __atomic_sub_fetch(&t->vars.n_zone_flows[values[i].zone], 1,
                                   __ATOMIC_RELAXED);
            }
        }
        first = false;
    } while (!error);

    free(keys);
    free(values);
}

void
elephant_maps_walk(struct elephant_maps *t, elephant_maps_cb *cb, void *aux)
{
    walk_map(t, t->vars.flows, cb, aux);
    if (t->more_flows >= 0) {
        walk_map(t, t->more_flows, cb, aux);
    }
}

/* Stores the flow with 'id' in '*e'.  Returns false if there is none. */
static bool
find_flow(const struct elephant_maps *t, __u64 id, struct elephant_flow *e)
{
    return (!bpf_map_lookup_elem(t->vars.flows, &id, e)
            || (t->more_flows >= 0
                && !bpf_map_lookup_elem(t->more_flows, &id, e)));
}

struct report_context {
    const struct elephant_maps *maps;
    detector_cb *cb;
    void *aux;
};

static bool
report_elephant(uint64_t id, const struct elephant_flow *e, void *context_)
{
    const struct report_context *context = context_;
    const struct elephant_profile *p
        = elephant_maps_get_profile(context->maps, e->zone);
    uint64_t now = time_msec() * UINT64_C(1000000);

    if (p && e->elephant && now < e->fast_ns + p->hold_ns) {
        struct ct_flow flow = ct_flow_from_elephant(id, e);

        context->cb(DETECTOR_ELEPHANT, &flow, context->aux);
    }
    return false;
}

void
elephant_maps_report(struct elephant_maps *t, detector_cb *cb, void *aux)
{
    struct report_context context = { t, cb, aux };

    elephant_maps_walk(t, report_elephant, &context);
}

/* Returns the rate of 'flow', an elephant whose latest chunk ended as 'e'
 * says: that of the chunk, unless the present chunk already shows less. */
static uint64_t
estimate_rate(const struct ct_flow *flow, const struct elephant_flow *e)
{
    long long int elapsed = time_msec() - (long long int) (e->boundary_ns
                                                           / 1000000);
    uint64_t moved = (flow->bytes[0] + flow->bytes[1]
                      - e->bytes[0] - e->bytes[1]);

    /* In less than a second, a few packets say little. */
    if (elapsed >= 1000) {
        return MIN(e->rate, moved * 8000 / elapsed);
    }
    return e->rate;
}

bool
elephant_maps_refresh(const struct elephant_maps *t,
                      struct ct_netlink *netlink, struct ct_flow *flow)
{
    struct elephant_flow e;
    struct ct_tuple tuple;
    __u64 id = flow->id;

    if (!find_flow(t, id, &e)) {
        return false;
    }
    tuple = tuple_from_elephant(&e);
    if (!e.elephant || e.zone != flow->zone
        || !ct_tuple_equals(&tuple, &flow->tuple)) {
        return false;
    }

    *flow = ct_flow_from_elephant(id, &e);
    if (netlink) {
        if (ct_netlink_get(netlink, flow) == ENOENT) {
            return false;
        }
        flow->rate = estimate_rate(flow, &e);
    }
    return true;
}
