/* SPDX-License-Identifier: Apache-2.0 */

/* Detectors that do what they are told.  Linked into the daemon in place of
 * "hook" and "scan", they make scripted-footprintd: everything of the daemon
 * but the kernel, so that what becomes of elephants can be tested without any.
 * Likewise, a script says what detectors cost.  These commands are added to
 * the daemon's:
 *
 *     script/elephant ID ZONE SRC DST ORIG REPLY [MARK [RATE]]
 *         a flow became an elephant, or still is one; ORIG and REPLY are its
 *         bytes in either direction, RATE is in bit/s.  Flows whose IDs have
 *         the same last three digits have the same ports.
 *     script/slow ID
 *         from now on it is too slow to be one
 *     script/gone ID
 *         its entry was deleted
 *     script/vanish ID
 *         likewise, but without an event
 *     script/lost
 *         events were lost
 *     script/refuse REASON, script/accept
 *         whether a new detector can be created
 *     script/fail REASON
 *         the detector in use sees nothing any more, nor can a new one be
 *         created
 *     script/zones [KIND]
 *         the zones that the detector was told, with their thresholds
 *     script/full N
 *         it cannot hold more than N zones
 *     script/miss one-way-bytes|table-full ZONE COUNT
 *         the blind spot has COUNT because of flows in ZONE
 *     script/find
 *         scan finds the flows that are fast, which it does not before
 *     script/settle
 *         all detectors have found the flows that were elephants before
 *     script/cost HOOK SCAN
 *         what these cost now, in percent of a processor: one reading
 *     time/stop, time/warp MSECS
 *         the daemon's clock
 *
 * A flow moves fast until it is told to be slow.  To scan, its ID is greater
 * by SCAN_IDS.  If the environment variable
 * SCRIPT_REFUSE is set, detectors are refused for that reason from the
 * start.  If SCRIPT_UNSETTLED is, it takes script/settle to settle them. */

#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "detector/detector-provider.h"
#include "dummy.h"
#include "lib/ip-address.h"
#include "node/detector-cost.h"
#include "node/watch.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/poll-loop.h"
#include "packets.h"
#include "timeval.h"
#include "unixctl.h"
#include "util.h"

/* What is added to a flow's ID for scan. */
#define SCAN_IDS 1000000

/* A flow of the script. */
struct scripted_flow {
    struct hmap_node node;      /* In 'flows', by 'flow.id'. */
    struct ct_flow flow;
    bool slow;
    bool scanned;               /* Has scan found it? */
};

/* Something to be told by the next detector_run(). */
struct scripted_event {
    struct ovs_list node;       /* In a detector's 'events'. */
    enum detector_event_type type;
    struct ct_flow flow;
};

struct scripted_detector {
    struct detector up;
    struct ovs_list events;     /* Contains "struct scripted_event"s. */
    struct elephant_threshold zones[UINT16_MAX + 1]; /* 'bytes' is 0 if the
                                                      * zone is not set. */
    size_t n_zones;
    uint64_t misses[2][UINT16_MAX + 1]; /* By kind and zone. */
    bool settled;
    bool failed;
};

enum { HOOK, SCAN, N_SCRIPTED };

static struct scripted_detector *detectors[N_SCRIPTED]; /* Those in use. */
static struct hmap flows = HMAP_INITIALIZER(&flows);
static size_t max_zones = SIZE_MAX;
static char *refusal;           /* Why no detector can be created; or null. */
static struct watch *watch;     /* Gets the costs of script/cost. */

static struct scripted_detector *
scripted_cast(const struct detector *detector)
{
    return CONTAINER_OF(detector, struct scripted_detector, up);
}

static struct scripted_flow *
find_flow(uint64_t id)
{
    struct scripted_flow *f;

    HMAP_FOR_EACH_WITH_HASH (f, node, id, &flows) {
        if (f->flow.id == id) {
            return f;
        }
    }
    return NULL;
}

static void
remove_flow(struct scripted_flow *f)
{
    hmap_remove(&flows, &f->node);
    free(f);
}

static void
add_event(int kind, enum detector_event_type type, const struct ct_flow *flow)
{
    struct scripted_event *event = xzalloc(sizeof *event);

    event->type = type;
    if (flow) {
        event->flow = *flow;
        event->flow.id += kind == SCAN ? SCAN_IDS : 0;
    }
    ovs_list_push_back(&detectors[kind]->events, &event->node);
    poll_immediate_wake();
}

/* Adds the event for all detectors in use. */
static void
add_event_for_all(enum detector_event_type type, const struct ct_flow *flow)
{
    for (int kind = 0; kind < N_SCRIPTED; kind++) {
        if (detectors[kind]) {
            add_event(kind, type, flow);
        }
    }
}

/* Commands. */

/* Parses 's' into '*flowp'.  Replies with an error and returns false if there
 * is no such flow. */
