/* SPDX-License-Identifier: Apache-2.0 */

#ifndef MISSPELLING_H
#define MISSPELLING_H 1

/* What somebody may have meant.  Pure. */

#include <stdbool.h>
#include <stddef.h>

/* Returns the one of the 'n' words in 'known' that differs least from 'word',
 * by at most 'max' letters that are wrong, missing or too many, otherwise
 * null.  That is 'word' itself if it is known. */
const char *misspelling_find(const char *word, const char *const *known,
                             size_t n, size_t max);

#endif /* misspelling.h */
