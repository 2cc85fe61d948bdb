/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "json-scan.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "util.h"

void
json_scan_init(struct json_scan *scan, const char *text, size_t n)
{
    *scan = (struct json_scan) { .start = text, .p = text, .end = text + n };
}

bool
json_scan_fail(struct json_scan *scan, const char *error)
{
    if (!scan->error) {
        scan->error = error;
    }
    return false;
}

static inline bool
is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static inline char
peek(struct json_scan *scan)
{
    while (scan->p < scan->end && is_space(*scan->p)) {
        scan->p++;
    }
    return scan->error || scan->p >= scan->end ? '\0' : *scan->p;
}

char
json_scan_peek(struct json_scan *scan)
{
    return peek(scan);
}

static bool
fail_to_take(struct json_scan *scan, const char *error)
{
    return json_scan_fail(scan, scan->p >= scan->end
                          ? "it ends in the middle" : error);
}

static inline bool
take(struct json_scan *scan, char c, const char *error)
{
    if (peek(scan) != c) {
        return fail_to_take(scan, error);
    }
    scan->p++;
    return true;
}

/* Sixteen characters, which compilers compare all at once. */
typedef signed char chars __attribute__((vector_size(16)));

/* The 8 bytes of 'x', the first one as the lowest. */
static inline uint64_t
in_order(uint64_t x)
{
#ifdef WORDS_BIGENDIAN
    return __builtin_bswap64(x);
#else
    return x;
#endif
}

static bool
skip_escape(struct json_scan *scan)
{
    if (scan->end - scan->p < 2) {
        return json_scan_fail(scan, "it ends in the middle");
    }
    if (scan->p[1] != 'u') {
        if (!strchr("\"\\/bfnrt", scan->p[1]) || !scan->p[1]) {
            return json_scan_fail(scan, "no such escape in a string");
        }
        scan->p += 2;
        return true;
    }
    if (scan->end - scan->p < 6) {
        return json_scan_fail(scan, "it ends in the middle");
    }
    for (int i = 2; i < 6; i++) {
        if (!isxdigit((unsigned char) scan->p[i])) {
            return json_scan_fail(scan, "no such escape in a string");
        }
    }
    scan->p += 6;
    return true;
}

/* Returns where the plain run of a string that begins at 'p' ends: at a quote,
 * a backslash, or what is no printable ASCII; or a place in it that is fewer
 * than 16 bytes before 'end'. */
static inline const char *
skip_plain(const char *p, const char *end)
{
    while (end - p >= sizeof(chars)) {
        uint64_t ends[2];
        chars c;

        memcpy(&c, p, sizeof c);
        /* Being signed, what is above 0x7f is below a space. */
        c = (c == '"') | (c == '\\') | (c < ' ');
        memcpy(ends, &c, sizeof ends);
        if (ends[0] | ends[1]) {
            return p + (ends[0] ? raw_ctz(in_order(ends[0])) / 8
                        : raw_ctz(in_order(ends[1])) / 8 + 8);
        }
        p += sizeof c;
    }
    return p;
}

/* Goes on to the quote that ends the string which 'scan' is in, past whatever
 * is not plain. */
static bool
skip_to_quote(struct json_scan *scan)
{
    for (;;) {
        scan->p = skip_plain(scan->p, scan->end);
        if (scan->p >= scan->end) {
            return json_scan_fail(scan, "it ends in the middle");
        } else if (*scan->p == '"') {
            return true;
        } else if (*scan->p == '\\') {
            if (!skip_escape(scan)) {
                return false;
            }
        } else if ((unsigned char) *scan->p < ' ') {
            return json_scan_fail(scan, "a control character in a string");
        } else {
            scan->p++;
        }
    }
}

/* Takes what follows the quote that begins a string. */
static inline bool
finish_string(struct json_scan *scan, struct slice *value)
{
    const char *start = scan->p;

    scan->p = skip_plain(start, scan->end);
    if ((scan->p >= scan->end || *scan->p != '"') && !skip_to_quote(scan)) {
        return false;
    }
    *value = (struct slice) { start, scan->p++ - start };
    return true;
}

static inline bool
take_string(struct json_scan *scan, struct slice *value)
{
    return (take(scan, '"', "there should be a string")
            && finish_string(scan, value));
}

bool
json_scan_string(struct json_scan *scan, struct slice *value)
{
    return take_string(scan, value);
}