static bool
parse_flow(struct unixctl_conn *conn, const char *s,
           struct scripted_flow **flowp)
{
    *flowp = find_flow(strtoull(s, NULL, 10));
    if (!*flowp) {
        unixctl_command_reply_error(conn, "no such flow\n");
    }
    return *flowp != NULL;
}

static void
script_elephant(struct unixctl_conn *conn, int argc, const char *argv[],
                void *aux OVS_UNUSED)
{
    uint64_t id = strtoull(argv[1], NULL, 10);
    struct scripted_flow *f = find_flow(id);

    if (!f) {
        f = xzalloc(sizeof *f);
        f->flow.id = id;
        f->flow.created = time_msec();
        hmap_insert(&flows, &f->node, id);
    }
    f->flow.zone = atoi(argv[2]);
    f->flow.tuple.nw_proto = IPPROTO_TCP;
    ip_address_parse(argv[3], &f->flow.tuple.src);
    ip_address_parse(argv[4], &f->flow.tuple.dst);
    f->flow.tuple.is_ipv6 = !IN6_IS_ADDR_V4MAPPED(&f->flow.tuple.src);
    f->flow.tuple.src_port = htons(40000 + id % 1000);
    f->flow.tuple.dst_port = htons(5001);
    f->flow.bytes[CT_DIR_ORIG] = strtoull(argv[5], NULL, 10);
    f->flow.bytes[CT_DIR_REPLY] = strtoull(argv[6], NULL, 10);
    f->flow.packets[CT_DIR_ORIG] = f->flow.bytes[CT_DIR_ORIG] / 1000;
    f->flow.packets[CT_DIR_REPLY] = f->flow.bytes[CT_DIR_REPLY] / 1000;
    f->flow.mark = argc > 7 ? strtoul(argv[7], NULL, 16) : 0;
    f->flow.rate = argc > 8 ? strtoull(argv[8], NULL, 10) : 12345678;
    f->flow.last_fast = time_msec();
    f->slow = false;
    f->scanned = detectors[SCAN] != NULL;
    add_event_for_all(DETECTOR_ELEPHANT, &f->flow);
    unixctl_command_reply(conn, NULL);
}

static void
script_slow(struct unixctl_conn *conn, int argc OVS_UNUSED,
            const char *argv[], void *aux OVS_UNUSED)
{
    struct scripted_flow *f;

    if (parse_flow(conn, argv[1], &f)) {
        f->flow.last_fast = time_msec();
        f->slow = true;
        unixctl_command_reply(conn, NULL);
    }
}

static void
script_gone(struct unixctl_conn *conn, int argc OVS_UNUSED,
            const char *argv[], void *silent_)
{
    const bool *silent = silent_;
    struct scripted_flow *f;

    if (parse_flow(conn, argv[1], &f)) {
        if (!*silent) {
            add_event_for_all(DETECTOR_GONE, &f->flow);
        }
        remove_flow(f);
        unixctl_command_reply(conn, NULL);
    }
}

static void
script_lost(struct unixctl_conn *conn, int argc OVS_UNUSED,
            const char *argv[] OVS_UNUSED, void *aux OVS_UNUSED)
{
    const struct scripted_flow *f;

    add_event_for_all(DETECTOR_LOST, NULL);
    HMAP_FOR_EACH (f, node, &flows) {
        if (detectors[HOOK]) {
            add_event(HOOK, DETECTOR_ELEPHANT, &f->flow);
        }
        if (detectors[SCAN] && f->scanned) {
            add_event(SCAN, DETECTOR_ELEPHANT, &f->flow);
        }
    }
    unixctl_command_reply(conn, NULL);
}

static void
script_find(struct unixctl_conn *conn, int argc OVS_UNUSED,
            const char *argv[] OVS_UNUSED, void *aux OVS_UNUSED)
{
    struct scripted_flow *f;

    HMAP_FOR_EACH (f, node, &flows) {
        if (!f->slow && detectors[SCAN]) {
            f->scanned = true;
            f->flow.last_fast = time_msec();
            add_event(SCAN, DETECTOR_ELEPHANT, &f->flow);
        }
    }
    unixctl_command_reply(conn, NULL);
}

static void
script_miss(struct unixctl_conn *conn, int argc OVS_UNUSED,
            const char *argv[], void *aux OVS_UNUSED)
{
    size_t kind = !strcmp(argv[1], "table-full");

    if (detectors[HOOK]) {
        detectors[HOOK]->misses[kind][(uint16_t) atoi(argv[2])]
            = strtoull(argv[3], NULL, 10);
    }
    unixctl_command_reply(conn, NULL);
}

