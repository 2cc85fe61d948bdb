/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"
#include "dirs.h"
#include "jsonrpc.h"
#include "lib/ovs-compat.h"
#include "model.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "packets.h"
#include "stream.h"
#include "timeval.h"
#include "util.h"

/* After so long, in milliseconds, a request without an answer is a problem. */
#define PATIENCE 2000

/* A round asks for each table, and for the status. */
#define N_COMMANDS (N_TABLES + 1)

struct client {
    char *target;
    long long int interval;
    bool paused;

    struct jsonrpc *rpc;        /* Null if there is no connection. */
    char *path;                 /* Of its socket. */
    struct json *id;            /* Of the request that was not answered yet, or
                                 * null. */
    size_t n_answered;          /* Commands of this round that were
                                 * answered. */
    struct answers answers;     /* To these. */
    bool complete;              /* Is the round complete, and were its answers
                                 * not taken yet? */
    long long int asked;        /* When the latest request was sent. */
    long long int next;         /* When to begin the next round. */
    char *problem;              /* A sentence, or null. */
};

struct client *
client_create(const char *target, long long int interval)
{
    struct client *client = xmalloc(sizeof *client);

    *client = (struct client) {
        .target = xstrdup(target),
        .interval = interval,
        .next = time_msec(),
    };
    return client;
}

/* Ignores the answer that has not come yet, if any. */
static void
forget_request(struct client *client)
{
    json_destroy(client->id);
    client->id = NULL;
}

static void
disconnect(struct client *client)
{
    jsonrpc_close(client->rpc);
    client->rpc = NULL;
    free(client->path);
    client->path = NULL;
    forget_request(client);
}

void
client_destroy(struct client *client)
{
    if (client) {
        disconnect(client);
        answers_destroy(&client->answers);
        free(client->problem);
        free(client->target);
        free(client);
    }
}

void
client_set_paused(struct client *client, bool paused)
{
    client->paused = paused;
}

const char *
client_get_problem(const struct client *client)
{
    return client->problem;
}

bool
client_is_connected(const struct client *client)
{
    return client->rpc != NULL;
}

/* Takes ownership of 'problem', which may be null. */
static void
set_problem(struct client *client, char *problem)
{
    free(client->problem);
    client->problem = problem;
}

bool
client_take_answers(struct client *client, struct answers *answers)
{
    if (!client->complete) {
        return false;
    }
    *answers = client->answers;
    memset(&client->answers, 0, sizeof client->answers);
    client->complete = false;
    return true;
}

/* Connection. */

/* Returns the path of the control socket of the process whose ID is in the
 * pidfile of the daemon 'name', or null, with a sentence in '*errorp'. */
static char *
find_by_name(const char *name, char **errorp)
{
    char *pidfile = xasprintf("%s/%s.pid", ovs_rundir(), name);
    pid_t pid = access(pidfile, F_OK) ? -errno : read_pidfile(pidfile);
    char *path = NULL;

    if (pid >= 0) {
        path = xasprintf("%s/%s.%ld.ctl", ovs_rundir(), name, (long int) pid);
    } else if (pid == -ENOENT || pid == -ESRCH) {
        *errorp = xasprintf("does not run (no process for %s); start it, or "
                            "name its socket with --target", pidfile);
    } else {
        *errorp = xasprintf("cannot read %s (%s)", pidfile,
                            ovs_strerror(-pid));
    }
    free(pidfile);
    return path;
}

/* Returns the path of the socket, which the caller must free, or null, with a
 * sentence in '*errorp'. */
static char *
find_socket(const char *target, char **errorp)
{
    int pid;

    return (strchr(target, '/') ? abs_file_name(NULL, target)
            : str_to_int(target, 10, &pid)
            ? xasprintf("%s/ovs-footprintd.%d.ctl", ovs_rundir(), pid)
            : find_by_name(target, errorp));
}

/* Says that the socket at 'path' cannot be connected to. */
static void
set_connect_problem(struct client *client, const char *path, int error)
{
    set_problem(client, xasprintf(
                    "cannot connect to %s (%s)%s", path, ovs_strerror(error),
                    error == EACCES ? "; only root may, as a rule"
                    : error == ENOENT || error == ECONNREFUSED
                    ? "; it does not run, or has another socket"
                    : ""));
}

static void
connect_to(struct client *client)
{
    char *error = NULL;
    char *path = find_socket(client->target, &error);
    struct stream *stream;

    if (!path) {
        set_problem(client, error);
        return;
    }
    char *name = xasprintf("unix:%s", path);
    int retval = stream_open(name, &stream, DSCP_DEFAULT);
    free(name);
    if (retval) {
        set_connect_problem(client, path, retval);
        free(path);
        return;
    }
    client->rpc = jsonrpc_open(stream);
    client->path = path;
}

