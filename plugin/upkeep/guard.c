/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "upkeep/guard.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>

#include "addresses/addr-index.h"
#include "bitmap.h"
#include "conntrack/ct-dump.h"
#include "conntrack/ct-flush.h"
#include "conntrack/ct-sysctl.h"
#include "conntrack/ct-zone.h"
#include "coverage.h"
#include "footprint/attribution.h"
#include "lib/printable.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovsdb/footprint-keys.h"
#include "topology/port.h"
#include "topology/topology.h"
#include "upkeep/guard-policy.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(guard);

COVERAGE_DEFINE(guard_look);
COVERAGE_DEFINE(guard_sample);

/* Entries that a sample should have.  A zone with a tenth of the table has a
 * tenth of these, give or take a tenth of that (the standard deviation).  A
 * larger sample would take longer to read, while the table goes on filling. */
#define SAMPLE_SIZE 1024

/* In milliseconds: how long to wait for withdrawn flows to be removed before
 * the entries that they made are deleted, and between two rounds of
 * deleting. */
#define FLUSH_PATIENCE 2000
#define FLUSH_PAUSE 500

/* The most rounds, each of which finds the entries that were made during the
 * one before. */
#define FLUSH_ROUNDS 10

/* The most addresses of withdrawn containers that are remembered.  Only a
 * container that forges addresses has more than a few. */
#define MAX_WITHDRAWN_ADDRS 4096

struct guard {
    struct guard_policy *policy;
    struct ct_dump *dump;       /* For samples; null until first needed. */
    struct guard_table table;   /* As last read. */
    bool on_duty;               /* Is there anything to withdraw? */
    bool all;                   /* Are all flows withdrawn together? */
    unsigned long *withdrawn;   /* Bitmap of zones. */
    uint64_t seq;               /* See guard_get_seq(). */
    bool forgot;                /* Was one of 'withdrawn' forgotten? */
    char *problem;              /* See guard_get_problem(). */
    const struct topology *topology; /* During guard_run(). */

    /* The addresses from which withdrawn containers were last seen to open
     * connections: each one's zone, in a pointer's place. */
    struct addr_index *withdrawn_addrs;
    size_t n_withdrawn_addrs;

    /* Deleting entries of withdrawn zones. */
    struct ct_flush *flush;
    int rounds;                 /* That may still come; 0 if none. */
    long long int flush_at;     /* When the next one begins at the latest. */
};

struct guard *
guard_create(void)
{
    struct guard *guard = xzalloc(sizeof *guard);

    guard->policy = guard_policy_create();
    guard->withdrawn = bitmap_allocate(CT_N_ZONES);
    guard->flush = ct_flush_create();
    guard->withdrawn_addrs = addr_index_create();
    return guard;
}

void
guard_destroy(struct guard *guard)
{
    if (guard) {
        guard_policy_destroy(guard->policy);
        ct_flush_destroy(guard->flush);
        ct_dump_close(guard->dump);
        bitmap_free(guard->withdrawn);
        addr_index_destroy(guard->withdrawn_addrs);
        free(guard->problem);
        free(guard);
    }
}

const char *
guard_get_problem(const struct guard *guard)
{
    return guard->problem;
}

bool
guard_is_withdrawn(const struct guard *guard, uint16_t zone)
{
    return bitmap_is_set(guard->withdrawn, zone);
}

uint64_t
guard_get_seq(const struct guard *guard)
{
    return guard->seq;
}

void
guard_forget_zone(struct guard *guard, uint16_t zone)
{
    guard_policy_forget(guard->policy, zone);
    if (guard_is_withdrawn(guard, zone)) {
        bitmap_set0(guard->withdrawn, zone);
        guard->seq++;
        guard->forgot = true;
    }
}

/* Does 'port' have flows that make entries, or would it have them if it were
 * not withdrawn? */
static bool
is_guarded(const struct port *port)
{
    return (port->zone && port->bridge->wanted
            && port->bridge->mode == ZONES_MANAGED
            && !port->bridge->is_userspace);
}

/* Samples. */

/* An entry in a sample of the table. */
struct sampled {
    struct ct_flow flow;
    const struct port *port;    /* Whose zone it is in; null if it is not one
                                 * of ours. */
    enum role_end end;          /* Which end that container is. */
};

struct sample {
    struct sampled *entries;
    size_t n, allocated;
};

static void
take_entry(const struct ct_message *m, long long int when OVS_UNUSED,
           void *sample_)
{
    struct sample *sample = sample_;
    struct sampled *s;

    if (sample->n >= sample->allocated) {
        sample->entries = x2nrealloc(sample->entries, &sample->allocated,
                                     sizeof *sample->entries);
    }
    s = &sample->entries[sample->n++];
    *s = (struct sampled) { .end = ROLE_END_UNKNOWN };
    if (!ct_message_get_flow(m, &s->flow)) {
        s->flow.zone = m->zone;
    }
}

