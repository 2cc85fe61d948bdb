/* SPDX-License-Identifier: Apache-2.0 */

/* The flows of a bridge, and the connection that keeps them there.
 *
 *
 * What the flows do
 * =================
 *
 * Every packet passes conntrack in the zone of the container that sent it and
 * in the zone of the container that it goes to, and is then given to the
 * bridge's own flows as if nothing had happened:
 *
 *     table 0       from a container's port:  ct(commit,zone=SENDER)
 *                   note the packet's VLAN in our register
 *        |
 *     receiver      to a container's address, in its VLAN:
 *     table                                   ct(commit,zone=RECEIVER)
 *        |
 *     return        clear our register, but for the bit ACCOUNTED
 *     table         start again in table 0, where the packet does not match
 *                   our flows any more and meets those of the bridge
 *
 * A ct() without "table=" tracks the packet and goes on without recirculating
 * it and without showing the bridge's flows what was found: their ct_state is
 * that of an untracked packet.  If one of them does ct(table=0), the register
 * survives, so that the packet is not accounted twice; a patch port to another
 * bridge clears it, and that bridge may have a pipeline of its own.  There is
 * no need of a ct_clear, which would only change packets that we do not track.
 *
 * Packets that the host sends through a port of its own may come tracked, by
 * the host's conntrack.  Our ct() would take that from them.  So if anybody's
 * flow has to do with conntrack, and could tell, a copy of such a packet is
 * tracked instead, by flows of their own: clone(ct(...)).
 *
 * If conntrack's table is full, a ct() fails for a new connection, and with it
 * all actions that follow it, also those that follow a clone() that it is in.
 * Where that must not be felt (PIPELINE_ISOLATED) the packet is
 * forwarded first, as a copy, and what is left is accounted:
 *
 *     table 0       from a port:  clone(return table, as above)
 *                   if a container's:         ct(commit,zone=SENDER)
 *        |
 *     receiver      to a container's address: ct(commit,zone=RECEIVER)
 *     table
 *
 * The copy costs more than it costs to pass on the packet itself.  And flows
 * of the bridge that end the translation of a packet for good, such as those
 * with the action "exit", would end it before ours were reached, so there must
 * be none.
 *
 * If somebody asked for it, what a container sends of an elephant is treated
 * otherwise: the return table has a flow for each such connection, which
 * marks its packets before it gives them back.  That is the only change to a
 * packet that these flows ever make.
 *
 * Only IP and IPv6 packets that are not fragments are matched: conntrack would
 * reassemble fragments, and so change what is forwarded.
 *
 * Each pass also marks the connection with the lowest byte of the container's
 * own address: the source's in the sender's zone, the destination's in the
 * receiver's.  Within one zone that is the same byte in both directions, so
 * the mark is set once, and whoever reads the entry knows which end of it is
 * the container.  Only this byte is added to the megaflows, so a router behind
 * a port costs at most 256 times as many of them, not one for each address.
 *
 * A flow that matches the receiver's address also looks at the VLAN, if the
 * container is in only one: the same address may exist in others.
 *
 *
 * How they get there
 * ==================
 *
 * The ports (pipeline-ports.c) say which flows there should be
 * (pipeline-flows.c), and the flow table (flow-table.c) knows what is missing.
 * This file decides what to ask of the switch (of-switch.c), and when.  On
 * every new connection it has all flows and groups listed.  From those that
 * are not ours it learns whether we would be in anybody's way, which register
 * is free, and what to beware of (foreign-flows.c).  Then the difference is
 * sent as one bundle, which the switch applies as a whole or not at all.  From
 * then on the switch tells when somebody else changes flows; one that cannot
 * is asked from time to time.
 *
 *      DISCONNECTED <- - - (from every state)
 *           |
 *           v                      a connection, and something was asked
 *         IDLE  ------>  LISTING   of us: reads what there is
 *                         |    ^
 *                         v    |   something to do:
 *                        STEADY ----------> COMMITTING
 *                           ^                |      |
 *                           +----------------+      v
 *                                done            BACKOFF  --> LISTING
 *                                                something failed
 */

#include <config.h>

#include "pipeline/pipeline.h"

#include "coverage.h"
#include "lib/printable.h"
#include "lib/problem.h"
#include "openvswitch/list.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "pipeline/flow-table.h"
#include "pipeline/foreign-flows.h"
#include "pipeline/of-switch.h"
#include "pipeline/pipeline-flows.h"
#include "pipeline/pipeline-layout.h"
#include "pipeline/pipeline-ports.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(pipeline);

