/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "addresses/fdb.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coverage.h"
#include "dirs.h"
#include "jsonrpc.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "sset.h"
#include "stream.h"
#include "svec.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(fdb);

COVERAGE_DEFINE(fdb_answer);

/* How long, in milliseconds, to wait for the answers of one round. */
#define PATIENCE 10000

struct fdb {
    struct sset bridges;
    struct jsonrpc *rpc;        /* To ovs-vswitchd; null between rounds. */
    struct svec left;           /* Bridges to ask about in this round; the
                                 * last one first. */
    struct json *request_id;    /* Of the request that is not answered yet, or
                                 * null. */
    long long int next_round;   /* When it begins, in time_msec() time;
                                 * LLONG_MIN at first. */
    long long int deadline;     /* Of the present round, likewise. */
};

struct fdb *
fdb_create(void)
{
    struct fdb *fdb = xzalloc(sizeof *fdb);

    sset_init(&fdb->bridges);
    svec_init(&fdb->left);
    fdb->next_round = LLONG_MIN;
    return fdb;
}

static void
end_round(struct fdb *fdb)
{
    jsonrpc_close(fdb->rpc);
    fdb->rpc = NULL;
    json_destroy(fdb->request_id);
    fdb->request_id = NULL;
    svec_clear(&fdb->left);
}

void
fdb_destroy(struct fdb *fdb)
{
    if (fdb) {
        end_round(fdb);
        svec_destroy(&fdb->left);
        sset_destroy(&fdb->bridges);
        free(fdb);
    }
}

void
fdb_set_bridges(struct fdb *fdb, const struct sset *names)
{
    if (!sset_equals(&fdb->bridges, names)) {
        sset_destroy(&fdb->bridges);
        sset_clone(&fdb->bridges, names);
        fdb->next_round = LLONG_MIN;
    }
}

/* Returns the name of ovs-vswitchd's control socket, as stream_open() takes
 * it, or null if there is no pidfile.  The caller must free it. */
static char *
find_vswitchd(void)
{
    char *pidfile = xasprintf("%s/ovs-vswitchd.pid", ovs_rundir());
    FILE *file = fopen(pidfile, "r");
    char *name = NULL;
    int pid;

    if (file) {
        if (fscanf(file, "%d", &pid) == 1) {
            name = xasprintf("unix:%s/ovs-vswitchd.%d.ctl", ovs_rundir(),
                             pid);
        }
        fclose(file);
    }
    free(pidfile);
    return name;
}

static void
log_failure(int error)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 1);

    VLOG_INFO_RL(&rl, "cannot ask ovs-vswitchd where addresses were learned "
                 "(%s)", ovs_retval_to_string(error));
}

/* Asks about the next bridge, or ends the round. */
static void
send_request(struct fdb *fdb)
{
    struct jsonrpc_msg *request;
    struct json *params;
    int error;

    if (svec_is_empty(&fdb->left)) {
        end_round(fdb);
        return;
    }
    params = json_array_create_1(
        json_string_create(fdb->left.names[fdb->left.n - 1]));
    request = jsonrpc_create_request("fdb/show", params, &fdb->request_id);
    error = jsonrpc_send(fdb->rpc, request);
    if (error) {
        log_failure(error);
        end_round(fdb);
    }
}

static void
start_round(struct fdb *fdb, long long int now)
{
    char *name = find_vswitchd();
    struct stream *stream;
    const char *bridge;
    int error;

    fdb->next_round = now + FDB_INTERVAL;
    if (!name) {
        return;
    }
    error = stream_open(name, &stream, DSCP_DEFAULT);
    free(name);
    if (error && error != EAGAIN) {
        log_failure(error);
        return;
    }
    fdb->rpc = jsonrpc_open(stream);
    fdb->deadline = now + PATIENCE;
    SSET_FOR_EACH (bridge, &fdb->bridges) {
        svec_add(&fdb->left, bridge);
    }
    send_request(fdb);
}

size_t
fdb_parse(const char *text, struct fdb_entry **entries)
{
    size_t n = 0, allocated = 0;
    const char *line;

    *entries = NULL;
    for (line = text; line; line = strchr(line, '\n')) {
        struct fdb_entry e;
        char port[16];
        int vlan;

        line += *line == '\n';
        if (!ovs_scan(line, "%15s %d "ETH_ADDR_SCAN_FMT, port, &vlan,
                      ETH_ADDR_SCAN_ARGS(e.mac))
            || !ofputil_port_from_string(port, NULL, &e.ofport)) {
            continue;
        }
        if (n >= allocated) {
            *entries = x2nrealloc(*entries, &allocated, sizeof **entries);
        }
        (*entries)[n++] = e;
    }
    return n;
}

/* Passes on 'msg', which answers the request.  An error means that there is no
 * such bridge at the moment. */
static void
handle_answer(struct fdb *fdb, const struct jsonrpc_msg *msg, fdb_cb *cb,
              void *aux)
{
    char *bridge = fdb->left.names[--fdb->left.n];
    struct fdb_entry *entries;
    size_t n;

    COVERAGE_INC(fdb_answer);
    json_destroy(fdb->request_id);
    fdb->request_id = NULL;
    if (msg->type == JSONRPC_REPLY && msg->result->type == JSON_STRING
        && sset_contains(&fdb->bridges, bridge)) {
        n = fdb_parse(json_string(msg->result), &entries);
        cb(bridge, entries, n, aux);
        free(entries);
    }
    free(bridge);
}

/* Returns false if there is nothing more to be received now. */
static bool
receive(struct fdb *fdb, fdb_cb *cb, void *aux)
{
    struct jsonrpc_msg *msg;
    int error;

    jsonrpc_run(fdb->rpc);
    error = jsonrpc_recv(fdb->rpc, &msg);
    if (error == EAGAIN) {
        return false;
    } else if (error) {
        log_failure(error);
        end_round(fdb);
        return false;
    }
    if (fdb->request_id && msg->id
        && json_equal(msg->id, fdb->request_id)) {
        handle_answer(fdb, msg, cb, aux);
        send_request(fdb);
    }
    jsonrpc_msg_destroy(msg);
    return fdb->rpc != NULL;
}

void
fdb_run(struct fdb *fdb, long long int now, fdb_cb *cb, void *aux)
{
    if (!fdb->rpc && !sset_is_empty(&fdb->bridges)
        && now >= fdb->next_round) {
        start_round(fdb, now);
    }
    while (fdb->rpc && receive(fdb, cb, aux)) {
        continue;
    }
    if (fdb->rpc && now >= fdb->deadline) {
        log_failure(ETIMEDOUT);
        end_round(fdb);
    }
}

void
fdb_wait(const struct fdb *fdb)
{
    if (fdb->rpc) {
        jsonrpc_wait(fdb->rpc);
        jsonrpc_recv_wait(fdb->rpc);
        poll_timer_wait_until(fdb->deadline);
    } else if (!sset_is_empty(&fdb->bridges)) {
        poll_timer_wait_until(fdb->next_round);
    }
}