/* Takes the first SAMPLE_SIZE entries of the table.  Their order is that of
 * their hash, which has a random key, so they are a fair sample.  If the table
 * cannot be read, the sample is empty. */
static void
take_sample(struct guard *guard, struct sample *sample)
{
    int error = guard->dump ? 0 : ct_dump_open(&guard->dump);

    COVERAGE_INC(guard_sample);
    if (!error) {
        error = ct_dump_start(guard->dump, -1);
    }
    while (!error && sample->n < SAMPLE_SIZE) {
        error = ct_dump_step(guard->dump, take_entry, sample);
    }
    if (error && error != EOF) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);

        VLOG_WARN_RL(&rl, "cannot read conntrack's table (%s)",
                     ovs_strerror(error));
    }

    /* So that the kernel prepares no more of the dump. */
    ct_dump_close(guard->dump);
    guard->dump = NULL;
}

/* Finds out for all entries which container has their zone, and which end of
 * the connection it is.  Adds to 'openers' the addresses from which containers
 * opened connections, with their ports. */
static void
attribute_sample(struct sample *sample, const struct topology *t,
                 struct addr_index *openers)
{
    for (size_t i = 0; i < sample->n; i++) {
        struct sampled *s = &sample->entries[i];
        const struct in6_addr *src = &s->flow.tuple.src;
        const struct port *port = topology_find_zone(t, s->flow.zone);
        const void *opener;

        if (port && is_guarded(port)) {
            s->port = port;
            s->end = attribution_find_end(port, &s->flow);
            addr_index_find(openers, src, &opener);
            if (s->end == ROLE_END_SRC && opener != port) {
                addr_index_add(openers, src, port);
            }
        }
    }
}

/* Returns the withdrawn container that opened connections from 'addr', or null
 * if there is none or more than one. */
static const struct port *
find_withdrawn(const struct guard *guard, const struct in6_addr *addr)
{
    const void *zone;

    return (addr_index_find(guard->withdrawn_addrs, addr, &zone) == 1
            && guard_is_withdrawn(guard, (uintptr_t) zone)
            ? topology_find_zone(guard->topology, (uintptr_t) zone) : NULL);
}

/* Remembers from which addresses containers that are withdrawn by now opened
 * connections.  Only the entries in their own zones show that, and these are
 * deleted, but it must be known for the entries in other zones. */
static void
note_withdrawn_addrs(struct guard *guard, const struct sample *sample,
                     const struct addr_index *openers)
{
    for (size_t i = 0; i < sample->n; i++) {
        const struct sampled *s = &sample->entries[i];
        const void *opener;

        if (s->end == ROLE_END_SRC
            && guard->n_withdrawn_addrs < MAX_WITHDRAWN_ADDRS
            && guard_policy_is_withdrawn(guard->policy, s->port->zone)
            && addr_index_find(openers, &s->flow.tuple.src, &opener) == 1
            && !addr_index_find(guard->withdrawn_addrs, &s->flow.tuple.src,
                                &opener)) {
            addr_index_add(guard->withdrawn_addrs, &s->flow.tuple.src,
                           (const void *) (uintptr_t) s->port->zone);
            guard->n_withdrawn_addrs++;
        }
    }
}

/* Returns the container that the entry 's', which is in a zone of ours, counts
 * for.
 *
 * A connection between two containers on this node has an entry in the zone of
 * each, and both count for the container that opened it, even if that is
 * withdrawn by now.  An entry of a connection that was opened from another
 * node counts for the container that has the zone: to withdraw that one is the
 * only way to get rid of it. */
static const struct port *
find_culprit(const struct guard *guard, const struct sampled *s,
             const struct addr_index *openers)
{
    const struct in6_addr *src = &s->flow.tuple.src;
    const struct port *withdrawn;
    const void *opener;
    size_t n;

    if (s->end != ROLE_END_DST) {
        return s->port;
    }
    n = addr_index_find(openers, src, &opener);
    withdrawn = n ? NULL : find_withdrawn(guard, src);
    return n == 1 ? opener : withdrawn ? withdrawn : s->port;
}

/* Stores in 'by_zone' each zone's share of the sample. */
static void
share_out(const struct guard *guard, const struct sample *sample,
          const struct addr_index *openers, struct guard_share *by_zone)
{
    for (size_t i = 0; i < sample->n; i++) {
        const struct sampled *s = &sample->entries[i];

        if (s->port) {
            struct guard_share *share
                = &by_zone[find_culprit(guard, s, openers)->zone];

            share->n++;
            share->n_opened += s->end == ROLE_END_SRC;
        }
    }
}

