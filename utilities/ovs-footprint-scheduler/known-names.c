/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "known-names.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "json-scan.h"
#include "util.h"

void
known_names_init(struct known_names *names)
{
    hmap_init(&names->names);
    /* So that the 'next_valid' of a new name is none. */
    names->n_removed = 1;
}

void
known_names_destroy(struct known_names *names)
{
    hmap_destroy(&names->names);
}

/* Is 'name' what JSON text has for it, without escapes? */
static bool
is_plain(const char *name)
{
    for (; *name; name++) {
        if (*name < ' ' || *name > '~' || *name == '"' || *name == '\\') {
            return false;
        }
    }
    return true;
}

void
known_names_add(struct known_names *names, struct known_name *known,
                const char *name)
{
    known->name = xstrdup(name);
    known->length = strlen(name);
    known->quoted = (*name && is_plain(name) ? xasprintf("\"%s\"", name)
                     : NULL);
    known->next = NULL;
    known->next_valid = 0;
    hmap_insert(&names->names, &known->hmap_node,
                hash_bytes(name, known->length, 0));
}

void
known_names_remove(struct known_names *names, struct known_name *known)
{
    hmap_remove(&names->names, &known->hmap_node);
    names->n_removed += names->n_removed == UINT_MAX ? 2 : 1;
    free(known->name);
    free(known->quoted);
}

static bool
has_name(const struct known_name *known, const char *s, size_t n)
{
    return known->length == n && !memcmp(known->name, s, n);
}

struct known_name *
known_names_find(const struct known_names *names, const char *s, size_t n)
{
    struct known_name *known;

    HMAP_FOR_EACH_WITH_HASH (known, hmap_node, hash_bytes(s, n, 0),
                             &names->names) {
        if (has_name(known, s, n)) {
            return known;
        }
    }
    return NULL;
}

struct known_name *
known_names_find_next(const struct known_names *names,
                      struct known_name *previous, const struct slice *name)
{
    struct known_name *next = known_names_guess_next(names, previous);

    if (next && has_name(next, name->s, name->n)) {
        return next;
    }
    next = known_names_find(names, name->s, name->n);
    if (previous) {
        previous->next = next;
        previous->next_valid = names->n_removed;
    }
    return next;
}
