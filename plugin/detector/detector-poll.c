/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* DETECTOR_POLL: dumps of the conntrack table, at regular intervals.
 *
 * It needs nothing of the kernel but ctnetlink, and pays for that: the kernel
 * makes a message of each entry of the table in each round, whether or not
 * it is in a zone of ours (2.3 microseconds for each on 6.18, of which 0.1 are
 * ours).  What is an elephant is decided by sampler.c, whose header says what
 * that means for delays.  It gets its input from here:
 *
 *   - A round is a dump of the whole table, or, where the kernel can tell
 *     zones apart and that is cheaper, one of each of our zones.  It is taken
 *     in slices of some milliseconds.  The next round begins an interval after
 *     this one began, but not before as much time has passed as this one took.
 *     Between two rounds nothing wakes us up but the end of a flow.
 *
 *   - The kernel tells, through ct-monitor.c, when an entry is deleted that
 *     has moved something.  Thereby an elephant's end is known at once and
 *     with its final counters, and a flow that began and ended between two
 *     rounds, or was followed by another one with the same tuple, is judged by
 *     these.  Without these events (if the kernel refuses them or loses some)
 *     an elephant's end is that it is missing in the next round, and its
 *     counters are those of the round before.
 *
 * An event is told when it happens, whereas the kernel is always a piece of a
 * dump ahead of us: so events are read before each piece, and what a piece
 * says of a flow that ended is outdated, which sampler.c knows. */

#include "conntrack/ct-zone.h"
#include "detector/detector.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include "bitmap.h"
#include "conntrack/ct-dump.h"
#include "conntrack/ct-message.h"
#include "conntrack/ct-monitor.h"
#include "conntrack/ct-netlink.h"
#include "conntrack/ct-sysctl.h"
#include "coverage.h"
#include "detector/detector-provider.h"
#include "detector/sampler.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(detector_poll);

COVERAGE_DEFINE(poll_round);
COVERAGE_DEFINE(poll_round_failed);
COVERAGE_DEFINE(poll_entry);
COVERAGE_DEFINE(poll_flow_ended);
COVERAGE_DEFINE(poll_event_lost);

/* The most candidates and elephants, each of which takes 200 bytes. */
#define MAX_FLOWS 65536

/* Milliseconds from the beginning of a round to that of the next one, until
 * poll_configure() is called. */
#define DEFAULT_INTERVAL 5000

/* How many milliseconds a round may go on before the rest of the daemon
 * runs. */
#define SLICE_MSEC 5

/* A second round follows the first one after so many milliseconds, even if the
 * interval is longer: what is an elephant already when we start must not wait
 * for long. */
#define FIRST_INTERVAL 1000

/* Up to this many zones are dumped one by one, if that is cheaper than a dump
 * of the whole table: for each zone, the kernel skips the entries of all
 * others, and to skip one costs it a tenth of making a message of it. */
#define MAX_SINGLE_ZONES 8
#define SKIP_COST_DIVISOR 10

/* With fewer entries than this, the whole table is dumped. */
#define MIN_ENTRIES_TO_FILTER 1000

/* While the kernel looks for the entries of a zone, softirqs, and thus
 * packets, wait on that processor.  If there are so many others that this
 * takes longer than this (in milliseconds), all entries are dumped, which the
 * kernel does in pieces of half a millisecond. */
#define MAX_SEARCH_MSEC 20

/* Can the kernel dump a single zone (in a reasonable time)? */
enum filter {
    FILTER_UNKNOWN,
    FILTER_WORKS,
    FILTER_NOT,
};

struct poll_detector {
    struct detector up;
    struct sampler *sampler;
    unsigned long *zones;       /* Bitmap of those that are ours. */
    size_t n_zones;
    unsigned int interval;      /* Milliseconds. */

    /* Events. */
    struct ct_monitor *monitor; /* Null if there are none. */
    bool monitor_stale;         /* Must its filter be set again? */
    int monitor_error;          /* Why 'monitor' is null. */

    /* Rounds. */
    struct ct_dump *dump;
    enum filter filter;
    bool in_round;              /* Is a round under way? */
    size_t n_rounds;            /* Number of complete rounds. */
    size_t settled_round;       /* 'n_rounds' when poll_is_settled(). */
    long long int began;        /* When the latest round began. */
    long long int next;         /* When the next one is to begin. */

    /* The present round, and when there is none, the latest. */
    uint16_t queue[MAX_SINGLE_ZONES]; /* Zones yet to be dumped. */
    size_t n_queue;
    int buckets;                /* Size of the hash table when it began. */
    bool filtering;             /* Are zones dumped one by one? */
    bool failed;                /* May it have missed entries? */
    size_t n_ours;              /* Entries of our zones. */
    size_t last_ours;           /* 'n_ours' of the last complete round. */