static void
judge(struct guard *guard, const struct topology *t, long long int now)
{
    size_t max = hmap_count(topology_get_ports(t));
    struct guard_share *shares = xmalloc(MAX(max, 1) * sizeof *shares);
    struct guard_share *by_zone = xcalloc(CT_N_ZONES, sizeof *by_zone);
    struct addr_index *openers = addr_index_create();
    struct sample sample = { .n = 0 };
    const struct port *port;
    size_t n = 0;

    if (!guard_policy_is_any_withdrawn(guard->policy)) {
        addr_index_clear(guard->withdrawn_addrs);
        guard->n_withdrawn_addrs = 0;
    }
    take_sample(guard, &sample);
    attribute_sample(&sample, t, openers);
    share_out(guard, &sample, openers, by_zone);
    HMAP_FOR_EACH (port, name_node, topology_get_ports(t)) {
        if (is_guarded(port)) {
            shares[n] = by_zone[port->zone];
            shares[n++].zone = port->zone;
        }
    }
    guard_policy_judge(guard->policy, shares, n, sample.n, now);
    note_withdrawn_addrs(guard, &sample, openers);
    addr_index_destroy(openers);
    free(sample.entries);
    free(by_zone);
    free(shares);
}

static void
look(struct guard *guard, const struct guard_inputs *in, long long int now)
{
    int count = ct_sysctl_get("nf_conntrack_count");
    int max = ct_sysctl_get("nf_conntrack_max");

    COVERAGE_INC(guard_look);
    guard->table = (struct guard_table) {
        .count = MAX(count, 0),
        .max = MAX(max, 0),
        .room = in->in_the_way ? GUARD_ROOM : 0,
    };
    if (guard_policy_update(guard->policy, &guard->table, now)) {
        judge(guard, in->topology, now);
    }
}

/* Deletes entries. */

/* Does the entry 'm', in a zone of ours, count for a container that is
 * withdrawn?  If so, no more packets are accounted in it. */
static bool
is_of_withdrawn(const struct ct_message *m, const void *guard_)
{
    const struct guard *guard = guard_;
    const struct port *port;
    struct ct_flow flow;

    if (guard_is_withdrawn(guard, m->zone)) {
        return true;
    }
    port = topology_find_zone(guard->topology, m->zone);
    return (port && is_guarded(port) && ct_message_get_flow(m, &flow)
            && find_withdrawn(guard, &flow.tuple.src)
            && attribution_find_end(port, &flow) != ROLE_END_SRC);
}

/* Begins to delete the entries of all withdrawn containers. */
static void
start_flush(struct guard *guard)
{
    unsigned long *zones;
    const struct port *port;

    if (bitmap_is_all_zeros(guard->withdrawn, CT_N_ZONES)) {
        return;
    }
    zones = bitmap_clone(guard->withdrawn, CT_N_ZONES);
    HMAP_FOR_EACH (port, name_node, topology_get_ports(guard->topology)) {
        if (guard->n_withdrawn_addrs && is_guarded(port)) {
            bitmap_set1(zones, port->zone);
        }
    }
    ct_flush_start(guard->flush, zones, is_of_withdrawn, guard);
    bitmap_free(zones);
}

static void
run_flush(struct guard *guard, bool flows_have_gone, long long int now)
{
    if (ct_flush_run(guard->flush)) {
        if (!ct_flush_count(guard->flush)
            && !ct_flush_get_error(guard->flush)) {
            guard->rounds = 0;
        }
        guard->flush_at = now + FLUSH_PAUSE;
        VLOG_DBG("deleted %"PRIuSIZE" entries of withdrawn containers",
                 ct_flush_count(guard->flush));
    }
    if (guard->rounds && !ct_flush_is_busy(guard->flush)
        && (now >= guard->flush_at
            || (guard->rounds == FLUSH_ROUNDS && flows_have_gone))) {
        guard->rounds--;
        start_flush(guard);
    }
}

/* The outcome. */

/* Returns a malloc()'d sentence that says why the flows of the ports 'names'
 * are withdrawn, and what to do about it. */
static char *
explain(const struct guard *guard, const char *names)
{
    unsigned int max = guard->table.max;

    if (guard_policy_is_too_small(guard->policy)) {
        return xasprintf("conntrack's table has room for %u entries, which "
                         "any container could fill before it is noticed, and "
                         "new connections would fail: no flows for %s; raise "
                         "net.netfilter.nf_conntrack_max to %u or more, or "
                         "set external_ids:"FP_CFG_PIPELINE"=isolated", max,
                         names, 4 * GUARD_ROOM);
    }
    return xasprintf("conntrack's table was about to be full (there is room "
                     "for %u entries): flows of %s (%s) are withdrawn for a "
                     "while; if its size is too small, raise "
                     "net.netfilter.nf_conntrack_max", max,
                     guard_policy_is_all_withdrawn(guard->policy)
                     ? "all containers" : "those with most entries", names);
}

