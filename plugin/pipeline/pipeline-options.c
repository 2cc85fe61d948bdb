/* SPDX-License-Identifier: Apache-2.0 */

/* What may be chosen about the flows of a bridge: comparing it, naming it. */

#include <config.h>
#include "pipeline/pipeline-types.h"

#include "util.h"

bool
pipeline_options_equal(const struct pipeline_options *a,
                       const struct pipeline_options *b)
{
    return (a->first_table == b->first_table
            && a->reg == b->reg
            && a->order == b->order
            && a->hardware == b->hardware
            && nullable_string_is_equal(a->harm, b->harm));
}

const char *
pipeline_order_to_string(enum pipeline_order order)
{
    return (order == PIPELINE_AUTO ? "auto"
            : order == PIPELINE_INLINE ? "inline"
            : "isolated");
}

bool
pipeline_treatment_equal(const struct pipeline_treatment *a,
                         const struct pipeline_treatment *b)
{
    return (a->dscp == b->dscp
            && a->queue == b->queue
            && a->mark == b->mark
            && a->mark_mask == b->mark_mask);
}