static void
script_cost(struct unixctl_conn *conn, int argc OVS_UNUSED,
            const char *argv[], void *aux OVS_UNUSED)
{
    watch_set_costs(watch, atof(argv[1]) / 100, atof(argv[2]) / 100,
                    time_msec());
    unixctl_command_reply(conn, NULL);
}

static void
script_refuse(struct unixctl_conn *conn, int argc, const char *argv[],
              void *aux OVS_UNUSED)
{
    free(refusal);
    refusal = argc > 1 ? xstrdup(argv[1]) : NULL;
    unixctl_command_reply(conn, NULL);
}

static void
script_zones(struct unixctl_conn *conn, int argc, const char *argv[],
             void *aux OVS_UNUSED)
{
    const struct scripted_detector *sd
        = detectors[argc > 1 && !strcmp(argv[1], "scan") ? SCAN : HOOK];
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; sd && i <= UINT16_MAX; i++) {
        const struct elephant_threshold *threshold = &sd->zones[i];

        if (threshold->bytes) {
            ds_put_format(&s, "%"PRIuSIZE": %"PRIu64" bytes, %"PRIu64" bit/s, "
                          "%u s\n", i, threshold->bytes, threshold->rate,
                          threshold->hold);
        }
    }
    unixctl_command_reply(conn, ds_cstr(&s));
    ds_destroy(&s);
}

static void
script_full(struct unixctl_conn *conn, int argc OVS_UNUSED,
            const char *argv[], void *aux OVS_UNUSED)
{
    max_zones = atoi(argv[1]);
    unixctl_command_reply(conn, NULL);
}

static void
script_settle(struct unixctl_conn *conn, int argc OVS_UNUSED,
              const char *argv[] OVS_UNUSED, void *aux OVS_UNUSED)
{
    for (int kind = 0; kind < N_SCRIPTED; kind++) {
        if (detectors[kind]) {
            detectors[kind]->settled = true;
        }
    }
    unixctl_command_reply(conn, NULL);
}

static void
script_fail(struct unixctl_conn *conn, int argc OVS_UNUSED,
            const char *argv[], void *aux OVS_UNUSED)
{
    free(refusal);
    refusal = xstrdup(argv[1]);
    for (int kind = 0; kind < N_SCRIPTED; kind++) {
        if (detectors[kind]) {
            detectors[kind]->failed = true;
        }
    }
    unixctl_command_reply(conn, NULL);
}

static void
register_commands(void)
{
    static bool registered, yes = true, no = false;

    if (registered) {
        return;
    }
    registered = true;
    refusal = nullable_xstrdup(getenv("SCRIPT_REFUSE"));
    timeval_dummy_register();
    unixctl_command_register("script/elephant",
                             "id zone src dst orig reply [mark [rate]]", 6, 8,
                             script_elephant, NULL);
    unixctl_command_register("script/slow", "id", 1, 1, script_slow, NULL);
    unixctl_command_register("script/gone", "id", 1, 1, script_gone, &no);
    unixctl_command_register("script/vanish", "id", 1, 1, script_gone, &yes);
    unixctl_command_register("script/lost", "", 0, 0, script_lost, NULL);
    unixctl_command_register("script/refuse", "reason", 1, 1, script_refuse,
                             NULL);
    unixctl_command_register("script/accept", "", 0, 0, script_refuse, NULL);
    unixctl_command_register("script/find", "", 0, 0, script_find, NULL);
    unixctl_command_register("script/miss", "name zone count", 3, 3,
                             script_miss, NULL);
    unixctl_command_register("script/cost", "hook scan", 2, 2, script_cost,
                             NULL);
    unixctl_command_register("script/zones", "[kind]", 0, 1, script_zones,
                             NULL);
    unixctl_command_register("script/full", "n", 1, 1, script_full, NULL);
    unixctl_command_register("script/fail", "reason", 1, 1, script_fail, NULL);
    unixctl_command_register("script/settle", "", 0, 0, script_settle, NULL);
}

/* The detectors. */

static struct detector *
create(int kind, char **errorp)
{
    struct scripted_detector *sd;

    register_commands();
    if (refusal) {
        *errorp = xstrdup(refusal);
        return NULL;
    }
    sd = xzalloc(sizeof *sd);
    ovs_list_init(&sd->events);
    sd->settled = !getenv("SCRIPT_UNSETTLED");
    sd->up.how = xstrdup("by script");
    detectors[kind] = sd;
    return &sd->up;
}

static struct detector *
scripted_hook_create(char **errorp)
{
    return create(HOOK, errorp);
}

static struct detector *
scripted_scan_create(char **errorp)
{
    return create(SCAN, errorp);
}

static void
forget_flows(void)
{
    struct scripted_flow *f;

    HMAP_FOR_EACH_SAFE (f, node, &flows) {
        remove_flow(f);
    }
    hmap_destroy(&flows);
    hmap_init(&flows);
}

