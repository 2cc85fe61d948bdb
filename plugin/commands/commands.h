/* SPDX-License-Identifier: Apache-2.0 */

#ifndef COMMANDS_H
#define COMMANDS_H 1

/* What "ovs-appctl -t ovs-footprintd COMMAND" can ask. */

struct node;
struct ovsdb_idl;

/* Registers the commands.  All three must outlive commands_destroy(). */
void commands_init(struct node *, struct ovsdb_idl *, const char *remote);
void commands_destroy(void);

#endif /* commands.h */
