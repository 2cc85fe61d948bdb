/* SPDX-License-Identifier: Apache-2.0 */

#ifndef PIPELINE_LAYOUT_H
#define PIPELINE_LAYOUT_H 1

/* Decides where on a bridge our flows may be, and in which order they forward
 * and account, given what was configured and the flows of others.
 *
 * Pure: the same input always makes the same layout. */

#include <stdbool.h>

struct foreign_flows;
struct pipeline_layout;
struct pipeline_options;

/* Should our flows forward first, then account? */
bool pipeline_layout_is_isolated(const struct pipeline_options *,
                                 const struct foreign_flows *);

/* Changes 'layout', where our flows are, into where they should be: what can
 * stay as it is does, so that flows change only when they must.  The tables
 * stay as they are, because they are configured.
 *
 * Returns null, or a sentence that says why our flows may be nowhere, which
 * the caller frees. */
char *pipeline_layout_choose(struct pipeline_layout *layout,
                             const struct pipeline_options *,
                             const struct foreign_flows *);

#endif /* pipeline-layout.h */