static void
scripted_destroy(struct detector *detector)
{
    struct scripted_detector *sd = scripted_cast(detector);
    struct scripted_event *event;

    LIST_FOR_EACH_POP (event, node, &sd->events) {
        free(event);
    }
    for (int kind = 0; kind < N_SCRIPTED; kind++) {
        if (detectors[kind] == sd) {
            detectors[kind] = NULL;
        }
    }
    free(sd);
    if (!detectors[HOOK] && !detectors[SCAN]) {
        forget_flows();
    }
}

static int
scripted_set_zone(struct detector *detector, uint16_t zone,
                  const struct elephant_threshold *threshold)
{
    static const struct elephant_threshold none;
    struct scripted_detector *sd = scripted_cast(detector);
    bool was_ours = sd->zones[zone].bytes != 0;

    if (threshold && !was_ours && sd->n_zones >= max_zones) {
        return ENOSPC;
    }
    sd->n_zones += (threshold != NULL) - was_ours;
    sd->zones[zone] = threshold ? *threshold : none;
    return 0;
}

static bool
scripted_has_failed(const struct detector *detector)
{
    return scripted_cast(detector)->failed;
}

static bool
scripted_is_settled(const struct detector *detector)
{
    return scripted_cast(detector)->settled;
}

static void
scripted_run(struct detector *detector, detector_cb *cb, void *aux)
{
    struct scripted_event *event;

    LIST_FOR_EACH_POP (event, node, &scripted_cast(detector)->events) {
        cb(event->type, event->type == DETECTOR_LOST ? NULL : &event->flow,
           aux);
        free(event);
    }
}

static void
scripted_wait(struct detector *detector)
{
    if (!ovs_list_is_empty(&scripted_cast(detector)->events)) {
        poll_immediate_wake();
    }
}

static bool
scripted_refresh(struct detector *detector, struct ct_flow *flow)
{
    bool is_scan = scripted_cast(detector) == detectors[SCAN];
    uint64_t first_id = is_scan ? SCAN_IDS : 0;
    struct scripted_flow *f = find_flow(flow->id - first_id);

    if (f && (!is_scan || f->scanned)) {
        if (!f->slow) {
            f->flow.last_fast = time_msec();
        }
        *flow = f->flow;
        flow->id += first_id;
        return true;
    }
    return false;
}

static uint64_t
scripted_get_misses(const struct detector *detector, int kind, uint16_t zone)
{
    return scripted_cast(detector)->misses[kind - 1][zone];
}

static size_t
scripted_get_blind_spots(struct detector *detector,
                         const struct detector_blind_spot **spots)
{
    static struct detector_blind_spot all[] = {
        { "not-in-script", "whatever nobody wrote down", 7, 0 },
        { "one-way-bytes", "what nobody answered", 0, 1 },
        { "table-full", "what there was no room for", 0, 2 },
    };
    size_t n = 1;

    for (size_t kind = 0; kind < 2; kind++) {
        all[1 + kind].count = 0;
        for (size_t i = 0; i <= UINT16_MAX; i++) {
            all[1 + kind].count += scripted_cast(detector)->misses[kind][i];
        }
        n = all[1 + kind].count ? 2 + kind : n;
    }
    *spots = all;
    return n;
}

#define SCRIPTED_CLASS(KIND, CREATE)                \
    {                                               \
        .kind = KIND,                               \
        .create = CREATE,                           \
        .destroy = scripted_destroy,                \
        .set_zone = scripted_set_zone,              \
        .is_settled = scripted_is_settled,          \
        .has_failed = scripted_has_failed,          \
        .run = scripted_run,                        \
        .wait = scripted_wait,                      \
        .refresh = scripted_refresh,                \
        .get_blind_spots = scripted_get_blind_spots, \
        .get_misses = scripted_get_misses,          \
    }

const struct detector_class detector_hook_class
    = SCRIPTED_CLASS(DETECTOR_HOOK, scripted_hook_create);
const struct detector_class detector_scan_class
    = SCRIPTED_CLASS(DETECTOR_SCAN, scripted_scan_create);

/* The costs. */

struct detector_cost *
detector_cost_create(void)
{
    return NULL;
}

void
detector_cost_destroy(struct detector_cost *cost OVS_UNUSED)
{
}

void
detector_cost_run(struct detector_cost *cost OVS_UNUSED,
                  const struct detector_cost_inputs *in,
                  long long int now OVS_UNUSED)
{
    watch = in->watch;
}

void
detector_cost_wait(const struct detector_cost *cost OVS_UNUSED)
{
}

void
detector_cost_estimate(struct detector_cost *cost OVS_UNUSED,
                       const struct detector_cost_inputs *in OVS_UNUSED,
                       long long int now OVS_UNUSED,
                       struct detector_cost_figures *figures)
{
    *figures = (struct detector_cost_figures) { .entries = 0 };
}
