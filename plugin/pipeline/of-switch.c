/* SPDX-License-Identifier: Apache-2.0 */

/* The OpenFlow messages behind of-switch.h.
 *
 *                       OpenFlow 1.0     1.2         1.3         1.4, 1.5
 *     ------------------------------------------------------------------
 *     matching           NXM             OXM         OXM         OXM
 *     telling changes    Nicira          Nicira      ONF         standard
 *     all at once        in order, then a barrier    ONF bundle  bundle
 *     groups             no              yes         yes         yes
 *
 * OpenFlow 1.1 is left out, since it cannot match on registers.  A switch that
 * does not know one of the ways to tell changes says so with an error. */

#include <config.h>

#include "pipeline/of-switch.h"

#include <errno.h>
#include <unistd.h>

#include "dirs.h"
#include "lib/printable.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-bundle.h"
#include "openvswitch/ofp-errors.h"
#include "openvswitch/ofp-flow.h"
#include "openvswitch/ofp-group.h"
#include "openvswitch/ofp-monitor.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/ofp-util.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/rconn.h"
#include "openvswitch/vlog.h"
#include "pipeline/flow-table.h"
#include "pipeline/of-request.h"
#include "socket-util.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(of_switch);

#define ALLOWED_VERSIONS ((1u << OFP10_VERSION) | (1u << OFP12_VERSION) \
                          | (1u << OFP13_VERSION) | (1u << OFP14_VERSION) \
                          | (1u << OFP15_VERSION))

/* Seconds of silence after which the switch is asked whether it is there
 * (rconn does so only where a dead peer would otherwise go unnoticed), and the
 * longest pause between attempts to connect. */
#define PROBE_INTERVAL 30
#define MAX_CONNECT_BACKOFF 2

/* Milliseconds between looks for the switch's socket, at first and at most. */
#define MIN_LOOK_INTERVAL 50
#define MAX_LOOK_INTERVAL (MAX_CONNECT_BACKOFF * 1000)

/* Messages to take from the connection before giving others a turn. */
#define MAX_RECV 100

/* Replies to the switch's own probes that may wait to be sent.  A switch that
 * reads none of them gets no more. */
#define MAX_ECHO_REPLIES 10

/* Milliseconds that an answer may take before that is a problem, and those
 * without any word of it before it will not come over this connection. */
#define ANSWER_PATIENCE 10000
#define ANSWER_TIMEOUT 60000

/* Something that was asked of the switch.  Any number may be a transaction id,
 * 0 included. */
struct request {
    bool pending;               /* Is it not answered yet? */
    ovs_be32 xid;               /* If so, its transaction id. */
};

struct of_switch {
    char *name;                 /* Of the bridge, for the log. */
    bool has_path_for_name;     /* The bridge's name leads elsewhere: nothing
                                 * is looked for there. */
    char *target;               /* "unix:" and its management socket. */
    struct rconn *rconn;
    bool waiting;               /* For the socket of 'target' to be there, and
                                 * 'rconn' is idle. */
    long long int look_at;      /* If so, when to look, in time_msec() time. */
    int look_interval;          /* How long to wait after that. */
    bool connected;             /* As last told. */
    unsigned int seqno;         /* Number of the connection last told. */
    enum ofputil_protocol protocol;
    bool tells_changes;
    struct rconn_packet_counter *echoes; /* Replies not sent yet. */

    /* Requests under way.  A commit is over when the last of its messages,
     * which 'commit' is, is answered, or any of them refused. */
    struct request monitor;
    struct request groups;
    struct request flows;
    struct request commit;
    uint32_t commit_first;      /* Transaction id of its first message, in
                                 * host byte order. */
    bool listing;               /* Is OF_SWITCH_LISTED still to be told? */
    uint32_t bundle_id;         /* Of the last bundle. */

    /* While the switch owes an answer, in time_msec() time. */
    long long int asked_at;     /* Since when. */
    long long int heard_at;     /* When it was asked, or said a part of it,
                                 * last. */

    /* Valid only within of_switch_run(). */
    of_switch_cb *cb;
    void *aux;
};

struct of_switch *
of_switch_create(const char *bridge)
{
    struct of_switch *sw = xzalloc(sizeof *sw);

    sw->name = xstrdup(printable(bridge));
    sw->target = xasprintf("unix:%s/%s.mgmt", ovs_rundir(), bridge);
    sw->has_path_for_name = strchr(bridge, '/') != NULL;
    sw->rconn = rconn_create(PROBE_INTERVAL, MAX_CONNECT_BACKOFF,
                             DSCP_DEFAULT, ALLOWED_VERSIONS);
    sw->echoes = rconn_packet_counter_create();
    sw->waiting = true;
    sw->look_interval = MIN_LOOK_INTERVAL;
    return sw;
}

