/* SPDX-License-Identifier: Apache-2.0 */

#ifndef CLIENT_H
#define CLIENT_H 1

/* Asks ovs-footprintd, again and again, without ever waiting for it.
 *
 * libopenvswitch's unixctl client waits for its server, so this one speaks the
 * same protocol, JSON-RPC, by itself: in each interval one command after the
 * other, on one connection, that is made again when it is lost.  A daemon that
 * does not answer is not asked again until it does, so that no requests pile
 * up. */

#include <stdbool.h>

struct answers;
struct client;

/* 'target' is the path of a control socket, if it has a slash; or a daemon's
 * process ID, or its name, whose pidfile is in the run directory.  'interval'
 * is in milliseconds, from one round of commands to the next. */
struct client *client_create(const char *target, long long int interval);
void client_destroy(struct client *);

void client_run(struct client *);
void client_wait(const struct client *);

/* If there are answers to a whole round of commands that were not taken yet,
 * moves them to '*answers' and returns true. */
bool client_take_answers(struct client *, struct answers *);

/* Returns null while the daemon answers, otherwise a sentence that says why
 * there are no answers; owned by the client. */
const char *client_get_problem(const struct client *);

bool client_is_connected(const struct client *);

/* Does not begin another round while 'paused'. */
void client_set_paused(struct client *, bool paused);

#endif /* client.h */
