/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "lib/command-reply.h"

#include <stdlib.h>
#include <string.h>

#include "lib/ovs-compat.h"
#include "lib/printable.h"
#include "lib/report.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "unixctl.h"
#include "util.h"

bool
command_parse_format(struct unixctl_conn *conn, int argc, const char *argv[],
                     int first, bool *as_json)
{
    *as_json = ovs_compat_wants_json(conn);
    for (int i = first; i < argc; i++) {
        if (!strcmp(argv[i], "--format=json")) {
            *as_json = true;
        } else if (!strcmp(argv[i], "--format=text")) {
            *as_json = false;
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

void
command_reply_json(struct unixctl_conn *conn, struct json *json)
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

void
command_reply_report(struct unixctl_conn *conn, struct report *report,
                     bool as_json)
{
    if (as_json) {
        command_reply_json(conn, report_to_json(report));
    } else {
        struct ds s = DS_EMPTY_INITIALIZER;

        report_format(report, &s);
        unixctl_command_reply(conn, ds_cstr(&s));
        ds_destroy(&s);
    }
    report_destroy(report);
}
