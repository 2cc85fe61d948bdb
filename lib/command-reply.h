/* SPDX-License-Identifier: Apache-2.0 */

#ifndef COMMAND_REPLY_H
#define COMMAND_REPLY_H 1

/* How our programs answer ovs-appctl: aligned, for people, or as JSON, for
 * programs, which "--format=json" asks for, or before the command, of Open
 * vSwitch 3.4 and later, "ovs-appctl --format=json". */

#include <stdbool.h>

struct json;
struct report;
struct unixctl_conn;

/* Stores in '*as_json' whether the arguments of a command, from argv[first]
 * on, ask for JSON.  If there are others than --format, replies with an error
 * and returns false. */
bool command_parse_format(struct unixctl_conn *, int argc, const char *argv[],
                          int first, bool *as_json);

/* Reply, and take ownership of what they are given. */
void command_reply_json(struct unixctl_conn *, struct json *);
void command_reply_report(struct unixctl_conn *, struct report *,
                          bool as_json);

#endif /* command-reply.h */