static char *
describe(const struct guard *guard, const struct topology *t)
{
    struct ds names = DS_EMPTY_INITIALIZER;
    const struct port *port;
    size_t n = 0;
    char *s;

    HMAP_FOR_EACH (port, name_node, topology_get_ports(t)) {
        if (guard_is_withdrawn(guard, port->zone)) {
            n++;
            if (n <= 5) {
                ds_put_format(&names, "%s%s", n > 1 ? ", " : "",
                          printable(port->name));
            } else if (n == 6) {
                ds_put_cstr(&names, ", ...");
            }
        }
    }
    s = n ? explain(guard, ds_cstr(&names)) : NULL;
    ds_destroy(&names);
    return s;
}

/* Logs the ports that are withdrawn or put back, now that the zones in the
 * bitmap 'withdrawn' are the withdrawn ones. */
static void
log_changes(const struct guard *guard, const struct topology *t,
            const unsigned long *withdrawn)
{
    const struct port *port;

    if (guard->all || guard_policy_is_all_withdrawn(guard->policy)) {
        return;
    }
    HMAP_FOR_EACH (port, name_node, topology_get_ports(t)) {
        bool is_withdrawn = bitmap_is_set(withdrawn, port->zone);

        if (is_withdrawn != guard_is_withdrawn(guard, port->zone)) {
            VLOG(is_withdrawn ? VLL_WARN : VLL_INFO,
                 "%s: flows %s, conntrack has %u of %u entries",
                 printable(port->name),
                 is_withdrawn ? "withdrawn" : "put back",
                 guard->table.count, guard->table.max);
        }
    }
}

/* Brings the withdrawn zones in line with the policy.  Returns true if that
 * changed any. */
static bool
update_withdrawn(struct guard *guard, const struct topology *t)
{
    unsigned long *withdrawn;
    const struct port *port;
    bool changed;

    /* This is called often, and usually there is nothing to do. */
    if (!guard->problem && !guard_policy_is_any_withdrawn(guard->policy)) {
        return false;
    }
    withdrawn = bitmap_allocate(CT_N_ZONES);
    HMAP_FOR_EACH (port, name_node, topology_get_ports(t)) {
        if (is_guarded(port)
            && guard_policy_is_withdrawn(guard->policy, port->zone)) {
            bitmap_set1(withdrawn, port->zone);
        }
    }
    changed = (guard->forgot
               || !bitmap_equal(withdrawn, guard->withdrawn, CT_N_ZONES));
    log_changes(guard, t, withdrawn);
    bitmap_free(guard->withdrawn);
    guard->withdrawn = withdrawn;
    guard->seq += changed;
    guard->forgot = false;
    return changed;
}

static void
act(struct guard *guard, const struct topology *t, long long int now)
{
    bool all = guard_policy_is_all_withdrawn(guard->policy);

    if (all != guard->all) {
        guard->all = all;
        VLOG(all ? VLL_WARN : VLL_INFO,
             "all flows %s, conntrack has %u of %u entries",
             all ? "withdrawn" : "put back",
             guard->table.count, guard->table.max);
    }
    free(guard->problem);
    guard->problem = describe(guard, t);
    guard->rounds = guard->problem ? FLUSH_ROUNDS : 0;
    guard->flush_at = now + FLUSH_PATIENCE;
}

static bool
is_on_duty(const struct topology *t)
{
    const struct port *port;

    HMAP_FOR_EACH (port, name_node, topology_get_ports(t)) {
        if (is_guarded(port)) {
            return true;
        }
    }
    return false;
}

bool
guard_run(struct guard *guard, const struct guard_inputs *in,
          long long int now)
{
    bool changed;

    guard->topology = in->topology;
    guard->on_duty = is_on_duty(in->topology);
    if (guard->on_duty && now >= guard_policy_get_deadline(guard->policy)) {
        look(guard, in, now);
    }
    run_flush(guard, in->flows_have_gone, now);
    changed = update_withdrawn(guard, in->topology);
    if (changed) {
        act(guard, in->topology, now);
    }
    return changed;
}

void
guard_wait(const struct guard *guard)
{
    if (guard->on_duty) {
        poll_timer_wait_until(guard_policy_get_deadline(guard->policy));
    }
    ct_flush_wait(guard->flush);
    if (guard->rounds && !ct_flush_is_busy(guard->flush)) {
        poll_timer_wait_until(guard->flush_at);
    }
}
