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

struct of_switch {
    char *name;                 /* For the log. */
    char *target;
    struct rconn *rconn;
    bool waiting;               /* For the socket of 'target' to be there, and
                                 * 'rconn' is idle. */
    long long int look_at;      /* If so, when to look, in time_msec() time, */
    int look_interval;          /* and how long to wait after that. */
    bool connected;             /* As last told. */
    unsigned int seqno;         /* Number of the connection last told. */
    enum ofputil_protocol protocol;
    bool tells_changes;

    /* Transaction ids of requests under way, or 0.  A commit is over when the
     * last of its messages is answered; until then, any error is its own. */
    ovs_be32 monitor_xid;
    ovs_be32 groups_xid;
    ovs_be32 flows_xid;
    ovs_be32 commit_xid;
    uint32_t bundle_id;         /* Of the last bundle. */

    /* Valid only within of_switch_run(). */
    of_switch_cb *cb;
    void *aux;
};

struct of_switch *
of_switch_create(const char *name, const char *target)
{
    struct of_switch *sw = xzalloc(sizeof *sw);

    sw->name = xstrdup(name);
    sw->target = xstrdup(target);
    sw->rconn = rconn_create(PROBE_INTERVAL, MAX_CONNECT_BACKOFF,
                             DSCP_DEFAULT, ALLOWED_VERSIONS);
    sw->waiting = true;
    sw->look_interval = MIN_LOOK_INTERVAL;
    return sw;
}

void
of_switch_destroy(struct of_switch *sw)
{
    if (sw) {
        rconn_destroy(sw->rconn);
        free(sw->name);
        free(sw->target);
        free(sw);
    }
}

