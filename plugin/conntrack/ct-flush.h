/* SPDX-License-Identifier: Apache-2.0 */

#ifndef CT_FLUSH_H
#define CT_FLUSH_H 1

/* Deletes the conntrack entries of zones, in small steps: for a hundred
 * thousand entries it takes seconds, in which other things must go on.  (Linux
 * 6.8 could flush a zone at a single request.  A kernel that does not know
 * that would take the same request to mean the whole table, and there is no
 * asking beforehand, so every entry is deleted by its name.) */

#include <stdbool.h>
#include <stddef.h>

struct ct_flush;
struct ct_message;

struct ct_flush *ct_flush_create(void);
void ct_flush_destroy(struct ct_flush *);

/* Says whether an entry is to be deleted. */
typedef bool ct_flush_filter(const struct ct_message *, const void *aux);

/* Begins to delete the entries of the zones that are set in the bitmap
 * 'zones', which is copied; if 'filter' is not null, only those for which it
 * returns true.  It is called with 'aux' until the flush ends.  Abandons what
 * it was doing.  Returns 0 or, after a warning, a positive errno. */
int ct_flush_start(struct ct_flush *, const unsigned long *zones,
                   ct_flush_filter *filter, const void *aux);

/* Goes on for a while.  Returns true if it came to an end just now. */
bool ct_flush_run(struct ct_flush *);
void ct_flush_wait(struct ct_flush *);

bool ct_flush_is_busy(const struct ct_flush *);

/* How many entries the present or last flush found. */
size_t ct_flush_count(const struct ct_flush *);

/* Returns 0 if the last flush found all entries that there were and asked the
 * kernel to delete each, otherwise a positive errno: EINTR if the table
 * changed too much meanwhile. */
int ct_flush_get_error(const struct ct_flush *);

#endif /* ct-flush.h */
