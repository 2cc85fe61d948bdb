/* SPDX-License-Identifier: Apache-2.0 */

/* Drives plugin/topology/published.c.
 *
 *     parse [KEY=VALUE|...]       shows what was published of a container
 *     endpoint ID [KEY=VALUE|...] the same of an endpoint */

#include <config.h>
#include "tests/unit/test-pure.h"
#include "topology/published.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

static void
show(const struct published *p)
{
    const char *role = footprint_role_to_string(p->role);
    const char *kind = evidence_kind_to_string(p->kind);

    printf("%s", footprint_class_to_string(p->class));
    if (p->class != FOOTPRINT_UNKNOWN) {
        printf(" since %lld, %s, by %s", p->since, role ? role : "no role",
               kind ? kind : "nothing");
    }
    printf("; zone %"PRIu16"\n", p->zone);
}

static bool
run(const char *command, struct words *words)
{
    struct published published;
    struct smap ids;
    char *id = NULL;

    if (!strcmp(command, "endpoint")) {
        id = xstrdup(words_take(words));
    } else if (strcmp(command, "parse")) {
        return false;
    }
    words_take_smap(words, &ids);
    published_parse(&published, &ids, id);
    show(&published);
    smap_destroy(&ids);
    free(id);
    return true;
}

const struct driver test_published = { "published", run, NULL };
