/* SPDX-License-Identifier: Apache-2.0 */

#ifndef VIEW_H
#define VIEW_H 1

/* What is seen of a model, as lines of text, whoever shows them.  Pure, but
 * for the locale, as text.h. */

#include <stdbool.h>
#include <stddef.h>

#include "openvswitch/dynamic-string.h"
#include "view-options.h"

struct model;

/* Colours and the like are only an aid: whatever a style says, the text says,
 * too. */
enum view_style {
    VIEW_PLAIN,
    VIEW_TITLE,                 /* Of the program, and its state. */
    VIEW_PROBLEM,
    VIEW_FOCUS,                 /* The name of the table that keys are for. */
    VIEW_HEADING,               /* That of another table, and of columns. */
    VIEW_HEAVY,
    VIEW_UNSURE,                /* Not known, or mixed. */
    VIEW_FAINT,                 /* What is no data. */
    VIEW_N_STYLES
};

struct view_line {
    struct ds text;
    enum view_style style;
};

struct view {
    struct view_line *lines;
    size_t n, allocated;
    size_t page;                /* Rows of the table in focus. */
};

/* Makes exactly as many lines as there is room for, none wider than that. */
void view_create(struct view *, const struct model *,
                 const struct view_options *);

/* Makes the node's state and all rows, for a file: 'options->height' is
 * ignored. */
void view_create_all(struct view *, const struct model *,
                     const struct view_options *);
void view_destroy(struct view *);

#endif /* view.h */
