/* SPDX-License-Identifier: Apache-2.0 */

#ifndef PRINTABLE_H
#define PRINTABLE_H 1

/* What others call things, as it may be shown on a terminal or in a log.
 *
 * A name in a database may be anything: control sequences that set a
 * terminal's title, line ends that forge a row or a line of a log, a megabyte.
 * All text of others goes through here before people see it.  Pure. */

#include <stddef.h>

struct ds;

/* Characters of a name, and of a sentence in which there may be several. */
#define PRINTABLE_NAME 64
#define PRINTABLE_TEXT 1024

/* Returns 's' as it may be shown: what does not print is escaped as "\n",
 * "\x1b" or "\u202e", and what is longer than a name, or a text, ends in
 * "...".  That is 's' itself if there is nothing to change, otherwise memory
 * of this module that is used again by the 16th call after this one.  Returns
 * null for null. */
const char *printable(const char *s);
const char *printable_text(const char *s);

/* Appends 'json', JSON as a string, to 'out', with what does not print escaped
 * as JSON escapes it.  (libopenvswitch does that only in ASCII.) */
void printable_json(const char *json, struct ds *out);

/* Returns how many characters there are in 's'. */
size_t printable_width(const char *s);

#endif /* printable.h */