    /* What could not be seen, besides the sampler's misses. */
    uint64_t n_failed;          /* Rounds that did not see everything. */
    uint64_t n_late;            /* Rounds that took longer than an interval. */
    uint64_t n_lost;            /* Times at which events were lost. */

    /* Only during detector_run(). */
    detector_cb *cb;
    void *aux;
};

static struct poll_detector *
poll_cast(struct detector *detector)
{
    return CONTAINER_OF(detector, struct poll_detector, up);
}

/* Creation and configuration. */

static void
update_how(struct poll_detector *poll)
{
    char *events = (poll->monitor
                    ? xstrdup("ends of flows by events")
                    : xasprintf("no events (%s)",
                                ovs_strerror(poll->monitor_error)));

    free(poll->up.how);
    poll->up.how = xasprintf("dump of the conntrack table every %u ms, %s",
                             poll->interval, events);
    free(events);
}

static void
poll_destroy(struct detector *detector)
{
    struct poll_detector *poll = poll_cast(detector);

    ct_monitor_close(poll->monitor);
    ct_dump_close(poll->dump);
    sampler_destroy(poll->sampler);
    bitmap_free(poll->zones);
    free(poll);
}

static void
open_monitor(struct poll_detector *poll)
{
    /* 0 switches events off for all listeners. */
    poll->monitor_error = (ct_sysctl_get("nf_conntrack_events")
                           ? ct_monitor_open(&poll->monitor) : EOPNOTSUPP);
    if (poll->monitor_error) {
        VLOG_WARN("no conntrack events (%s): ends of flows are known only "
                  "from the next dump", ovs_strerror(poll->monitor_error));
    }
}

static struct detector *
poll_create(char **errorp)
{
    struct poll_detector *poll;
    struct ct_netlink *netlink;
    struct ct_dump *dump;
    int error;

    /* Makes the kernel load its modules, too. */
    error = ct_netlink_open(&netlink);
    if (!error) {
        error = ct_dump_open(&dump);
        if (error) {
            ct_netlink_close(netlink);
        }
    }
    if (error) {
        *errorp = xasprintf("cannot dump the conntrack table (%s): this needs "
                            "CAP_NET_ADMIN and the kernel's "
                            "nf_conntrack_netlink", ovs_strerror(error));
        return NULL;
    }

    poll = xzalloc(sizeof *poll);
    poll->up.netlink = netlink;
    poll->dump = dump;
    poll->sampler = sampler_create(MAX_FLOWS);
    poll->zones = bitmap_allocate(CT_N_ZONES);
    poll->interval = DEFAULT_INTERVAL;
    open_monitor(poll);
    update_how(poll);
    ct_sysctl_enable_acct();
    return &poll->up;
}

static void
poll_configure(struct detector *detector,
               const struct detector_options *options)
{
    struct poll_detector *poll = poll_cast(detector);

    sampler_set_track_unassured(poll->sampler, options->track_unassured);
    if (options->poll_interval != poll->interval) {
        poll->interval = options->poll_interval;
        sampler_set_min_msec(poll->sampler, MIN(poll->interval, 1000));
        poll->next = MIN(poll->next, poll->began + poll->interval);
        update_how(poll);
    }
}

static int
poll_set_zone(struct detector *detector, uint16_t zone,
              const struct elephant_threshold *threshold)
{
    struct poll_detector *poll = poll_cast(detector);

    if (sampler_set_zone(poll->sampler, zone, threshold)) {
        bool is_ours = threshold != NULL;

        if (is_ours != bitmap_is_set(poll->zones, zone)) {
            bitmap_set(poll->zones, zone, is_ours);
            poll->n_zones += is_ours ? 1 : -1;
            if (is_ours) {
                /* One round finds the zone's flows, and a second one measures
                 * their rates.  A round that is under way does not count: it
                 * may have passed some of the flows already. */
                poll->settled_round = poll->n_rounds + 2 + poll->in_round;
            }
        }
        poll->monitor_stale = true;
    }
    return 0;
}

static bool
poll_is_settled(const struct detector *detector)
{
    const struct poll_detector *poll
        = CONTAINER_OF(detector, struct poll_detector, up);

    return poll->n_rounds >= poll->settled_round;
}

/* Entries. */

static bool
sample_from_message(const struct ct_message *m, long long int when,
                    struct sample *sample)
{
    sample->ct_id = m->id;
    sample->answered = m->answered;
    sample->when = when;
    return ct_message_get_flow(m, &sample->flow);
}

