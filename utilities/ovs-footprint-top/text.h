/* SPDX-License-Identifier: Apache-2.0 */

#ifndef TEXT_H
#define TEXT_H 1

/* Text in the columns of a terminal, whose characters take one column, or
 * two, or none.  Strings must be printable already (lib/printable.h).
 * Pure, but for the locale, which says how wide a character is. */

#include <stdbool.h>
#include <stddef.h>

struct ds;

enum text_align { TEXT_LEFT, TEXT_RIGHT };

/* Returns how many columns 's' takes. */
size_t text_width(const char *s);

/* Appends 's' in exactly 'width' columns: with blanks, or cut, with '~' in
 * place of what is left out. */
void text_fit(const char *s, size_t width, enum text_align, struct ds *);

/* Appends 's' with a '?' for what is not ASCII, for terminals without
 * UTF-8. */
void text_to_ascii(const char *s, struct ds *);

#endif /* text.h */