COVERAGE_DEFINE(pipeline_connect);
COVERAGE_DEFINE(pipeline_list);
COVERAGE_DEFINE(pipeline_commit);
COVERAGE_DEFINE(pipeline_flow_mod);
COVERAGE_DEFINE(pipeline_repair);
COVERAGE_DEFINE(pipeline_error);

/* In milliseconds: between two listings, and two looks at the groups, at
 * least; between listings of a switch that does not tell about changes; and
 * before trying again what failed, at first and at most. */
#define LISTING_INTERVAL 1000
#define GROUPS_INTERVAL 5000
#define POLL_INTERVAL 10000
#define MIN_BACKOFF 1000
#define MAX_BACKOFF 60000

/* Repairs that follow each other more closely than this are a quarrel. */
#define REPAIR_PEACE (2 * MAX_BACKOFF)

enum pipeline_state {
    S_DISCONNECTED,             /* No connection to the switch. */
    S_IDLE,                     /* Connected; nothing was asked of us yet. */
    S_LISTING,                  /* Waiting for the flows that there are. */
    S_STEADY,                   /* Flows are known; something may be to do. */
    S_COMMITTING,               /* Waiting for the outcome of a change. */
    S_BACKOFF,                  /* Something failed; waiting to try again. */
};

struct pipeline {
    char *name;                 /* Name of the bridge, for the log. */
    struct of_switch *sw;
    enum pipeline_state state;

    /* What should be. */
    struct pipeline_ports *ports;
    bool asked;                 /* pipeline_set_ports() was called. */
    struct pipeline_options options;
    struct pipeline_layout wish; /* Tables and register as configured. */
    struct pipeline_layout layout; /* The same with the rest chosen. */

    /* What is. */
    struct flow_table *flows;
    struct foreign_flows foreign;
    char *refusal;              /* Why our flows may not be there, a sentence,
                                 * or null. */
    bool relist;                /* What we know may be wrong. */
    bool moved;                 /* The listing under way is a second one,
                                 * since the first made flows move. */
    bool repairing;             /* Flows of ours were changed, and will be put
                                 * right by the next commit. */
    bool groups_stale;          /* The groups may be others by now. */
    size_t n_flows;             /* Number of flows of ours, as last known. */

    /* In time_msec() time. */
    long long int last_listing;
    long long int last_groups;
    long long int last_repair;
    long long int commit_at;    /* S_STEADY: no commit before this. */
    long long int retry_at;     /* S_BACKOFF: when to go on. */

    /* Waits, in milliseconds. */
    int backoff;                /* Last one after a failure, 0 if none. */
    int repair_backoff;         /* Last one before a repair, 0 if none. */

    char *error;                /* What failed last, or null. */
    char *problem;              /* See pipeline_get_problem(). */
};

struct pipeline *
pipeline_create(const char *name)
{
    struct pipeline *p = xzalloc(sizeof *p);

    p->name = xstrdup(printable(name));
    p->sw = of_switch_create(name);
    p->flows = flow_table_create();
    p->ports = pipeline_ports_create(name, p->flows);
    p->options.first_table = PIPELINE_DEFAULT_TABLE;
    p->options.reg = PIPELINE_REG_ANY;
    p->options.order = PIPELINE_INLINE;
    p->wish.receiver_table = PIPELINE_DEFAULT_TABLE;
    p->wish.return_table = PIPELINE_DEFAULT_TABLE + 1;
    p->wish.reg = PIPELINE_REG_ANY;
    p->layout = p->wish;
    p->layout.reg = FOREIGN_N_REGS - 1;
    foreign_flows_init(&p->foreign);
    p->last_listing = p->last_groups = p->last_repair = LLONG_MIN / 2;
    return p;
}

void
pipeline_destroy(struct pipeline *p)
{
    if (p) {
        of_switch_destroy(p->sw);
        pipeline_ports_destroy(p->ports);
        flow_table_destroy(p->flows);
        foreign_flows_destroy(&p->foreign);
        free(p->refusal);
        free(p->name);
        free(p->error);
        free(p->problem);
        free(p);
    }
}

/* Tells the ports where their flows may live, if anywhere. */
static void
pipeline_place(struct pipeline *p)
{
    pipeline_ports_place(p->ports, p->refusal ? NULL : &p->layout);
}