/* Has the daemon another socket by now?  A new process may have been started
 * while the old one hangs. */
static bool
has_moved(const struct client *client)
{
    char *error = NULL;
    char *path = find_socket(client->target, &error);
    bool moved = path && strcmp(path, client->path);

    free(path);
    free(error);
    return moved;
}

/* Requests. */

static const char *
get_command(size_t i)
{
    return i < N_TABLES ? table_classes[i].command : "show-status";
}

static struct answer *
get_answer(struct client *client, size_t i)
{
    return (i < N_TABLES ? &client->answers.tables[i]
            : &client->answers.status);
}

static void
send_request(struct client *client)
{
    struct json *params
        = json_array_create_1(json_string_create("--format=json"));

    forget_request(client);
    jsonrpc_send(client->rpc,
                 jsonrpc_create_request(get_command(client->n_answered),
                                        params, &client->id));
    client->asked = time_msec();
}

/* Returns a sentence on 'error', the daemon's answer to 'command'. */
static char *
explain_error(const char *command, const struct json *error)
{
    const char *s = error->type == JSON_STRING ? json_string(error) : "";

    if (strstr(s, "is not a valid command")) {
        return xasprintf("this ovs-footprintd has no %s; a later one does",
                         command);
    }
    return xasprintf("%s: refused: %s", command, s);
}

/* Stores what 'msg' answers to 'command' in '*answer'. */
static void
parse_answer(const struct jsonrpc_msg *msg, const char *command,
             enum json_type type, struct answer *answer)
{
    if (msg->type == JSONRPC_ERROR) {
        answer->error = explain_error(command, msg->error);
        return;
    }
    answer->json = (msg->result->type == JSON_STRING
                    ? json_from_string(json_string(msg->result))
                    : json_clone(msg->result));
    if (answer->json->type != type) {
        json_destroy(answer->json);
        answer->json = NULL;
        answer->error = xasprintf("%s: its answer is not what was expected; "
                                  "is that ovs-footprintd?", command);
    }
}

static void
handle_message(struct client *client, const struct jsonrpc_msg *msg)
{
    size_t i = client->n_answered;

    if ((msg->type != JSONRPC_REPLY && msg->type != JSONRPC_ERROR)
        || !client->id || !json_equal(msg->id, client->id)) {
        return;
    }
    parse_answer(msg, get_command(i), i < N_TABLES ? JSON_ARRAY : JSON_OBJECT,
                 get_answer(client, i));
    forget_request(client);
    if (++client->n_answered < N_COMMANDS) {
        send_request(client);
    } else {
        client->complete = true;
        set_problem(client, NULL);
    }
}

/* Sends the first request of a round, unless one is still without an answer on
 * a connection that is not to be given up. */
static void
begin_round(struct client *client)
{
    client->next = time_msec() + client->interval;
    if (client->id) {
        if (!has_moved(client)) {
            return;
        }
        disconnect(client);
    }
    if (!client->rpc) {
        connect_to(client);
    }
    if (client->rpc) {
        answers_destroy(&client->answers);
        client->complete = false;
        client->n_answered = 0;
        send_request(client);
    }
}

static void
receive(struct client *client)
{
    int error;

    jsonrpc_run(client->rpc);
    do {
        struct jsonrpc_msg *msg;

        error = jsonrpc_recv(client->rpc, &msg);
        if (!error) {
            handle_message(client, msg);
            jsonrpc_msg_destroy(msg);
        }
    } while (!error);
    if (error != EAGAIN) {
        set_problem(client, xasprintf("lost the connection (%s)",
                                      ovs_retval_to_string(error)));
        disconnect(client);
    }
}

void
client_run(struct client *client)
{
    if (time_msec() >= client->next && !client->paused) {
        begin_round(client);
    }
    if (client->rpc) {
        receive(client);
    }
    if (client->id && time_msec() - client->asked >= PATIENCE) {
        set_problem(client, xasprintf("does not answer %s; it may hang",
                                      get_command(client->n_answered)));
    }
}

void
client_wait(const struct client *client)
{
    if (client->rpc) {
        jsonrpc_wait(client->rpc);
        jsonrpc_recv_wait(client->rpc);
    }
    if (client->id) {
        poll_timer_wait_until(client->asked + PATIENCE);
    }
    if (!client->paused) {
        poll_timer_wait_until(client->next);
    }
}
