/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "settings/misspelling.h"

#include <string.h>

#include "util.h"

/* Longer words are not compared, in bytes. */
#define MAX_LENGTH 64

/* Returns how many letters have to be changed, left out or added to make 'b'
 * of 'a' (the Levenshtein distance), or SIZE_MAX if either is too long. */
static size_t
distance(const char *a, const char *b)
{
    size_t row[MAX_LENGTH + 1];
    size_t n = strlen(b);

    if (n > MAX_LENGTH || strlen(a) > MAX_LENGTH) {
        return SIZE_MAX;
    }
    for (size_t j = 0; j <= n; j++) {
        row[j] = j;
    }
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0]++;

        for (size_t j = 0; j < n; j++) {
            size_t change = diagonal + (a[i] != b[j]);

            diagonal = row[j + 1];
            row[j + 1] = MIN(change, MIN(diagonal, row[j]) + 1);
        }
    }
    return row[n];
}

const char *
misspelling_find(const char *word, const char *const *known, size_t n,
                 size_t max)
{
    const char *best = NULL;
    size_t length = strlen(word);
    size_t least = max;

    for (size_t i = 0; i < n; i++) {
        size_t known_length = strlen(known[i]);
        size_t d;

        /* The distance is at least the difference in length, which costs less
         * to compute. */
        if (MAX(length, known_length) - MIN(length, known_length) > least) {
            continue;
        }
        if (!strcmp(word, known[i])) {
            return known[i];
        }
        if (!max) {
            continue;
        }
        d = distance(word, known[i]);

        if (d < least || (d == least && !best)) {
            least = d;
            best = known[i];
        }
    }
    return best;
}
