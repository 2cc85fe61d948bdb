/* SPDX-License-Identifier: Apache-2.0 */

#ifndef JSON_SCAN_H
#define JSON_SCAN_H 1

/* Walks through JSON text without making anything of it.
 *
 * kube-scheduler sends up to megabytes, of which some names matter.  Whoever
 * wants those walks from key to key, skips what does not matter, and gets the
 * rest as pieces of the text itself.  What is skipped is checked all the same,
 * but for the form of numbers.  Pure. */

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* A piece of the text. */
struct slice {
    const char *s;
    size_t n;                   /* Bytes. */
};

/* Deeper than any Pod or Node. */
#define JSON_SCAN_MAX_DEPTH 64

struct json_scan {
    const char *start, *p, *end;
    const char *error;          /* What is wrong at 'p', or null. */
    int depth;
};

/* 'text' must stay, and need not end with a null byte. */
void json_scan_init(struct json_scan *, const char *text, size_t n);

/* Goes on to the next value and returns its first character, or 0 at the end
 * and after an error.  Takes nothing. */
char json_scan_peek(struct json_scan *);

/* Takes the next value, whatever it is; 'value' may be null. */
bool json_scan_skip(struct json_scan *, struct slice *value);

/* Takes a string; 'value' is what is between its quotes. */
bool json_scan_string(struct json_scan *, struct slice *value);

/* Takes "null", if it is next. */
bool json_scan_null(struct json_scan *);

/* Walks through an object, or an array:
 *
 *     if (json_scan_open(&scan, '{')) {
 *         while (json_scan_next_key(&scan, &first, &key)) {
 *             json_scan_skip(&scan, &value);
 *
 * 'first' must be true at the beginning.  After the loop, 'error' says whether
 * all was well. */
bool json_scan_open(struct json_scan *, char brace);
bool json_scan_next_key(struct json_scan *, bool *first, struct slice *key);
bool json_scan_next_element(struct json_scan *, bool *first);

/* Like json_scan_next_element(), and takes the element, which must be a
 * string. */
bool json_scan_next_string(struct json_scan *, bool *first,
                           struct slice *value);

/* Takes the next element of an array, not the first one, if that is a string
 * of plain ASCII without escapes, not empty, and without white space before
 * it.  Returns false, and has taken nothing, if it is anything else. */
bool json_scan_next_plain_string(struct json_scan *, struct slice *value);

/* Takes a comma and 'n' bytes after it if these are just what 's' is, which
 * nobody checks; 's' may be null. */
static inline bool
json_scan_take_next(struct json_scan *scan, const char *s, size_t n)
{
    if (!s || scan->error || (size_t) (scan->end - scan->p) <= n
        || *scan->p != ',' || memcmp(scan->p + 1, s, n)) {
        return false;
    }
    scan->p += n + 1;
    return true;
}

/* Does nothing but white space follow?  If not, that is an error. */
bool json_scan_at_end(struct json_scan *);

/* Records what is wrong at the present place, unless something was before. */
bool json_scan_fail(struct json_scan *, const char *error);

/* Is 'slice' the same as 's', without regard to case, as Go compares keys? */
bool slice_equals(const struct slice *, const char *s);

#endif /* json-scan.h */