enum pipeline_order
pipeline_get_order(const struct pipeline *p)
{
    return p->layout.isolated ? PIPELINE_ISOLATED : PIPELINE_INLINE;
}

const char *
pipeline_get_obstacle(const struct pipeline *p)
{
    return (p->options.order != PIPELINE_AUTO ? NULL
            : p->foreign.end ? p->foreign.end
            : p->options.hardware
            ? "Open vSwitch gives flows to hardware "
              "(other_config:hw-offload), which accounts no copies"
            : NULL);
}

void
pipeline_configure(struct pipeline *p, const struct pipeline_options *options)
{
    ovs_assert(options->first_table >= PIPELINE_MIN_TABLE
               && options->first_table <= PIPELINE_MAX_TABLE);
    ovs_assert(options->reg <= PIPELINE_MAX_REG
               || options->reg == PIPELINE_REG_ANY);
    if (pipeline_options_equal(options, &p->options)) {
        return;
    }
    p->options = *options;
    p->wish.receiver_table = options->first_table;
    p->wish.return_table = options->first_table + 1;
    p->wish.reg = options->reg;
    p->layout.receiver_table = p->wish.receiver_table;
    p->layout.return_table = p->wish.return_table;
    p->layout.isolated = pipeline_layout_is_isolated(options, &p->foreign);
    if (options->reg != PIPELINE_REG_ANY) {
        p->layout.reg = options->reg;
    }
    pipeline_place(p);

    /* Nothing is sent before the others' flows have been looked at again. */
    p->relist = true;
}

void
pipeline_set_ports(struct pipeline *p, const struct pipeline_port *ports,
                   size_t n)
{
    p->asked = true;
    pipeline_place(p);
    pipeline_ports_set(p->ports, ports, n);
}

void
pipeline_set_elephants(struct pipeline *p,
                       const struct pipeline_elephant *elephants, size_t n,
                       bool all)
{
    pipeline_ports_set_elephants(p->ports, elephants, n, all);
}

bool
pipeline_is_synced(const struct pipeline *p)
{
    return (p->state == S_STEADY
            && !p->refusal
            && !p->relist
            && flow_table_is_settled(p->flows));
}

bool
pipeline_is_empty(const struct pipeline *p)
{
    return (p->state == S_STEADY
            && !p->relist
            && flow_table_is_settled(p->flows)
            && !flow_table_count(p->flows));
}

const char *
pipeline_get_marker(const struct pipeline *p, uint32_t bits)
{
    return p->foreign.marks & bits ? p->foreign.marker : NULL;
}

size_t
pipeline_count_flows(const struct pipeline *p)
{
    return p->n_flows;
}

const char *
pipeline_get_problem(const struct pipeline *p)
{
    return p->problem;
}

static void
pipeline_start_listing(struct pipeline *p, long long int now)
{
    COVERAGE_INC(pipeline_list);
    p->state = S_LISTING;
    p->last_listing = p->last_groups = now;
    p->relist = p->groups_stale = p->moved = false;
    foreign_flows_destroy(&p->foreign);
    foreign_flows_init(&p->foreign);
    flow_table_forget(p->flows);
    of_switch_list(p->sw);
}

static void
pipeline_start_commit(struct pipeline *p)
{
    struct ovs_list flow_mods = OVS_LIST_INITIALIZER(&flow_mods);
    size_t n = flow_table_start(p->flows, of_switch_get_protocol(p->sw),
                                &flow_mods);

    COVERAGE_INC(pipeline_commit);
    COVERAGE_ADD(pipeline_flow_mod, n);
    VLOG_DBG("%s: changing %"PRIuSIZE" flows", p->name, n);
    p->state = S_COMMITTING;
    of_switch_commit(p->sw, &flow_mods);
}

/* If the switch has what it should have, nothing is wrong any more. */
static void
pipeline_forgive(struct pipeline *p)
{
    if (flow_table_is_settled(p->flows)) {
        p->backoff = 0;
        free(p->error);
        p->error = NULL;
    }
}

static void
pipeline_commit_done(struct pipeline *p)
{
    flow_table_finish(p->flows, true);
    p->state = S_STEADY;
    if (p->repairing) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);

        /* Not earlier: flows also go with their bridge, or before ovs-vswitchd
         * exits, but then there is nothing to repair. */
        COVERAGE_INC(pipeline_repair);
        VLOG_WARN_RL(&rl, "%s: another controller changed our flows; they "
                     "have been restored", p->name);
        p->repairing = false;
    }
    pipeline_forgive(p);
}

