/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "lib/printable.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

/* What is not UTF-8. */
#define NO_CHARACTER UINT32_MAX

/* Returns the character that 's', which is not empty, begins with, and stores
 * its length in bytes in '*len'; if that is not UTF-8, one byte of it is
 * NO_CHARACTER. */
static uint32_t
decode(const char *s, size_t *len)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    const uint8_t *p = (const uint8_t *) s;
    size_t n = (p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2
                : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0);
    uint32_t c = n > 1 ? p[0] & (0x7f >> n) : p[0];

    *len = 1;
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return NO_CHARACTER;
        }
        c = c << 6 | (p[i] & 0x3f);
    }
    if (!n || c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) {
        return NO_CHARACTER;
    }
    *len = n;
    return c;
}

/* Is 'c' printed unchanged?  Control characters are not, nor are characters
 * that are invisible, or that change the direction of text. */
static bool
is_plain(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } others[] = {
        { 0, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x61c, 0x61c },
        { 0x180e, 0x180e }, { 0x200b, 0x200f }, { 0x2028, 0x202e },
        { 0x2060, 0x206f }, { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb },
        { 0xe0000, 0xe0fff }, { NO_CHARACTER, NO_CHARACTER },
    };

    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        if (c >= others[i].first && c <= others[i].last) {
            return false;
        }
    }
    return true;
}

static void
put_escaped(uint32_t c, uint8_t byte, struct ds *out)
{
    if (c == '\n') {
        ds_put_cstr(out, "\\n");
    } else if (c == '\t') {
        ds_put_cstr(out, "\\t");
    } else if (c < 0x100 || c == NO_CHARACTER) {
        ds_put_format(out, "\\x%02x", c == NO_CHARACTER ? byte : c);
    } else {
        ds_put_format(out, "\\u%04x", c);
    }
}

/* Is there nothing to change in 's', for at most 'max' characters? */
static bool
is_printable(const char *s, size_t max)
{
    size_t len, n = 0;

    for (; *s; s += len) {
        if (n++ >= max || !is_plain(decode(s, &len))) {
            return false;
        }
    }
    return true;
}

static const char *
make_printable(const char *s, size_t max)
{
    static struct ds buffers[16];
    static size_t next;
    struct ds *out;
    size_t len, n;

    if (!s || is_printable(s, max)) {
        return s;
    }
    out = &buffers[next++ % ARRAY_SIZE(buffers)];
    ds_clear(out);
    for (n = 0; *s && n < max; s += len, n++) {
        uint32_t c = decode(s, &len);

        if (is_plain(c)) {
            ds_put_buffer(out, s, len);
        } else {
            put_escaped(c, *s, out);
        }
    }
    if (*s) {
        ds_put_cstr(out, "...");
    }
    return ds_cstr(out);
}

const char *
printable(const char *s)
{
    return make_printable(s, PRINTABLE_NAME);
}

const char *
printable_text(const char *s)
{
    return make_printable(s, PRINTABLE_TEXT);
}

void
printable_json(const char *json, struct ds *out)
{
    size_t len;

    for (; *json; json += len) {
        uint32_t c = decode(json, &len);

        if (c < 0x7f || is_plain(c)) {
            ds_put_buffer(out, json, len);
        } else if (c == NO_CHARACTER) {
            ds_put_cstr(out, "\\ufffd");
        } else if (c < 0x10000) {
            ds_put_format(out, "\\u%04x", c);
        } else {
            ds_put_format(out, "\\u%04x\\u%04x",
                          0xd800 + ((c - 0x10000) >> 10),
                          0xdc00 + (c & 0x3ff));
        }
    }
}

size_t
printable_width(const char *s)
{
    size_t len, n = 0;

    for (; *s; s += len) {
        decode(s, &len);
        n++;
    }
    return n;
}
