/* SPDX-License-Identifier: Apache-2.0 */

/* Feeds foreign-flows: another controller's flows in a bridge with a pipeline
 * of ours, one a line as "ovs-ofctl add-flows" takes them. */

#include <config.h>
#include "pipeline/foreign-flows.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/match.h"
#include "openvswitch/ofp-flow.h"
#include "pipeline/flow-table.h"
#include "pipeline/pipeline-flows.h"
#include "util.h"

static const struct pipeline_layout layout = {
    .receiver_table = 250,
    .return_table = 251,
    .reg = 15,
};

static void
add_flow(struct foreign_flows *ff, const char *line)
{
    enum ofputil_protocol usable;
    struct ofputil_flow_mod fm;
    struct match match;
    char *error;

    error = parse_ofp_flow_mod_str(&fm, line, NULL, NULL, OFPFC_ADD, &usable);
    if (error) {
        free(error);
        return;
    }
    minimatch_expand(&fm.match, &match);
    foreign_flows_add_flow(ff, &layout, &(struct flow_spec) {
        .table_id = fm.table_id,
        .priority = fm.priority,
        .cookie = fm.new_cookie,
        .match = &match,
        .ofpacts = fm.ofpacts,
        .ofpacts_len = fm.ofpacts_len,
    });
    minimatch_destroy(&fm.match);
    free(CONST_CAST(struct ofpact *, fm.ofpacts));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_to_string(data, size);
    char *save_ptr = NULL;
    struct foreign_flows ff;

    foreign_flows_init(&ff);
    for (char *line = strtok_r(text, "\n", &save_ptr); line;
         line = strtok_r(NULL, "\n", &save_ptr)) {
        add_flow(&ff, line);
    }
    foreign_flows_destroy(&ff);
    free(text);
    return 0;
}