/* Called with each entry of a dump. */
static void
handle_entry(const struct ct_message *m, long long int when, void *poll_)
{
    struct poll_detector *poll = poll_;
    struct sample sample;

    COVERAGE_INC(poll_entry);
    if (!sampler_has_zone(poll->sampler, m->zone)) {
        return;
    }
    poll->n_ours++;
    if (!m->is_counted) {
        sampler_note_uncounted(poll->sampler, m->zone);
    }
    if (sampler_is_interested(poll->sampler, m->zone, ct_message_total(m))
        && sample_from_message(m, when, &sample)) {
        sampler_look(poll->sampler, &sample, poll->cb, poll->aux);
    }
}

/* Called with each entry that was deleted. */
static void
handle_end(const struct ct_message *m, void *poll_)
{
    struct poll_detector *poll = poll_;
    struct sample sample;

    if (sampler_is_interested(poll->sampler, m->zone, ct_message_total(m))
        && sample_from_message(m, time_msec(), &sample)) {
        COVERAGE_INC(poll_flow_ended);
        sampler_end_flow(poll->sampler, &sample, poll->cb, poll->aux);
    }
}

static void
run_monitor(struct poll_detector *poll)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);
    int error;

    if (!poll->monitor) {
        return;
    }
    if (poll->monitor_stale) {
        error = ct_monitor_set_min_bytes(
            poll->monitor, sampler_get_min_bytes(poll->sampler));
        if (error) {
            VLOG_WARN_RL(&rl, "cannot filter conntrack events (%s)",
                         ovs_strerror(error));
        }
        poll->monitor_stale = false;
    }
    error = ct_monitor_run(poll->monitor, handle_end, poll);
    if (error) {
        COVERAGE_INC(poll_event_lost);
        VLOG_WARN_RL(&rl, "conntrack events were lost (%s): ends of flows "
                     "are known from the next dump", ovs_strerror(error));
        poll->n_lost++;
    }
}

/* Rounds. */

/* Returns true if it is better to dump our zones one by one. */
static bool
should_filter(const struct poll_detector *poll)
{
    int n = ct_sysctl_get("nf_conntrack_count");

    return (poll->filter != FILTER_NOT
            && poll->n_zones <= MAX_SINGLE_ZONES
            && n >= MIN_ENTRIES_TO_FILTER
            && (poll->last_ours
                + poll->n_zones * (n / SKIP_COST_DIVISOR)) < n);
}

/* The present dump of a single zone is over: learns whether the kernel knows
 * how to do that. */
static void
learn_filter(struct poll_detector *poll)
{
    if (!ct_dump_is_filtered(poll->dump)) {
        VLOG_INFO("this kernel cannot dump a single zone");
        poll->filter = FILTER_NOT;
        poll->n_queue = 0;      /* It dumped all the zones. */
    } else if (ct_dump_get_longest(poll->dump) > MAX_SEARCH_MSEC) {
        VLOG_INFO("the kernel takes %lld ms to find the entries of a zone: "
                  "dumping all zones from now on",
                  ct_dump_get_longest(poll->dump));
        poll->filter = FILTER_NOT;
    } else if (poll->n_ours) {
        poll->filter = FILTER_WORKS;
    }
}

static void
end_round(struct poll_detector *poll)
{
    long long int now = time_msec();
    long long int took = now - poll->began;

    if (ct_sysctl_get("nf_conntrack_buckets") != poll->buckets) {
        /* The table was resized, so entries may have been missed. */
        poll->failed = true;
    }
    sampler_end_round(poll->sampler, !poll->failed, poll->cb, poll->aux);
    poll->in_round = false;
    if (poll->failed) {
        COVERAGE_INC(poll_round_failed);
        poll->n_failed++;
    } else {
        COVERAGE_INC(poll_round);
        poll->n_rounds++;
        poll->last_ours = poll->n_ours;
        if (sampler_get_misses(poll->sampler)->uncounted) {
            detector_note_uncounted(&poll->up);
        }
    }
    poll->n_late += took > poll->interval;
    poll->next = poll->began + (poll->n_rounds == 1
                                ? MIN(poll->interval, FIRST_INTERVAL)
                                : poll->interval);
    poll->next = MAX(poll->next, now + took);
}

static void
fail_round(struct poll_detector *poll, int error)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);

    VLOG_WARN_RL(&rl, "cannot dump the conntrack table (%s), trying again",
                 ovs_strerror(error));
    poll->failed = true;
    poll->n_queue = 0;
    end_round(poll);
}

/* Begins the next dump of this round.  Returns false if that was the last one,
 * and the round is over. */
static bool
begin_dump(struct poll_detector *poll)
{
    int error;

    if (!poll->n_queue) {
        end_round(poll);
        return false;
    }
    error = ct_dump_start(poll->dump, poll->queue[--poll->n_queue]);
    if (error) {
        fail_round(poll, error);
    }
    return !error;
}

