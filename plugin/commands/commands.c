/* SPDX-License-Identifier: Apache-2.0 */

/* The commands of ovs-footprintd.
 *
 * Each one makes its answer once, as a report or as JSON, and shows that
 * either aligned, for people, or with --format=json, for programs. */

#include <config.h>
#include "commands/commands.h"

#include <stdlib.h>
#include <string.h>

#include "commands/show-elephants.h"
#include "commands/show-footprints.h"
#include "commands/show-node.h"
#include "commands/show-policies.h"
#include "commands/show-ports.h"
#include "commands/show-status.h"
#include "commands/show-workloads.h"
#include "commands/show-zones.h"
#include "lib/ovs-compat.h"
#include "lib/printable.h"
#include "lib/report.h"
#include "node/node-parts.h"
#include "node/node.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "publish/learner.h"
#include "unixctl.h"
#include "util.h"

/* What commands look at. */
static struct status_context context;

/* Makes the report that a command shows. */
typedef struct report *make_report(const struct node_parts *);

/* Finds out whether a command is to answer in JSON: its own arguments go
 * before "ovs-appctl --format=json".  Replies with an error and returns false
 * if they make no sense. */
static bool
parse_format(struct unixctl_conn *conn, int argc, const char *argv[],
             bool *json)
{
    *json = ovs_compat_wants_json(conn);
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--format=json")) {
            *json = true;
        } else if (!strcmp(argv[i], "--format=text")) {
            *json = false;
        } else {
            char *error = xasprintf("%s: unknown argument, use --format=json, "
                                    "--format=text or none\n",
                                    printable(argv[i]));
            unixctl_command_reply_error(conn, error);
            free(error);
            return false;
        }
    }
    return true;
}

/* Takes ownership of 'json'. */
static void
reply_json(struct unixctl_conn *conn, struct json *json)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    char *string;

    if (ovs_compat_wants_json(conn)) {
        ovs_compat_reply_json(conn, json);
        return;
    }
    string = json_to_string(json, JSSF_PRETTY | JSSF_SORT);
    printable_json(string, &s);
    ds_put_char(&s, '\n');
    unixctl_command_reply(conn, ds_cstr(&s));
    ds_destroy(&s);
    free(string);
    json_destroy(json);
}

static void
handle_report(struct unixctl_conn *conn, int argc, const char *argv[],
              void *make_)
{
    make_report *make = make_;
    struct report *report;
    bool json;

    if (!parse_format(conn, argc, argv, &json)) {
        return;
    }
    report = make(context.parts);
    if (json) {
        reply_json(conn, report_to_json(report));
    } else {
        struct ds s = DS_EMPTY_INITIALIZER;

        report_format(report, &s);
        unixctl_command_reply(conn, ds_cstr(&s));
        ds_destroy(&s);
    }
    report_destroy(report);
}

/* show-status. */

static void
handle_status(struct unixctl_conn *conn, int argc, const char *argv[],
              void *aux OVS_UNUSED)
{
    bool as_json;

    if (!parse_format(conn, argc, argv, &as_json)) {
        return;
    }
    if (as_json) {
        reply_json(conn, status_to_json(&context));
    } else {
        struct ds s = DS_EMPTY_INITIALIZER;

        status_format(&context, &s);
        unixctl_command_reply(conn, ds_cstr(&s));
        ds_destroy(&s);
    }
}

/* forget-workload. */

static void
handle_forget(struct unixctl_conn *conn, int argc OVS_UNUSED,
              const char *argv[], void *aux OVS_UNUSED)
{
    struct learner *learner = context.parts->learner;

    if (learner_forget(learner, argv[1])) {
        unixctl_command_reply(conn, NULL);
    } else {
        char *error = xasprintf("%s: this node has not seen such a workload, "
                                "show-workloads lists those it has\n",
                                printable(argv[1]));

        unixctl_command_reply_error(conn, error);
        free(error);
    }
}

void
commands_init(struct node *node, struct ovsdb_idl *idl, const char *remote)
{
    static const struct {
        const char *name;
        make_report *make;
    } reports[] = {
        { "show-elephants", show_elephants },
        { "show-footprints", show_footprints },
        { "show-node", show_node },
        { "show-policies", show_policies },
        { "show-ports", show_ports },
        { "show-workloads", show_workloads },
        { "show-zones", show_zones },
    };

    context = (struct status_context) {
        .node = node, .parts = node_get_parts(node),
        .idl = idl, .remote = remote,
    };
    for (size_t i = 0; i < ARRAY_SIZE(reports); i++) {
        unixctl_command_register(reports[i].name, "[--format=json]", 0, 1,
                                 handle_report, reports[i].make);
    }
    unixctl_command_register("forget-workload", "NAME", 1, 1, handle_forget,
                             NULL);
    unixctl_command_register("show-status", "[--format=json]", 0, 1,
                             handle_status, NULL);
}

void
commands_destroy(void)
{
    memset(&context, 0, sizeof context);
}
