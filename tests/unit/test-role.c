/* SPDX-License-Identifier: Apache-2.0 */

/* Drives role.
 *
 *     identity [KEY=VALUE|...]       external_ids of the Interface; for all
 *                                    that follows
 *     flow TUPLE ORIG REPLY [MARK]   prints which end the container is, and
 *                                    its role; ORIG and REPLY are bytes, MARK
 *                                    is hexadecimal */

#include <config.h>
#include "footprint/role.h"
#include "tests/unit/test-pure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/identity.h"
#include "util.h"

static struct identity identity;

static void
set_identity(struct words *words)
{
    struct smap nothing = SMAP_INITIALIZER(&nothing);
    struct smap ids;

    words_take_smap(words, &ids);
    identity_destroy(&identity);
    identity_init(&identity, &ids, &nothing);
    smap_destroy(&ids);
}

static void
show_flow(struct words *words)
{
    static const char *const ends[] = {
        [ROLE_END_UNKNOWN] = "unknown",
        [ROLE_END_SRC] = "src",
        [ROLE_END_DST] = "dst",
    };
    struct ct_flow flow = { .id = 1 };
    enum role_end end;
    const char *role;

    words_take_tuple(words, &flow.tuple);
    flow.bytes[CT_DIR_ORIG] = words_take_number(words);
    flow.bytes[CT_DIR_REPLY] = words_take_number(words);
    if (words_are_left(words)) {
        flow.mark = strtoul(words_take(words), NULL, 16);
    }
    end = role_find_end(&flow, &identity);
    role = footprint_role_to_string(role_of_end(&flow, end));
    printf("%s: %s\n", ends[end], role ? role : "none");
}

static bool
run(const char *command, struct words *words)
{
    if (!strcmp(command, "identity")) {
        set_identity(words);
    } else if (!strcmp(command, "flow")) {
        show_flow(words);
    } else {
        return false;
    }
    return true;
}

static void
finish(void)
{
    identity_destroy(&identity);
}

const struct driver test_role = { "role", run, finish };
