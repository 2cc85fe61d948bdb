/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "footprint/role.h"

#include "conntrack/ct-mark.h"
#include "lib/identity.h"
#include "util.h"

enum role_end
role_choose_end(bool src, bool dst)
{
    return (src == dst ? ROLE_END_UNKNOWN
            : src ? ROLE_END_SRC
            : ROLE_END_DST);
}

static enum role_end
find_marked_end(const struct ct_flow *flow)
{
    const struct ct_tuple *t = &flow->tuple;
    uint8_t low;

    return (!ct_mark_get_addr(flow->mark, &low) ? ROLE_END_UNKNOWN
            : role_choose_end(t->src.s6_addr[15] == low,
                              t->dst.s6_addr[15] == low));
}

enum role_end
role_find_end(const struct ct_flow *flow, const struct identity *id)
{
    const struct ct_tuple *t = &flow->tuple;
    enum role_end end = role_choose_end(identity_has_addr(id, &t->src),
                                        identity_has_addr(id, &t->dst));

    return end == ROLE_END_UNKNOWN ? find_marked_end(flow) : end;
}

enum footprint_role
role_of_end(const struct ct_flow *flow, enum role_end end)
{
    bool src_sends = flow->bytes[CT_DIR_ORIG] >= flow->bytes[CT_DIR_REPLY];

    switch (end) {
    case ROLE_END_UNKNOWN:
        return FOOTPRINT_NONE;
    case ROLE_END_SRC:
        return src_sends ? FOOTPRINT_SOURCE : FOOTPRINT_SINK;
    case ROLE_END_DST:
        return src_sends ? FOOTPRINT_SINK : FOOTPRINT_SOURCE;
    default:
        OVS_NOT_REACHED();
    }
}
