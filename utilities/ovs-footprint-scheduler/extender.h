/* SPDX-License-Identifier: Apache-2.0 */

#ifndef EXTENDER_H
#define EXTENDER_H 1

/* kube-scheduler's extender protocol: what it asks, and what it is answered.
 *
 * It asks with {"Pod":{..},"Nodes":{..}|null,"NodeNames":[..]|null}: names if
 * the extender is said to be "nodeCacheCapable", whole Node objects if not,
 * each in an order of its own, which answers keep.  Whatever else there is,
 * newer or older, is passed over; the case of keys does not matter.
 *
 * kube-scheduler accepts a malformed answer silently: a filter's answer with
 * names to a question with objects drops every node, and a score above 10 is
 * not clamped.  So answers are made only here.  Pure. */

#include <stdbool.h>
#include <stddef.h>

#include "json-scan.h"

struct ds;
struct known_name;
struct known_names;

/* The scores that an extender may give. */
#define EXTENDER_MAX_SCORE 10

/* A node in question. */
struct extender_node {
    struct slice name;          /* As it stands in the text, with escapes. */
    struct slice object;        /* The whole Node, of 0 bytes for a name. */
    struct known_name *known;   /* Null if nobody knows it. */
};

/* What matters of a Pod: null where its metadata says nothing, or something
 * that is no string. */
struct extender_pod {
    char *namespace, *name, *generate_name;
    char *class;                /* The annotation footprint-class. */
    char *workload;             /* The annotation footprint-workload. */
    char *workload_label;       /* The label of that name. */
};

/* A question.  Its slices are pieces of the text that it was parsed from. */
struct extender_args {
    struct extender_pod pod;
    bool cached;                /* Were there names only? */
    struct extender_node *nodes;
    size_t n_nodes, allocated_nodes;
    struct known_names *names;
};

/* Parses 'n' bytes of 'text', which must stay, and looks nodes up in 'names',
 * unless that is null.  Returns null, or a malloc()'d sentence that says what
 * is wrong and where; 'args' must be destroyed nevertheless. */
char *extender_args_parse(struct extender_args *, const char *text, size_t n,
                          struct known_names *names);
void extender_args_destroy(struct extender_args *);

/* Appends the answer to "prioritize": 'scores' are those of the nodes, in
 * their order. */
void extender_put_scores(struct ds *, const struct extender_args *,
                         const int *scores);

/* Appends the answer to "filter": 'reasons' has for each node why it will not
 * do, or a null pointer. */
void extender_put_filtered(struct ds *, const struct extender_args *,
                           const char *const *reasons);

#endif /* extender.h */