char *
of_switch_get_trouble(const struct of_switch *sw)
{
    int error = sw->waiting ? ENOENT : rconn_get_last_error(sw->rconn);

    if (sw->connected) {
        return NULL;
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

/* Sends 'msg' and returns its transaction id. */
static ovs_be32
of_switch_send(struct of_switch *sw, struct ofpbuf *msg)
{
    ovs_be32 xid = ((struct ofp_header *) msg->data)->xid;

    rconn_send(sw->rconn, msg, NULL);
    return xid;
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
    struct ofputil_flow_monitor_request request = {
        .id = 1,
        .command = OFPFMC_ADD,
        .flags = (OFPFMF_ADD | OFPFMF_REMOVED | OFPFMF_MODIFY
                  | OFPFMF_INSTRUCTIONS),
        .out_port = OFPP_ANY,
        .out_group = OFPG_ANY,
        .table_id = OFPTT_ALL,
    };
    struct ofpbuf *msg = ofpbuf_new(0);

    match_init_catchall(&request.match);
    ofputil_append_flow_monitor_request(&request, msg, sw->protocol);
    sw->monitor_xid = of_switch_send(sw, msg);
    sw->tells_changes = true;
}

/* Asks for all groups. */
void
of_switch_list_groups(struct of_switch *sw)
{
    enum ofp_version version = rconn_get_version(sw->rconn);

    if (version >= OFP11_VERSION) {
        sw->groups_xid = of_switch_send(
            sw, ofputil_encode_group_desc_request(version, OFPG_ALL));
    }
}

/* Asks for all groups and flows. */
void
of_switch_list(struct of_switch *sw)
{
    struct ofputil_flow_stats_request request = {
        .out_port = OFPP_ANY,
        .out_group = OFPG_ANY,
        .table_id = OFPTT_ALL,
    };

    of_switch_list_groups(sw);
    match_init_catchall(&request.match);
    sw->flows_xid = of_switch_send(
        sw, ofputil_encode_flow_stats_request(&request, sw->protocol));
}

static struct ofpbuf *
encode_bundle_control(const struct of_switch *sw, uint16_t type)
{
    struct ofputil_bundle_ctrl_msg control = {
        .bundle_id = sw->bundle_id,
        .type = type,
        .flags = OFPBF_ORDERED | OFPBF_ATOMIC,
    };

    return ofputil_encode_bundle_ctrl_request(rconn_get_version(sw->rconn),
                                              &control);
}

/* Puts 'msg', which it takes ownership of, into a message that adds it to the
 * bundle. */
static struct ofpbuf *
encode_bundle_add(const struct of_switch *sw, struct ofpbuf *msg)
{
    ofpmsg_update_length(msg);

    struct ofputil_bundle_add_msg add = {
        .bundle_id = sw->bundle_id,
        .flags = OFPBF_ORDERED | OFPBF_ATOMIC,
        .msg = msg->data,
    };
    struct ofpbuf *wrapped = ofputil_encode_bundle_add(
        rconn_get_version(sw->rconn), &add);

    ofpbuf_delete(msg);
    return wrapped;
}

/* Sends 'flow_mods', which it takes ownership of, to be applied all at once,
 * or in this order where the OpenFlow version has no bundles. */
void
of_switch_commit(struct of_switch *sw, struct ovs_list *flow_mods)
{
    enum ofp_version version = rconn_get_version(sw->rconn);
    bool bundle = version >= OFP13_VERSION;
    struct ofpbuf *msg;

    sw->bundle_id++;
    if (bundle) {
        of_switch_send(sw, encode_bundle_control(sw, OFPBCT_OPEN_REQUEST));
    } else {
        VLOG_WARN_ONCE("%s: OpenFlow %s has no bundles, so changes of several "
                       "flows are not atomic", sw->name,
                       version == OFP10_VERSION ? "1.0" : "1.2");
    }
    LIST_FOR_EACH_POP (msg, list_node, flow_mods) {
        of_switch_send(sw, bundle ? encode_bundle_add(sw, msg) : msg);
    }
    sw->commit_xid = of_switch_send(
        sw, bundle ? encode_bundle_control(sw, OFPBCT_COMMIT_REQUEST)
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
    sw->flows_xid = sw->commit_xid = 0;
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

    if (retval != EOF) {
        tell_unreadable(sw, retval);
    } else if (!more) {
        sw->flows_xid = 0;
        tell(sw, OF_SWITCH_LISTED);
    }
}

static void
recv_groups(struct of_switch *sw, struct ofpbuf *msg)
{
    const struct ofp_header *oh = msg->data;
    enum ofp_version version = oh->version;
    struct ofputil_group_desc gd;

    if (!ofpmp_more(oh)) {
        sw->groups_xid = 0;
    }
    while (!ofputil_decode_group_desc_reply(&gd, msg, version)) {
        sw->cb(&(struct of_switch_event) { .type = OF_SWITCH_GROUP,
                                           .group = &gd }, sw->aux);
        ofputil_uninit_group_desc(&gd);
    }
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
recv_bundle_reply(struct of_switch *sw, const struct ofp_header *oh)
{
    struct ofputil_bundle_ctrl_msg reply;
    enum ofperr error = ofputil_decode_bundle_ctrl(oh, &reply);

    if (error) {
        tell_unreadable(sw, error);
    } else if (oh->xid == sw->commit_xid
               && reply.type == OFPBCT_COMMIT_REPLY) {
        sw->commit_xid = 0;
        tell(sw, OF_SWITCH_COMMITTED);
    }
}

static void
recv_error(struct of_switch *sw, const struct ofp_header *oh)
{
    enum ofperr error = ofperr_decode_msg(oh, NULL);

    if (oh->xid == sw->monitor_xid) {
        VLOG_INFO("%s: the switch does not tell when flows change (%s), so it "
                  "will be asked", sw->name, ofperr_to_string(error));
        sw->monitor_xid = 0;
        sw->tells_changes = false;
    } else if (oh->xid == sw->groups_xid) {
        sw->groups_xid = 0;
    } else if (oh->xid == sw->flows_xid || sw->commit_xid) {
        char *s = xasprintf("the switch refused %s: %s (%s)",
                            sw->commit_xid ? "our flows" : "to list flows",
                            ofperr_get_name(error),
                            ofperr_get_description(error));
        tell_failed(sw, s);
        free(s);
    }
}

static void
recv_msg(struct of_switch *sw, struct ofpbuf *msg)
{
    const struct ofp_header *oh = msg->data;
    enum ofptype type;

    if (ofptype_decode(&type, oh)) {
        return;
    }
    if (type == OFPTYPE_ECHO_REQUEST) {
        of_switch_send(sw, ofputil_encode_echo_reply(oh));
    } else if (type == OFPTYPE_ERROR) {
        recv_error(sw, oh);
    } else if (type == OFPTYPE_FLOW_STATS_REPLY && oh->xid == sw->flows_xid) {
        recv_flows(sw, msg);
    } else if (type == OFPTYPE_GROUP_DESC_STATS_REPLY
               && oh->xid == sw->groups_xid) {
        recv_groups(sw, msg);
    } else if (type == OFPTYPE_FLOW_MONITOR_STATS_REPLY) {
        recv_updates(sw, msg);
    } else if (type == OFPTYPE_FLOW_MONITOR_RESUMED) {
        tell(sw, OF_SWITCH_LOST);
    } else if (type == OFPTYPE_BUNDLE_CONTROL) {
        recv_bundle_reply(sw, oh);
    } else if (type == OFPTYPE_BARRIER_REPLY && oh->xid == sw->commit_xid) {
        sw->commit_xid = 0;
        tell(sw, OF_SWITCH_COMMITTED);
    }
}

/* Is 'target' a Unix domain socket that does not exist? */
static bool
is_missing(const char *target)
{
    return (!strncmp(target, "unix:", 5)
            && access(target + 5, F_OK) && errno == ENOENT);
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
    if (is_missing(sw->target)) {
        if (!sw->waiting || !sw->look_at) {
            VLOG_INFO("%s: %s is not there, waiting for it", sw->name,
                      sw->target);
            rconn_disconnect(sw->rconn);
            sw->waiting = true;
            sw->look_interval = MIN_LOOK_INTERVAL;
        }
        sw->look_at = time_msec() + sw->look_interval;
        sw->look_interval = MIN(2 * sw->look_interval, MAX_LOOK_INTERVAL);
    } else if (sw->waiting) {
        sw->waiting = false;
        rconn_connect(sw->rconn, sw->target, sw->target);
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
        tell(sw, OF_SWITCH_DISCONNECTED);
    }
    if (connected && !sw->connected) {
        sw->connected = true;
        sw->seqno = seqno;
        sw->groups_xid = sw->flows_xid = sw->commit_xid = 0;
        of_switch_negotiate(sw);
        of_switch_monitor(sw);
        tell(sw, OF_SWITCH_CONNECTED);
    }
}

/* Keeps the connection, and tells 'cb' what happened. */
void
of_switch_run(struct of_switch *sw, of_switch_cb *cb, void *aux)
{
    sw->cb = cb;
    sw->aux = aux;
    run_target(sw);
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
    }
    rconn_run_wait(sw->rconn);
    rconn_recv_wait(sw->rconn);
}
