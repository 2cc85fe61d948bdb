/* SPDX-License-Identifier: Apache-2.0 */

/* The commands of ovs-footprintd.
 *
 * Each one makes its answer in one way, as a report or as JSON, and prints
 * that as aligned text for people or, with --format=json, as JSON for
 * programs. */

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
#include "lib/command-reply.h"
#include "lib/printable.h"
#include "node/node-parts.h"
#include "node/node.h"
#include "openvswitch/dynamic-string.h"
#include "publish/learner.h"
#include "unixctl.h"
#include "util.h"

/* The data that commands read. */
static struct status_context context;

/* Makes the report that a command shows. */
typedef struct report *make_report(const struct node_parts *);

static void
handle_report(struct unixctl_conn *conn, int argc, const char *argv[],
              void *make_)
{
    make_report *make = make_;
    bool as_json;

    if (command_parse_format(conn, argc, argv, 1, &as_json)) {
        command_reply_report(conn, make(context.parts), as_json);
    }
}

/* show-status. */

static void
handle_status(struct unixctl_conn *conn, int argc, const char *argv[],
              void *aux OVS_UNUSED)
{
    bool as_json;

    if (!command_parse_format(conn, argc, argv, 1, &as_json)) {
        return;
    }
    if (as_json) {
        command_reply_json(conn, status_to_json(&context));
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
