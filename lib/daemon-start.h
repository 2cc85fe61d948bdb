/* SPDX-License-Identifier: Apache-2.0 */

#ifndef DAEMON_START_H
#define DAEMON_START_H 1

/* How a daemon of ours starts: what is the same for all, around its options
 * and its main loop.  What fails here ends the process, with a message. */

#include <stdbool.h>

struct unixctl_server;

/* To be called first of all.  May move 'argv'. */
void daemon_start_init(int argc, char *argv[]);

/* To be called when the options have been parsed: goes into the background,
 * if they say so, and opens the control socket 'unixctl_path' (null: where
 * ovs-appctl looks for it), of which it takes ownership.  The caller has to
 * call daemonize_complete() when it serves, and to destroy the server.
 * 'access_datapath': whether it keeps the right to change networks if --user
 * makes it another user. */
struct unixctl_server *daemon_start(char *unixctl_path, bool access_datapath);

/* Returns the database that the arguments after the options name, malloc()'d:
 * at most one, by default the socket of the local ovsdb-server. */
char *daemon_start_parse_remote(int argc, char *argv[]);

/* Prints what each daemon's --help ends with. */
void daemon_start_usage(void);

#endif /* daemon-start.h */
