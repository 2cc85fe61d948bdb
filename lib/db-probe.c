/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "lib/db-probe.h"

#include <stdlib.h>
#include <string.h>

#include "jsonrpc.h"
#include "lib/json-member.h"
#include "lib/ovs-compat.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "ovsdb-error.h"
#include "svec.h"
#include "util.h"

struct db_probe {
    struct jsonrpc_session *session;
    unsigned int seqno;         /* Of the connection that was asked. */
    char *remotes;
    char *database;
    bool answered;              /* Has the server said what it has? */
    char *version;              /* Of the schema, or null. */
};

struct db_probe *
db_probe_create(const char *remotes, const char *database)
{
    struct db_probe *probe = xzalloc(sizeof *probe);
    struct svec names = SVEC_EMPTY_INITIALIZER;

    char *copy = xstrdup(remotes);
    char *save = NULL;
    for (char *s = strtok_r(copy, ", ", &save); s;
         s = strtok_r(NULL, ", ", &save)) {
        svec_add(&names, s);
    }
    free(copy);
    probe->session = jsonrpc_session_open_multiple(&names, true);
    svec_destroy(&names);
    probe->remotes = xstrdup(remotes);
    probe->database = xstrdup(database);
    return probe;
}

void
db_probe_destroy(struct db_probe *probe)
{
    if (probe) {
        jsonrpc_session_close(probe->session);
        free(probe->remotes);
        free(probe->database);
        free(probe->version);
        free(probe);
    }
}

/* Asks for the names and the schemas of all databases, now and whenever one
 * comes or goes. */
static void
ask(struct db_probe *probe)
{
    struct json *columns = json_array_create_2(json_string_create("name"),
                                               json_string_create("schema"));
    struct json *request = json_object_create();
    struct json *requests = json_object_create();

    json_object_put(request, "columns", columns);
    json_object_put(requests, "Database", request);
    jsonrpc_session_send(probe->session, jsonrpc_create_request(
        "monitor", json_array_create_3(json_string_create("_Server"),
                                       json_null_create(), requests), NULL));
}

/* Returns the version in 'schema', a schema as JSON text, malloc()'d, or
 * null. */
static char *
parse_version(const char *schema)
{
    struct json *json = json_from_string(schema);
    char *version = nullable_xstrdup(json_member_find_string(json, "version"));

    json_destroy(json);
    return version;
}

/* Takes note of 'update', of a row of table Database.  A database that has not
 * joined its cluster yet has no schema. */
static void
read_row(struct db_probe *probe, const struct json *update)
{
    const struct json *new = json_member_find(update, "new");
    const struct json *old = json_member_find(update, "old");
    const char *name = json_member_find_string(new, "name");
    const struct json *schema = json_member_find(new, "schema");
    const char *old_name = json_member_find_string(old, "name");

    if (name && !strcmp(name, probe->database)) {
        free(probe->version);
        probe->version = (schema && schema->type == JSON_STRING
                          ? parse_version(json_string(schema)) : NULL);
    } else if (!new && old_name && !strcmp(old_name, probe->database)) {
        free(probe->version);
        probe->version = NULL;
    }
}

static void
read_updates(struct db_probe *probe, const struct json *updates)
{
    const struct json *table = json_member_find(updates, "Database");
    struct shash_node *node;

    if (table && table->type == JSON_OBJECT) {
        SHASH_FOR_EACH (node, json_object(table)) {
            read_row(probe, node->data);
        }
    }
}

static void
read_message(struct db_probe *probe, const struct jsonrpc_msg *msg)
{
    if (msg->type == JSONRPC_REPLY) {
        probe->answered = true;
        read_updates(probe, msg->result);
    } else if (msg->type == JSONRPC_ERROR) {
        probe->answered = true;
    } else if (msg->type == JSONRPC_NOTIFY && !strcmp(msg->method, "update")
               && msg->params->type == JSON_ARRAY
               && json_array_size(msg->params) == 2) {
        read_updates(probe, json_array_at(msg->params, 1));
    }
}

void
db_probe_run(struct db_probe *probe)
{
    unsigned int seqno;

    jsonrpc_session_run(probe->session);
    seqno = jsonrpc_session_get_seqno(probe->session);
    if (seqno != probe->seqno) {
        probe->seqno = seqno;
        probe->answered = false;
        free(probe->version);
        probe->version = NULL;
        if (jsonrpc_session_is_connected(probe->session)) {
            ask(probe);
        }
    }
    for (int i = 0; i < 50; i++) {
        struct jsonrpc_msg *msg = jsonrpc_session_recv(probe->session);

        if (!msg) {
            break;
        }
        read_message(probe, msg);
        jsonrpc_msg_destroy(msg);
    }
}

void
db_probe_wait(struct db_probe *probe)
{
    jsonrpc_session_wait(probe->session);
    jsonrpc_session_recv_wait(probe->session);
}

const char *
db_probe_get_version(const struct db_probe *probe)
{
    return probe->version;
}

bool
db_probe_is_absent(const struct db_probe *probe)
{
    return (jsonrpc_session_is_connected(probe->session) && probe->answered
            && !probe->version);
}

char *
db_probe_explain(const struct db_probe *probe)
{
    if (!jsonrpc_session_is_connected(probe->session)) {
        int error = jsonrpc_session_get_last_error(probe->session);

        return xasprintf("cannot connect to %s%s%s, retrying",
                         probe->remotes, error ? ": " : "",
                         error ? ovs_retval_to_string(error) : "");
    } else if (!probe->answered) {
        return xasprintf("%s has not answered yet", probe->remotes);
    }
    return xasprintf("%s has no database %s: \"ovs-footprint-ctl start\" "
                     "makes one there", probe->remotes, probe->database);
}
