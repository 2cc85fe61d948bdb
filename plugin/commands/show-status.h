/* SPDX-License-Identifier: Apache-2.0 */

#ifndef SHOW_STATUS_H
#define SHOW_STATUS_H 1

/* How the daemon itself is doing: "show-status". */

struct ds;
struct json;
struct node;
struct ovsdb_idl;

struct status_context {
    struct node *node;
    const struct node_parts *parts; /* Of the node. */
    struct ovsdb_idl *idl;
    const char *remote;         /* The database. */
};

/* Appends the status to the string, for people. */
void status_format(const struct status_context *, struct ds *);

/* Returns a new JSON object; the caller must destroy it. */
struct json *status_to_json(const struct status_context *);

#endif /* show-status.h */
