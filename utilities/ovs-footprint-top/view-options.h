/* SPDX-License-Identifier: Apache-2.0 */

#ifndef VIEW_OPTIONS_H
#define VIEW_OPTIONS_H 1

/* What a view is made for. */

#include <stdbool.h>
#include <stddef.h>

struct view_options {
    size_t width, height;       /* In characters. */
    size_t max_history;         /* Characters of a sparkline. */
    const char *target;         /* Whom the answers are from. */
    bool utf8;                  /* Can more be shown than ASCII? */
    long long int now;          /* In time_msec() time. */
    long long int slot;         /* The slot of histories that 'now' is in. */
    long long int wall;         /* In time_wall_msec() time. */
};

#endif /* view-options.h */
