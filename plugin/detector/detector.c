/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* Calls the implementation of a detector's kind, and does what is the same for
 * all kinds. */

#include "detector/detector.h"

#include <errno.h>
#include <string.h>

#include "conntrack/ct-netlink.h"
#include "conntrack/ct-sysctl.h"
#include "coverage.h"
#include "detector/detector-provider.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(detector);

COVERAGE_DEFINE(detector_uncounted);

/* DETECTOR_NONE: sees nothing, and says so. */

static struct detector *
none_create(char **errorp OVS_UNUSED)
{
    struct detector *detector = xzalloc(sizeof *detector);

    detector->how = xstrdup("not attached");
    return detector;
}

static void
none_destroy(struct detector *detector)
{
    free(detector);
}

static int
none_set_zone(struct detector *detector OVS_UNUSED, uint16_t zone OVS_UNUSED,
              const struct elephant_threshold *threshold OVS_UNUSED)
{
    return 0;
}

static bool
none_is_settled(const struct detector *detector OVS_UNUSED)
{
    return true;
}

static void
none_run(struct detector *detector OVS_UNUSED, detector_cb *cb OVS_UNUSED,
         void *aux OVS_UNUSED)
{
}

static void
none_wait(struct detector *detector OVS_UNUSED)
{
}

static bool
none_refresh(struct detector *detector OVS_UNUSED,
             struct ct_flow *flow OVS_UNUSED)
{
    return false;
}

static size_t
none_get_blind_spots(struct detector *detector OVS_UNUSED,
                     const struct detector_blind_spot **spots)
{
    *spots = NULL;
    return 0;
}

static const struct detector_class detector_none_class = {
    .kind = DETECTOR_NONE,
    .create = none_create,
    .destroy = none_destroy,
    .set_zone = none_set_zone,
    .is_settled = none_is_settled,
    .run = none_run,
    .wait = none_wait,
    .refresh = none_refresh,
    .get_blind_spots = none_get_blind_spots,
};

static const struct detector_class *
detector_class_from_kind(enum detector_kind kind)
{
    switch (kind) {
    case DETECTOR_NONE:
        return &detector_none_class;
    case DETECTOR_HOOK:
        return &detector_hook_class;
    case DETECTOR_SCAN:
        return &detector_scan_class;
    case DETECTOR_POLL:
        return &detector_poll_class;
    }
    OVS_NOT_REACHED();
}

const char *
detector_kind_to_string(enum detector_kind kind)
{
    switch (kind) {
    case DETECTOR_NONE:
        return "none";
    case DETECTOR_HOOK:
        return "hook";
    case DETECTOR_SCAN:
        return "scan";
    case DETECTOR_POLL:
        return "poll";
    }
    OVS_NOT_REACHED();
}

struct detector *
detector_create(enum detector_kind kind, char **errorp)
{
    const struct detector_class *class = detector_class_from_kind(kind);
    struct detector *detector;

    *errorp = NULL;
    detector = class->create(errorp);
    if (detector) {
        detector->class = class;
        detector->full_before = ct_sysctl_count_full();
    }
    return detector;
}

void
detector_destroy(struct detector *detector)
{
    if (detector) {
        struct ct_netlink *netlink = detector->netlink;
        char *how = detector->how;

        detector->class->destroy(detector);
        ct_netlink_close(netlink);
        free(how);
    }
}

enum detector_kind
detector_get_kind(const struct detector *detector)
{
    return detector->class->kind;
}

const char *
detector_get_how(const struct detector *detector)
{
    return detector->how;
}

struct ct_netlink *
detector_get_netlink(struct detector *detector)
{
    if (!detector->netlink) {
        int error = ct_netlink_open(&detector->netlink);
        if (error) {
            static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);

            /* Not a warning: a detector that cannot do without it reports an
             * error of its own. */
            VLOG_INFO_RL(&rl, "cannot ask the kernel about conntrack entries "
                         "(%s)", ovs_strerror(error));
        }
    }
    return detector->netlink;
}

void
detector_note_uncounted(struct detector *detector)
{
    COVERAGE_INC(detector_uncounted);
    ct_sysctl_enable_acct();
    detector->uncounted_seq++;
}

size_t
detector_share_blind_spots(struct detector *detector,
                           const struct detector_blind_spot *own, size_t n,
                           const struct detector_blind_spot **spots)
{
    const struct detector_blind_spot full
        = { "conntrack-full",
            "connections for which conntrack's table had no room",
            ct_sysctl_count_full() - detector->full_before, 0 };

    ovs_assert(n < ARRAY_SIZE(detector->spots));
    memcpy(detector->spots, own, n * sizeof *own);
    detector->spots[n] = full;
    *spots = detector->spots;
    return n + 1;
}

uint64_t
detector_get_uncounted_seq(const struct detector *detector)
{
    return detector->uncounted_seq;
}

bool
detector_options_equal(const struct detector_options *a,
                       const struct detector_options *b)
{
    return (a->track_unassured == b->track_unassured
            && a->poll_interval == b->poll_interval
            && a->scan_interval == b->scan_interval);
}

void
detector_configure(struct detector *detector,
                   const struct detector_options *options)
{
    if (detector->class->configure) {
        detector->class->configure(detector, options);
    }
}

int
detector_set_zone(struct detector *detector, uint16_t zone,
                  const struct elephant_threshold *threshold)
{
    return detector->class->set_zone(detector, zone, threshold);
}

void
detector_set_idle(struct detector *detector, bool idle)
{
    if (detector->class->set_idle) {
        detector->class->set_idle(detector, idle);
    }
}

bool
detector_is_awake(const struct detector *detector)
{
    return (!detector->class->is_awake
            || detector->class->is_awake(detector));
}

bool
detector_has_failed(const struct detector *detector)
{
    return (detector->class->has_failed
            && detector->class->has_failed(detector));
}

bool
detector_is_settled(const struct detector *detector)
{
    return detector->class->is_settled(detector);
}

void
detector_run(struct detector *detector, detector_cb *cb, void *aux)
{
    detector->class->run(detector, cb, aux);
}

void
detector_wait(struct detector *detector)
{
    detector->class->wait(detector);
}

bool
detector_refresh(struct detector *detector, struct ct_flow *flow)
{
    return detector->class->refresh(detector, flow);
}

bool
detector_update_counters(struct detector *detector, struct ct_flow *flow)
{
    struct ct_netlink *netlink = detector_get_netlink(detector);

    return !netlink || ct_netlink_get(netlink, flow) != ENOENT;
}

size_t
detector_get_blind_spots(struct detector *detector,
                         const struct detector_blind_spot **spots)
{
    return detector->class->get_blind_spots(detector, spots);
}

uint64_t
detector_get_misses(const struct detector *detector,
                    const struct detector_blind_spot *spot, uint16_t zone)
{
    return (spot->kind && spot->count
            ? detector->class->get_misses(detector, spot->kind, zone) : 0);
}
