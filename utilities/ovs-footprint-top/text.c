/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "text.h"

#include <stdint.h>
#include <string.h>
#include <wchar.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

/* Returns the length in bytes of the first character of 's', which is UTF-8
 * and not empty, and stores how many columns it takes in '*width'. */
static size_t
measure(const char *s, size_t *width)
{
    uint8_t c = *s;
    size_t want = c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    size_t len = strnlen(s, want);
    wchar_t wc = len > 1 ? c & (0x7f >> len) : c;
    int w;

    for (size_t i = 1; i < len; i++) {
        wc = wc << 6 | (s[i] & 0x3f);
    }
    w = wcwidth(wc);
    *width = w < 0 ? 1 : w;
    return len;
}

size_t
text_width(const char *s)
{
    size_t sum = 0;

    while (*s) {
        size_t width;

        s += measure(s, &width);
        sum += width;
    }
    return sum;
}

/* Appends as much of 's' as fits into 'width' columns; returns how many those
 * are. */
static size_t
put_prefix(const char *s, size_t width, struct ds *out)
{
    size_t used = 0;

    while (*s) {
        size_t w, len = measure(s, &w);

        if (used + w > width) {
            break;
        }
        ds_put_buffer(out, s, len);
        used += w;
        s += len;
    }
    return used;
}

void
text_fit(const char *s, size_t width, enum text_align align, struct ds *out)
{
    size_t used = text_width(s);

    if (used > width) {
        if (width) {
            used = put_prefix(s, width - 1, out);
            ds_put_char(out, '~');
            ds_put_char_multiple(out, ' ', width - 1 - used);
        }
        return;
    }
    if (align == TEXT_RIGHT) {
        ds_put_char_multiple(out, ' ', width - used);
    }
    ds_put_cstr(out, s);
    if (align == TEXT_LEFT) {
        ds_put_char_multiple(out, ' ', width - used);
    }
}

void
text_to_ascii(const char *s, struct ds *out)
{
    while (*s) {
        size_t width, len = measure(s, &width);

        ds_put_char(out, len > 1 || (*s & 0x80) ? '?' : *s);
        s += len;
    }
}