static bool
skip_word(struct json_scan *scan)
{
    static const char *const words[] = { "null", "true", "false" };
    const char *start = scan->p;

    while (scan->p < scan->end
           && (isalnum((unsigned char) *scan->p) || *scan->p == '.'
               || *scan->p == '-' || *scan->p == '+')) {
        scan->p++;
    }
    if (scan->p > start
        && (isdigit((unsigned char) *start) || *start == '-')) {
        return true;
    }
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (scan->p - start == strlen(words[i])
            && !memcmp(start, words[i], scan->p - start)) {
            return true;
        }
    }
    scan->p = start;
    return json_scan_fail(scan, "there should be a value");
}

bool
json_scan_null(struct json_scan *scan)
{
    return json_scan_peek(scan) == 'n' && json_scan_skip(scan, NULL);
}

static inline bool
descend(struct json_scan *scan)
{
    return (++scan->depth <= JSON_SCAN_MAX_DEPTH
            || json_scan_fail(scan, "too deeply nested"));
}

bool
json_scan_open(struct json_scan *scan, char brace)
{
    return (take(scan, brace, brace == '{' ? "there should be an object"
                 : "there should be an array")
            && descend(scan));
}

/* Takes what stands between two elements.  Returns false at the end. */
static inline bool
next(struct json_scan *scan, bool *first, char brace)
{
    char c = peek(scan);

    if (c == brace) {
        scan->p++;
        scan->depth--;
        return false;
    }
    if (!*first && !take(scan, ',', "there should be a comma")) {
        return false;
    }
    *first = false;
    return !scan->error;
}

static inline bool
next_key(struct json_scan *scan, bool *first, struct slice *key)
{
    return (next(scan, first, '}') && take_string(scan, key)
            && take(scan, ':', "there should be a colon"));
}

static inline bool
next_element(struct json_scan *scan, bool *first)
{
    if (!next(scan, first, ']')) {
        return false;
    }
    return (peek(scan) != '\0'
            || json_scan_fail(scan, "it ends in the middle"));
}

bool
json_scan_next_key(struct json_scan *scan, bool *first, struct slice *key)
{
    return next_key(scan, first, key);
}

bool
json_scan_next_element(struct json_scan *scan, bool *first)
{
    return next_element(scan, first);
}

/* This is what nearly all names are. */
bool
json_scan_next_plain_string(struct json_scan *scan, struct slice *value)
{
    const char *start = scan->p + 2;
    const char *p;

    if (scan->end - scan->p < 2 || scan->p[0] != ',' || scan->p[1] != '"'
        || scan->error) {
        return false;
    }
    p = skip_plain(start, scan->end);
    if (p >= scan->end || *p != '"' || p == start) {
        return false;
    }
    *value = (struct slice) { start, p - start };
    scan->p = p + 1;
    return true;
}

bool
json_scan_next_string(struct json_scan *scan, bool *first, struct slice *value)
{
    return next_element(scan, first) && take_string(scan, value);
}

static bool
skip_value(struct json_scan *scan)
{
    struct slice ignored;
    bool first = true;
    char c = peek(scan);

    if (c == '"') {
        scan->p++;
        return finish_string(scan, &ignored);
    } else if (c == '{') {
        scan->p++;
        if (descend(scan)) {
            while (next_key(scan, &first, &ignored)) {
                skip_value(scan);
            }
        }
    } else if (c == '[') {
        scan->p++;
        if (descend(scan)) {
            while (next_element(scan, &first)) {
                skip_value(scan);
            }
        }
    } else if (!c) {
        json_scan_fail(scan, "it ends in the middle");
    } else {
        skip_word(scan);
    }
    return !scan->error;
}

bool
json_scan_skip(struct json_scan *scan, struct slice *value)
{
    const char *start;

    peek(scan);
    start = scan->p;
    skip_value(scan);
    if (value) {
        *value = (struct slice) { start, scan->p - start };
    }
    return !scan->error;
}

bool
json_scan_at_end(struct json_scan *scan)
{
    json_scan_peek(scan);
    if (scan->p < scan->end) {
        return json_scan_fail(scan, "something follows after its end");
    }
    return !scan->error;
}

bool
slice_equals(const struct slice *slice, const char *s)
{
    return slice->n == strlen(s) && !strncasecmp(slice->s, s, slice->n);
}