void
of_switch_destroy(struct of_switch *sw)
{
    if (sw) {
        rconn_destroy(sw->rconn);
        rconn_packet_counter_destroy(sw->echoes);
        free(sw->name);
        free(sw->target);
        free(sw);
    }
}

/* Does the switch owe an answer? */
static bool
is_asking(const struct of_switch *sw)
{
    return sw->listing || sw->groups.pending || sw->commit.pending;
}

char *
of_switch_get_trouble(const struct of_switch *sw)
{
    int error = sw->waiting ? ENOENT : rconn_get_last_error(sw->rconn);

    if (sw->connected) {
        return (is_asking(sw) && time_msec() >= sw->asked_at + ANSWER_PATIENCE
                ? xasprintf("the switch was asked to %s more than %d s ago "
                            "and does not answer: is ovs-vswitchd overloaded, "
                            "or something else listening on %s?",
                            sw->commit.pending ? "change its flows"
                            : sw->listing ? "list its flows"
                            : "list its groups",
                            ANSWER_PATIENCE / 1000, sw->target)
                : NULL);
    }
    if (sw->has_path_for_name) {
        return xasprintf("no connection to %s: a bridge has no \"/\" in its "
                         "name", sw->target);
    }
    return xasprintf("no connection to %s%s%s", sw->target, error ? ": " : "",
                     error ? ovs_retval_to_string(error) : "");
}

enum ofputil_protocol
of_switch_get_protocol(const struct of_switch *sw)
{
    return sw->protocol;
}

bool
of_switch_tells_changes(const struct of_switch *sw)
{
    return sw->tells_changes;
}

/* Requests. */

/* Sends 'msg' and returns it as a request that is under way. */
static struct request
of_switch_send(struct of_switch *sw, struct ofpbuf *msg)
{
    ovs_be32 xid = ((struct ofp_header *) msg->data)->xid;

    rconn_send(sw->rconn, msg, NULL);
    return (struct request) { .pending = true, .xid = xid };
}

/* Is 'xid' that of 'request', which is under way? */
static bool
is_answer(const struct request *request, ovs_be32 xid)
{
    return request->pending && request->xid == xid;
}

/* Is 'xid' that of any message of the commit that is under way? */
static bool
is_of_commit(const struct of_switch *sw, ovs_be32 xid)
{
    return (sw->commit.pending
            && (ntohl(xid) - sw->commit_first
                <= ntohl(sw->commit.xid) - sw->commit_first));
}

/* From now on the switch owes an answer. */
static void
start_waiting(struct of_switch *sw)
{
    long long int now = time_msec();

    if (!is_asking(sw)) {
        sw->asked_at = now;
    }
    sw->heard_at = now;
}

/* Nothing of what was asked for will be answered any more. */
static void
forget_requests(struct of_switch *sw)
{
    sw->groups.pending = sw->flows.pending = sw->commit.pending = false;
    sw->listing = false;
}

/* Chooses the flow format, where the OpenFlow version has several. */
static void
of_switch_negotiate(struct of_switch *sw)
{
    enum ofp_version version = rconn_get_version(sw->rconn);

    sw->protocol = ofputil_protocol_from_ofp_version(version);
    if (version == OFP10_VERSION) {
        enum ofputil_protocol want = OFPUTIL_P_OF10_NXM_TID;
        struct ofpbuf *msg;

        while ((msg = ofputil_encode_set_protocol(sw->protocol, want,
                                                  &sw->protocol))) {
            of_switch_send(sw, msg);
        }
    }
}

/* Asks to be told when others change flows. */
static void
of_switch_monitor(struct of_switch *sw)
{
    sw->monitor = of_switch_send(sw, of_request_monitor(sw->protocol));
    sw->tells_changes = true;
}

/* Asks for all groups. */
void
of_switch_list_groups(struct of_switch *sw)
{
    enum ofp_version version = rconn_get_version(sw->rconn);

    if (version >= OFP11_VERSION) {
        start_waiting(sw);
        sw->groups = of_switch_send(
            sw, ofputil_encode_group_desc_request(version, OFPG_ALL));
    }
}

/* Asks for all groups and flows. */
void
of_switch_list(struct of_switch *sw)
{
    start_waiting(sw);
    sw->listing = true;
    of_switch_list_groups(sw);
    sw->flows = of_switch_send(sw, of_request_flows(sw->protocol));
}

