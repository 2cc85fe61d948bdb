/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "pipeline/pipeline-layout.h"

#include "ovsdb/footprint-keys.h"
#include "pipeline/foreign-flows.h"
#include "pipeline/pipeline-flows.h"
#include "util.h"

bool
pipeline_layout_is_isolated(const struct pipeline_options *options,
                            const struct foreign_flows *foreign)
{
    return (options->order == PIPELINE_ISOLATED
            || (options->order == PIPELINE_AUTO && !foreign->end
                && (!options->hardware || options->harm)));
}

/* Chooses the register: the one that was configured, otherwise the one that
 * is ours already, otherwise the last that nobody uses.  Returns false if
 * there is none. */
static bool
choose_register(struct pipeline_layout *layout,
                const struct pipeline_options *options,
                const struct foreign_flows *foreign)
{
    if (options->reg != PIPELINE_REG_ANY) {
        layout->reg = options->reg;
        return true;
    }
    for (int i = FOREIGN_N_REGS; foreign->regs & (1u << layout->reg); i--) {
        if (!i) {
            return false;
        }
        layout->reg = i - 1;
    }
    return true;
}

char *
pipeline_layout_choose(struct pipeline_layout *layout,
                       const struct pipeline_options *options,
                       const struct foreign_flows *foreign)
{
    bool has_register = choose_register(layout, options, foreign);

    layout->isolated = pipeline_layout_is_isolated(options, foreign);
    layout->foreign_marks = foreign->marks;
    layout->aside = foreign->tracks && !layout->isolated;
    layout->keep_copies = foreign->irreversible && !layout->isolated;
    return (foreign->collision ? xstrdup(foreign->collision)
            : foreign->end && (options->order == PIPELINE_ISOLATED
                               || options->harm)
            ? xasprintf("%s%s%s: change it, or set external_ids:"
                        FP_CFG_PIPELINE" to \"inline\"", foreign->end,
                        options->harm ? ", and " : "",
                        options->harm ? options->harm : "")
            : !has_register
            ? xstrdup("all registers, reg0 to reg15, are used by other "
                      "flows: leave one to us")
            : NULL);
}
