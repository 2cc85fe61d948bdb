/* SPDX-License-Identifier: Apache-2.0 */

#ifndef WIRE_CHECK_H
#define WIRE_CHECK_H 1

/* Compares what interfaces move with what their zones account for, where that
 * is in doubt (visibility.h), and says so in a sentence when too much of it is
 * missing.
 *
 * This is what looks into conntrack's table: for all that are in doubt at
 * once, and in small steps. */

#include <stdbool.h>

struct detector_view;
struct evidence;
struct ovs_list;
struct published;
struct wire_check;

struct wire_check *wire_check_create(void);
void wire_check_destroy(struct wire_check *);

/* A previous run of the daemon judged the port of that evidence, as 'previous'
 * says. */
void wire_check_restore(struct evidence *, const struct published *previous);

/* Takes the latest sample of the evidence. */
void wire_check_update(struct evidence *, const struct detector_view *,
                       long long int now);

/* Begins to look where it should, of the "struct evidence"s in the list,
 * unless a look is under way. */
void wire_check_start(struct wire_check *, struct ovs_list *evidences,
                      long long int now);

/* Goes on for a while.  Returns true if a look came to an end just now, which
 * may have changed the 'wire' of any. */
bool wire_check_run(struct wire_check *, struct ovs_list *evidences,
                    long long int now);
void wire_check_wait(const struct wire_check *);

#endif /* wire-check.h */