static void
begin_round(struct poll_detector *poll)
{
    int error;

    poll->began = time_msec();
    poll->in_round = true;
    poll->buckets = ct_sysctl_get("nf_conntrack_buckets");
    poll->failed = false;
    poll->n_ours = 0;
    poll->n_queue = 0;
    sampler_begin_round(poll->sampler, poll->began);
    poll->filtering = should_filter(poll);
    if (poll->filtering) {
        size_t zone;

        BITMAP_FOR_EACH_1 (zone, CT_N_ZONES, poll->zones) {
            poll->queue[poll->n_queue++] = zone;
        }
        begin_dump(poll);
    } else {
        error = ct_dump_start(poll->dump, -1);
        if (error) {
            fail_round(poll, error);
        }
    }
}

/* Does a piece of the round.  Returns false if there is nothing to do now. */
static bool
step_round(struct poll_detector *poll)
{
    int retval = ct_dump_step(poll->dump, handle_entry, poll);

    if (retval == EAGAIN) {
        return false;
    } else if (retval == EOF) {
        poll->failed |= ct_dump_is_interrupted(poll->dump);
        if (poll->filtering) {
            learn_filter(poll);
        }
        return begin_dump(poll);
    } else if (retval) {
        fail_round(poll, retval);
        return false;
    }
    return true;
}

static void
poll_run(struct detector *detector, detector_cb *cb, void *aux)
{
    struct poll_detector *poll = poll_cast(detector);
    long long int deadline = time_msec() + SLICE_MSEC;

    poll->cb = cb;
    poll->aux = aux;
    run_monitor(poll);
    if (poll->n_zones && !poll->in_round && time_msec() >= poll->next) {
        begin_round(poll);
    }
    while (poll->in_round && step_round(poll) && time_msec() < deadline) {
        run_monitor(poll);
    }
    poll->cb = NULL;
    poll->aux = NULL;
}

static void
poll_wait(struct detector *detector)
{
    struct poll_detector *poll = poll_cast(detector);

    if (poll->monitor) {
        ct_monitor_wait(poll->monitor);
    }
    if (poll->in_round) {
        ct_dump_wait(poll->dump);
    } else if (poll->n_zones) {
        poll_timer_wait_until(poll->next);
    }
}

/* Questions. */

static bool
poll_refresh(struct detector *detector, struct ct_flow *flow)
{
    struct poll_detector *poll = poll_cast(detector);

    return (sampler_has_flow(poll->sampler, flow)
            && ct_netlink_get(detector->netlink, flow) != ENOENT
            && sampler_refresh(poll->sampler, flow, time_msec()));
}

static size_t
poll_get_blind_spots(struct detector *detector,
                     const struct detector_blind_spot **spots)
{
    struct poll_detector *poll = poll_cast(detector);
    const struct sampler_misses *misses = sampler_get_misses(poll->sampler);
    const struct detector_blind_spot own[] = {
        { "table-full",
          "looks at flows that had to wait because too many are watched",
          misses->table_full, SAMPLER_MISS_TABLE_FULL },
        { "no-accounting",
          "connections, now, that began while conntrack did not count",
          misses->uncounted, SAMPLER_MISS_UNCOUNTED },
        { "one-way-bytes",
          "bytes of flows that would be elephants if they were answered",
          misses->unassured_bytes, SAMPLER_MISS_UNASSURED },
        { "too-short",
          "flows that reached the threshold between two polls, and may have "
          "been fast for less",
          misses->unclear, SAMPLER_MISS_UNCLEAR },
        { "poll-failed",
          "polls that could not see everything",
          poll->n_failed, SAMPLER_MISS_NONE },
        { "poll-late",
          "polls that took longer than the interval",
          poll->n_late, SAMPLER_MISS_NONE },
        { "events-lost",
          "times at which ends of flows were not told at once",
          poll->n_lost, SAMPLER_MISS_NONE },
    };

    return detector_share_blind_spots(detector, own, ARRAY_SIZE(own), spots);
}

static uint64_t
poll_get_misses(const struct detector *detector, int kind, uint16_t zone)
{
    const struct poll_detector *poll
        = CONTAINER_OF(detector, struct poll_detector, up);

    return sampler_get_misses_of_zone(poll->sampler, kind, zone);
}

const struct detector_class detector_poll_class = {
    .kind = DETECTOR_POLL,
    .create = poll_create,
    .destroy = poll_destroy,
    .configure = poll_configure,
    .set_zone = poll_set_zone,
    .is_settled = poll_is_settled,
    .run = poll_run,
    .wait = poll_wait,
    .refresh = poll_refresh,
    .get_blind_spots = poll_get_blind_spots,
    .get_misses = poll_get_misses,
};
