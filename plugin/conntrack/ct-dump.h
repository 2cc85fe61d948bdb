/* SPDX-License-Identifier: Apache-2.0 */

#ifndef CT_DUMP_H
#define CT_DUMP_H 1

/* A dump of this network namespace's conntrack table, taken in small pieces so
 * that whoever takes it need not stop doing other things.
 *
 * The kernel prepares some hundred entries at a time, without letting softirqs
 * run on that processor, and hands them over before it goes on.  It is always
 * one piece ahead of us. */

#include <stdbool.h>

#include "conntrack/ct-message.h"

struct ct_dump;

/* Opens a socket and stores a new dump, which has not begun, in '*dumpp' (null
 * upon error).  Returns 0 or a positive errno. */
int ct_dump_open(struct ct_dump **dumpp);
void ct_dump_close(struct ct_dump *);

/* Begins a dump of all entries, or, if 'zone' is not negative, asks for those
 * in 'zone' only.  Linux before 6.8 gives all of them nevertheless: see
 * ct_dump_is_filtered().  Abandons the previous dump if that is not over.
 * Returns 0 or a positive errno. */
int ct_dump_start(struct ct_dump *, int zone);

/* Called with an entry as it was at 'when', in time_msec() time. */
typedef void ct_dump_cb(const struct ct_message *, long long int when,
                        void *aux);

/* Takes the next piece.  Returns 0 if there may be more, EOF if that was the
 * last one, EAGAIN if there is none at the moment, and another positive errno
 * if the dump failed, and is over. */
int ct_dump_step(struct ct_dump *, ct_dump_cb *, void *aux);

/* Takes up to 'n' pieces, as many as there are at the moment.  Returns 0 if
 * there may be more, now or later, EOF if that was the last one, and another
 * positive errno if the dump failed, and is over. */
int ct_dump_run(struct ct_dump *, int n, ct_dump_cb *, void *aux);

/* Wakes up the poll loop when there is another piece. */
void ct_dump_wait(struct ct_dump *);

/* Did the table change in a way that may have made the present or latest dump
 * incomplete? */
bool ct_dump_is_interrupted(const struct ct_dump *);

/* Did the kernel leave other zones out of that dump?  True if there was no
 * entry yet. */
bool ct_dump_is_filtered(const struct ct_dump *);

/* For how many milliseconds at once the kernel was busy, at most. */
long long int ct_dump_get_longest(const struct ct_dump *);

#endif /* ct-dump.h */