/* Sends 'flow_mods', which it takes ownership of, to be applied all at once,
 * or in this order where the OpenFlow version has no bundles.  They must have
 * been encoded in this order, and there must be one. */
void
of_switch_commit(struct of_switch *sw, struct ovs_list *flow_mods)
{
    enum ofp_version version = rconn_get_version(sw->rconn);
    bool bundle = version >= OFP13_VERSION;
    uint32_t id = ++sw->bundle_id;
    struct ofpbuf *msg;

    msg = CONTAINER_OF(ovs_list_front(flow_mods), struct ofpbuf, list_node);
    sw->commit_first = ntohl(((struct ofp_header *) msg->data)->xid);
    if (bundle) {
        of_switch_send(sw, of_request_bundle_control(version, id,
                                                     OFPBCT_OPEN_REQUEST));
    } else {
        VLOG_WARN_ONCE("%s: OpenFlow %s has no bundles, so changes of several "
                       "flows are not atomic", sw->name,
                       version == OFP10_VERSION ? "1.0" : "1.2");
    }
    LIST_FOR_EACH_POP (msg, list_node, flow_mods) {
        of_switch_send(sw, bundle ? of_request_bundle_add(version, id, msg)
                           : msg);
    }
    start_waiting(sw);
    sw->commit = of_switch_send(
        sw, bundle ? of_request_bundle_control(version, id,
                                               OFPBCT_COMMIT_REQUEST)
                   : ofputil_encode_barrier_request(version));
}

/* Events. */

static void
tell(struct of_switch *sw, enum of_switch_event_type type)
{
    sw->cb(&(struct of_switch_event) { .type = type }, sw->aux);
}

static void
tell_flow(struct of_switch *sw, enum of_switch_event_type type,
          const struct flow_spec *flow)
{
    sw->cb(&(struct of_switch_event) { .type = type, .flow = flow }, sw->aux);
}

/* What was under way failed, because of 'error'. */
static void
tell_failed(struct of_switch *sw, const char *error)
{
    forget_requests(sw);
    sw->cb(&(struct of_switch_event) { .type = OF_SWITCH_FAILED,
                                       .error = error }, sw->aux);
}

static void
tell_unreadable(struct of_switch *sw, enum ofperr error)
{
    char *s = xasprintf("the switch said something that we cannot read (%s)",
                        ofperr_to_string(error));
    tell_failed(sw, s);
    free(s);
}

/* A part of a listing ended.  Tells if that was the last one. */
static void
tell_if_listed(struct of_switch *sw)
{
    if (sw->listing && !sw->flows.pending && !sw->groups.pending) {
        sw->listing = false;
        tell(sw, OF_SWITCH_LISTED);
    }
}

/* An answer to 'request', part of a listing, was read until 'retval': EOF, or
 * an ofperr.  'more' says whether others follow. */
static void
end_answer(struct of_switch *sw, struct request *request, int retval,
           bool more)
{
    if (retval != EOF) {
        tell_unreadable(sw, retval);
    } else if (!more) {
        request->pending = false;
        tell_if_listed(sw);
    }
}

static void
recv_flows(struct of_switch *sw, struct ofpbuf *msg)
{
    bool more = ofpmp_more(msg->data);
    struct ofputil_flow_stats fs;
    uint64_t stub[1024 / 8];
    struct ofpbuf ofpacts;
    int retval;

    ofpbuf_use_stub(&ofpacts, stub, sizeof stub);
    while (!(retval = ofputil_decode_flow_stats_reply(&fs, msg, true,
                                                      &ofpacts))) {
        struct flow_spec flow = {
            .table_id = fs.table_id,
            .priority = fs.priority,
            .cookie = fs.cookie,
            .match = &fs.match,
            .ofpacts = fs.ofpacts,
            .ofpacts_len = fs.ofpacts_len,
            .transient = fs.idle_timeout || fs.hard_timeout,
        };

        tell_flow(sw, OF_SWITCH_FLOW, &flow);
    }
    ofpbuf_uninit(&ofpacts);
    end_answer(sw, &sw->flows, retval, more);
}

static void
recv_groups(struct of_switch *sw, struct ofpbuf *msg)
{
    const struct ofp_header *oh = msg->data;
    enum ofp_version version = oh->version;
    bool more = ofpmp_more(oh);
    struct ofputil_group_desc gd;
    int retval;

    while (!(retval = ofputil_decode_group_desc_reply(&gd, msg, version))) {
        sw->cb(&(struct of_switch_event) { .type = OF_SWITCH_GROUP,
                                           .group = &gd }, sw->aux);
        ofputil_uninit_group_desc(&gd);
    }
    end_answer(sw, &sw->groups, retval, more);
}

