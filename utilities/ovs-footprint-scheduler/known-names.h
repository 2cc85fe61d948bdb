/* SPDX-License-Identifier: Apache-2.0 */

#ifndef KNOWN_NAMES_H
#define KNOWN_NAMES_H 1

/* Names that come up again and again, in lists of much the same order.
 *
 * kube-scheduler sends up to thousands of names with each question.  Each name
 * remembers which one followed it the last time.  If that one follows again,
 * which costs one comparison, then nothing has to be looked for, not even
 * where the name ends.  Pure. */

#include <stdbool.h>
#include <stddef.h>

#include "openvswitch/hmap.h"

struct slice;

struct known_name {
    struct hmap_node hmap_node; /* In its known_names. */
    char *name;
    size_t length;              /* Of 'name', in bytes. */
    char *quoted;               /* '"NAME"', as it stands in a list; null if
                                 * JSON has another form for it. */
    struct known_name *next;    /* The one that followed. */
    unsigned int next_valid;    /* 'next' is valid while 'n_removed' equals
                                 * this. */
};

struct known_names {
    struct hmap names;
    unsigned int n_removed;     /* Names that are gone. */
};

void known_names_init(struct known_names *);
void known_names_destroy(struct known_names *);

/* 'known' is part of whatever has that name. */
void known_names_add(struct known_names *, struct known_name *known,
                     const char *name);
void known_names_remove(struct known_names *, struct known_name *);

/* Returns the name, or null. */
struct known_name *known_names_find(const struct known_names *, const char *s,
                                    size_t n);

/* The same for one name of a list: 'previous' is what was found for the name
 * before, or null. */
struct known_name *known_names_find_next(const struct known_names *,
                                         struct known_name *previous,
                                         const struct slice *name);

/* Returns the name that followed 'previous', which may be null, the last time,
 * or null. */
static inline struct known_name *
known_names_guess_next(const struct known_names *names,
                       const struct known_name *previous)
{
    return (previous && previous->next_valid == names->n_removed
            ? previous->next : NULL);
}

/* How many bytes 'known->quoted' has. */
static inline size_t
known_name_get_quoted_length(const struct known_name *known)
{
    return known->length + 2;
}

#endif /* known-names.h */
