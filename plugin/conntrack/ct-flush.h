/* SPDX-License-Identifier: Apache-2.0 */

#ifndef CT_FLUSH_H
#define CT_FLUSH_H 1

/* Deletes the conntrack entries of zones, many of them, in small steps.
 *
 * ct_netlink_flush_zone() does it in one go, which for a hundred thousand
 * entries takes seconds. */

#include <stdbool.h>
#include <stddef.h>

struct ct_flush;

struct ct_flush *ct_flush_create(void);
void ct_flush_destroy(struct ct_flush *);

/* Begins to delete the entries of the zones that are set in the bitmap
 * 'zones', which is copied; if 'uncounted', only those that have no counters.
 * Abandons what it was doing.  Returns 0 or a positive errno. */
int ct_flush_start(struct ct_flush *, const unsigned long *zones,
                   bool uncounted);

/* Goes on for a while.  Returns true if it came to an end just now. */
bool ct_flush_run(struct ct_flush *);
void ct_flush_wait(struct ct_flush *);

bool ct_flush_is_busy(const struct ct_flush *);

/* How many entries the present or last flush found. */
size_t ct_flush_count(const struct ct_flush *);

#endif /* ct-flush.h */