static void
tell_update(struct of_switch *sw, const struct ofputil_flow_update *update)
{
    struct flow_spec flow = {
        .table_id = update->table_id,
        .priority = update->priority,
        .cookie = update->cookie,
        .match = &update->match,
        .ofpacts = update->ofpacts,
        .ofpacts_len = update->ofpacts_len,
        .transient = update->idle_timeout || update->hard_timeout,
    };

    switch (update->event) {
    case OFPFME_INITIAL:
    case OFPFME_ADDED:
    case OFPFME_MODIFIED:
        tell_flow(sw, OF_SWITCH_FLOW, &flow);
        break;
    case OFPFME_REMOVED:
        tell_flow(sw, OF_SWITCH_FLOW_REMOVED, &flow);
        break;
    case OFPFME_ABBREV:         /* We did it. */
    case OFPFME_PAUSED:
        break;
    case OFPFME_RESUMED:
    default:
        tell(sw, OF_SWITCH_LOST);
        break;
    }
}

static void
recv_updates(struct of_switch *sw, struct ofpbuf *msg)
{
    struct ofputil_flow_update update;
    uint64_t stub[1024 / 8];
    struct ofpbuf ofpacts;
    int retval;

    ofpbuf_use_stub(&ofpacts, stub, sizeof stub);
    while (!(retval = ofputil_decode_flow_update(&update, msg, &ofpacts))) {
        tell_update(sw, &update);
    }
    ofpbuf_uninit(&ofpacts);
    if (retval != EOF) {
        tell(sw, OF_SWITCH_LOST);
    }
}

static void
tell_committed(struct of_switch *sw)
{
    sw->commit.pending = false;
    tell(sw, OF_SWITCH_COMMITTED);
}

static void
recv_bundle_reply(struct of_switch *sw, const struct ofp_header *oh)
{
    struct ofputil_bundle_ctrl_msg reply;
    enum ofperr error = ofputil_decode_bundle_ctrl(oh, &reply);

    if (error) {
        tell_unreadable(sw, error);
    } else if (is_answer(&sw->commit, oh->xid)
               && reply.type == OFPBCT_COMMIT_REPLY) {
        tell_committed(sw);
    }
}

static void
recv_error(struct of_switch *sw, const struct ofp_header *oh)
{
    enum ofperr error = ofperr_decode_msg(oh, NULL);

    if (is_answer(&sw->monitor, oh->xid)) {
        VLOG_INFO("%s: the switch does not tell when flows change (%s), so it "
                  "will be asked", sw->name, ofperr_to_string(error));
        sw->monitor.pending = false;
        sw->tells_changes = false;
    } else if (is_answer(&sw->groups, oh->xid)) {
        sw->groups.pending = false;
        tell_if_listed(sw);
    } else if (is_answer(&sw->flows, oh->xid) || is_of_commit(sw, oh->xid)) {
        char *s = xasprintf("the switch refused %s: %s (%s)",
                            sw->commit.pending ? "our flows" : "to list flows",
                            ofperr_get_name(error),
                            ofperr_get_description(error));
        tell_failed(sw, s);
        free(s);
    }
}

static void
recv_echo(struct of_switch *sw, const struct ofp_header *oh)
{
    rconn_send_with_limit(sw->rconn, ofputil_encode_echo_reply(oh),
                          sw->echoes, MAX_ECHO_REPLIES);
}

/* Is 'xid' that of a request whose answer cannot be done without? */
static bool
is_needed(const struct of_switch *sw, ovs_be32 xid)
{
    return (is_answer(&sw->flows, xid) || is_answer(&sw->groups, xid)
            || is_answer(&sw->commit, xid));
}