/* Something failed, as 'error' says: starts again with a new listing, after a
 * while. */
static void
pipeline_fail(struct pipeline *p, const char *error, long long int now)
{
    COVERAGE_INC(pipeline_error);
    flow_table_finish(p->flows, false);
    p->state = S_BACKOFF;
    p->backoff = MIN(MAX(2 * p->backoff, MIN_BACKOFF), MAX_BACKOFF);
    p->retry_at = now + p->backoff;
    free(p->error);
    p->error = xstrdup(error);
}

/* All flows are known.  Decides whether ours may be among them, and where. */
static void
pipeline_listing_done(struct pipeline *p, long long int now)
{
    struct pipeline_layout layout = p->layout;
    bool moved = p->moved;

    p->state = S_STEADY;
    p->moved = false;
    free(p->refusal);
    p->refusal = pipeline_layout_choose(&layout, &p->options, &p->foreign);
    if (!p->refusal && memcmp(&layout, &p->layout, sizeof layout)) {
        /* Now other flows are right, perhaps those that we left behind when we
         * were last here: list again.  If they keep moving, not at once. */
        p->layout = layout;
        pipeline_place(p);
        if (moved) {
            p->relist = true;
        } else {
            pipeline_start_listing(p, now);
            p->moved = true;
        }
    } else {
        pipeline_place(p);
        pipeline_forgive(p);
    }
}

/* Another controller changed our flows.  They will be restored, but not at
 * once if it happens again and again: who fights over a flow table wins
 * nothing. */
static void
pipeline_schedule_repair(struct pipeline *p, long long int now)
{
    p->repairing = true;
    p->repair_backoff = (now - p->last_repair > REPAIR_PEACE
                         ? 0
                         : MIN(MAX(2 * p->repair_backoff, 100), MAX_BACKOFF));
    p->commit_at = now + p->repair_backoff;
    p->last_repair = now;
}

/* There is 'flow', or there is not any more if it was 'removed'. */
static void
pipeline_saw_flow(struct pipeline *p, const struct flow_spec *flow,
                  bool removed, long long int now)
{
    bool was_settled = flow_table_is_settled(p->flows);

    /* What changes in the place of a flow of ours is ours as well, even if
     * its cookie was changed too. */
    if (pipeline_owns_cookie(flow->cookie)
        || (p->state != S_LISTING && flow_table_has(p->flows, flow))) {
        bool news = (removed
                     ? flow_table_saw_removal(p->flows, flow)
                     : flow_table_saw(p->flows, flow));

        if (news && was_settled && p->state == S_STEADY) {
            pipeline_schedule_repair(p, now);
        } else if (flow_table_is_settled(p->flows)) {
            p->repairing = false;
        }
        return;
    }

    if (!removed) {
        const struct ofpact *end = ofpact_end(flow->ofpacts,
                                              flow->ofpacts_len);

        foreign_flows_add_flow(&p->foreign, &p->wish, flow);
        p->groups_stale |= OFPACT_FIND_TYPE_FLATTENED(flow->ofpacts, GROUP,
                                                      end) != NULL;
    }
    p->relist |= (p->state != S_LISTING
                  && (p->refusal
                      || (removed && p->foreign.end
                          && foreign_flows_is_end(flow))));
}

/* Looks whether what was learned since the last listing puts us in anybody's
 * way. */
static void
pipeline_check_foreign(struct pipeline *p)
{
    if (p->state != S_LISTING && !p->refusal) {
        struct pipeline_layout layout = p->layout;
        char *refusal = pipeline_layout_choose(&layout, &p->options,
                                               &p->foreign);

        p->relist |= refusal || memcmp(&layout, &p->layout, sizeof layout);
        free(refusal);
    }
}

