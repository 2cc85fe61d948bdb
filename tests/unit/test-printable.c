/* SPDX-License-Identifier: Apache-2.0 */

/* Drives printable, with "%41" in a word for the byte 0x41 and "*N" after a
 * word for N times that word:
 *
 *     name WORD[*N]        prints it as a name,
 *     text WORD[*N]        as a text,
 *     json WORD[*N]        and as a part of JSON */

#include <config.h>
#include "lib/printable.h"
#include "tests/unit/test-pure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

/* Returns what 'word' stands for, which the caller must free. */
static char *
expand(const char *word)
{
    struct ds once = DS_EMPTY_INITIALIZER;
    struct ds s = DS_EMPTY_INITIALIZER;
    int n = 1;

    for (const char *p = word; *p; p++) {
        unsigned int byte;

        if (ovs_scan(p, "%%%2x", &byte)) {
            ds_put_char(&once, byte);
            p += 2;
        } else if (*p == '*') {
            n = atoi(p + 1);
            break;
        } else {
            ds_put_char(&once, *p);
        }
    }
    for (int i = 0; i < n; i++) {
        ds_put_cstr(&s, ds_cstr(&once));
    }
    ds_destroy(&once);
    return ds_steal_cstr(&s);
}

static void
show(const char *s)
{
    printf("%s (%"PRIuSIZE")\n", s, printable_width(s));
}

static bool
run(const char *command, struct words *words)
{
    char *s = expand(words_take(words));

    if (!strcmp(command, "name")) {
        show(printable(s));
    } else if (!strcmp(command, "text")) {
        show(printable_text(s));
    } else if (!strcmp(command, "json")) {
        struct ds out = DS_EMPTY_INITIALIZER;

        printable_json(s, &out);
        show(ds_cstr(&out));
        ds_destroy(&out);
    } else {
        free(s);
        return false;
    }
    free(s);
    return true;
}

const struct driver test_printable = { "printable", run, NULL };