static void
recv_msg(struct of_switch *sw, struct ofpbuf *msg)
{
    const struct ofp_header *oh = msg->data;
    enum ofptype type;
    enum ofperr error = ofptype_decode(&type, oh);

    if (is_needed(sw, oh->xid)) {
        sw->heard_at = time_msec();
        if (error) {
            tell_unreadable(sw, error);
        }
    }
    if (error) {
        return;
    }
    if (type == OFPTYPE_ECHO_REQUEST) {
        recv_echo(sw, oh);
    } else if (type == OFPTYPE_ERROR) {
        recv_error(sw, oh);
    } else if (type == OFPTYPE_FLOW_STATS_REPLY
               && is_answer(&sw->flows, oh->xid)) {
        recv_flows(sw, msg);
    } else if (type == OFPTYPE_GROUP_DESC_STATS_REPLY
               && is_answer(&sw->groups, oh->xid)) {
        recv_groups(sw, msg);
    } else if (type == OFPTYPE_FLOW_MONITOR_STATS_REPLY) {
        recv_updates(sw, msg);
    } else if (type == OFPTYPE_FLOW_MONITOR_RESUMED) {
        tell(sw, OF_SWITCH_LOST);
    } else if (type == OFPTYPE_BUNDLE_CONTROL) {
        recv_bundle_reply(sw, oh);
    } else if (type == OFPTYPE_BARRIER_REPLY
               && is_answer(&sw->commit, oh->xid)) {
        tell_committed(sw);
    }
}

/* Does the socket of the switch not exist? */
static bool
is_missing(const struct of_switch *sw)
{
    return (sw->has_path_for_name
            || (access(sw->target + strlen("unix:"), F_OK)
                && errno == ENOENT));
}

/* Has 'rconn' connect only when there is something to connect to.  A bridge is
 * in the database before ovs-vswitchd has made its socket, and the socket goes
 * away with ovs-vswitchd: neither is an error, as rconn would have it. */
static void
run_target(struct of_switch *sw)
{
    if (rconn_is_connected(sw->rconn)
        || (sw->waiting && time_msec() < sw->look_at)) {
        return;
    }
    if (is_missing(sw)) {
        if (!sw->waiting || !sw->look_at) {
            VLOG_INFO("%s: %s is not there, waiting for it", sw->name,
                      printable_text(sw->target));
            rconn_disconnect(sw->rconn);
            sw->waiting = true;
            sw->look_interval = MIN_LOOK_INTERVAL;
        }
        sw->look_at = time_msec() + sw->look_interval;
        sw->look_interval = MIN(2 * sw->look_interval, MAX_LOOK_INTERVAL);
    } else if (sw->waiting) {
        sw->waiting = false;
        rconn_connect(sw->rconn, sw->target, printable_text(sw->target));
    }
}

/* Tells whether a connection has come or gone. */
static void
run_connection(struct of_switch *sw)
{
    bool connected = rconn_is_connected(sw->rconn);
    unsigned int seqno = rconn_get_connection_seqno(sw->rconn);

    if (sw->connected && (!connected || seqno != sw->seqno)) {
        sw->connected = false;
        forget_requests(sw);
        tell(sw, OF_SWITCH_DISCONNECTED);
    }
    if (connected && !sw->connected) {
        sw->connected = true;
        sw->seqno = seqno;
        of_switch_negotiate(sw);
        of_switch_monitor(sw);
        tell(sw, OF_SWITCH_CONNECTED);
    }
}

/* Connects anew if the switch has owed an answer for too long.  (To ask again
 * over the same connection would only add to what it has to do.) */
static void
run_timeout(struct of_switch *sw)
{
    if (sw->connected && is_asking(sw)
        && time_msec() >= sw->heard_at + ANSWER_TIMEOUT) {
        VLOG_WARN("%s: no answer for %d s, connecting to %s again", sw->name,
                  ANSWER_TIMEOUT / 1000, printable_text(sw->target));
        rconn_reconnect(sw->rconn);
    }
}

/* Keeps the connection, and tells 'cb' what happened. */
void
of_switch_run(struct of_switch *sw, of_switch_cb *cb, void *aux)
{
    sw->cb = cb;
    sw->aux = aux;
    run_target(sw);
    run_timeout(sw);
    rconn_run(sw->rconn);
    run_connection(sw);
    for (int i = 0; i < MAX_RECV && sw->connected; i++) {
        struct ofpbuf *msg = rconn_recv(sw->rconn);

        if (!msg) {
            break;
        }
        recv_msg(sw, msg);
        ofpbuf_delete(msg);
    }
    run_connection(sw);
}

void
of_switch_wait(struct of_switch *sw)
{
    if (sw->waiting) {
        poll_timer_wait_until(sw->look_at);
    } else if (is_asking(sw)) {
        long long int patience_ends = sw->asked_at + ANSWER_PATIENCE;

        poll_timer_wait_until(time_msec() < patience_ends
                              ? patience_ends
                              : sw->heard_at + ANSWER_TIMEOUT);
    }
    rconn_run_wait(sw->rconn);
    rconn_recv_wait(sw->rconn);
}