static void
pipeline_event(const struct of_switch_event *event, void *p_)
{
    struct pipeline *p = p_;
    long long int now = time_msec();

    switch (event->type) {
    case OF_SWITCH_CONNECTED:
        COVERAGE_INC(pipeline_connect);
        p->state = S_IDLE;
        p->backoff = 0;
        break;
    case OF_SWITCH_DISCONNECTED:
        flow_table_finish(p->flows, false);
        p->state = S_DISCONNECTED;
        p->repairing = false;
        break;
    case OF_SWITCH_FLOW:
        pipeline_saw_flow(p, event->flow, false, now);
        break;
    case OF_SWITCH_FLOW_REMOVED:
        pipeline_saw_flow(p, event->flow, true, now);
        break;
    case OF_SWITCH_GROUP:
        foreign_flows_add_group(&p->foreign, &p->wish, event->group);
        break;
    case OF_SWITCH_LISTED:
        if (p->state == S_LISTING) {
            pipeline_listing_done(p, now);
        }
        break;
    case OF_SWITCH_COMMITTED:
        if (p->state == S_COMMITTING) {
            pipeline_commit_done(p);
        }
        break;
    case OF_SWITCH_FAILED:
        pipeline_fail(p, event->error, now);
        break;
    case OF_SWITCH_LOST:
        p->relist = true;
        break;
    default:
        OVS_NOT_REACHED();
    }
    pipeline_check_foreign(p);
}

/* When things are due in S_STEADY, in time_msec() time; LLONG_MAX is never. */
struct agenda {
    long long int list_at;
    long long int commit_at;
    long long int groups_at;
};

static struct agenda
pipeline_get_agenda(const struct pipeline *p)
{
    struct agenda agenda = { LLONG_MAX, LLONG_MAX, LLONG_MAX };

    if (p->relist) {
        agenda.list_at = p->last_listing + LISTING_INTERVAL;
    } else {
        /* No switch tells when groups change, which may be why our flows may
         * not be there. */
        if (!of_switch_tells_changes(p->sw) || p->refusal) {
            agenda.list_at = p->last_listing + POLL_INTERVAL;
        }
        if (!flow_table_is_settled(p->flows)) {
            agenda.commit_at = p->commit_at;
        }
    }
    if (p->groups_stale) {
        agenda.groups_at = p->last_groups + GROUPS_INTERVAL;
    }
    return agenda;
}

/* S_STEADY: does the first thing that is due. */
static void
pipeline_run_steady(struct pipeline *p, long long int now)
{
    struct agenda agenda = pipeline_get_agenda(p);

    if (now >= agenda.list_at) {
        pipeline_start_listing(p, now);
    } else if (now >= agenda.commit_at) {
        pipeline_start_commit(p);
    } else if (now >= agenda.groups_at) {
        p->last_groups = now;
        p->groups_stale = false;
        of_switch_list_groups(p->sw);
    }
}

/* Returns when pipeline_run() has something to do by itself, in time_msec()
 * time. */
static long long int
pipeline_next_wake(const struct pipeline *p)
{
    if (p->state == S_IDLE && p->asked) {
        return 0;
    } else if (p->state == S_STEADY) {
        struct agenda agenda = pipeline_get_agenda(p);

        return MIN(MIN(agenda.list_at, agenda.commit_at), agenda.groups_at);
    } else if (p->state == S_BACKOFF) {
        return p->retry_at;
    } else {
        return LLONG_MAX;
    }
}

/* Returns a malloc()'d sentence that says what is wrong, or null. */
static char *
pipeline_find_problem(const struct pipeline *p)
{
    char *trouble = of_switch_get_trouble(p->sw);

    if (trouble) {
        return trouble;
    } else if (p->error) {
        return xstrdup(p->error);
    } else if (p->refusal) {
        return xstrdup(p->refusal);
    } else if (p->repair_backoff >= MIN_BACKOFF
               && !flow_table_is_settled(p->flows)) {
        return xstrdup("somebody keeps changing flows of ours");
    }
    return NULL;
}

static void
pipeline_update_problem(struct pipeline *p)
{
    bool is_news = problem_set(&p->problem, pipeline_find_problem(p));

    /* rconn logs about connections, so this does not. */
    if (is_news && p->state != S_DISCONNECTED) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 10);

        VLOG_WARN_RL(&rl, "%s: %s", p->name, printable_text(p->problem));
    }
}

void
pipeline_run(struct pipeline *p)
{
    long long int now;

    of_switch_run(p->sw, pipeline_event, p);
    now = time_msec();
    if (p->state == S_STEADY) {
        p->n_flows = flow_table_count(p->flows);
        pipeline_run_steady(p, now);
    } else if ((p->state == S_IDLE && p->asked)
               || (p->state == S_BACKOFF && now >= p->retry_at)) {
        pipeline_start_listing(p, now);
    }
    pipeline_update_problem(p);
}

void
pipeline_wait(struct pipeline *p)
{
    long long int wake_at = pipeline_next_wake(p);

    of_switch_wait(p->sw);
    if (wake_at != LLONG_MAX) {
        poll_timer_wait_until(wake_at);
    }
}
