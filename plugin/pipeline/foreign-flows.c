/* SPDX-License-Identifier: Apache-2.0 */

/* Finds what stands in the way of a pipeline: flows in its tables, flows that
 * jump there, flows in table 0 that are as high as ours, and the registers
 * that anybody uses; and whether anybody uses conntrack. */

#include <config.h>

#include "pipeline/foreign-flows.h"

#include <ctype.h>

#include "bitmap.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/match.h"
#include "openvswitch/meta-flow.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofp-group.h"
#include "ovsdb/footprint-keys.h"
#include "packets.h"
#include "pipeline/flow-table.h"
#include "pipeline/pipeline-flows.h"
#include "util.h"

BUILD_ASSERT_DECL(FOREIGN_N_REGS <= FLOW_N_REGS);

/* A flow is quoted up to this length, so that a sentence stays readable. */
#define MAX_QUOTE 160

void
foreign_flows_init(struct foreign_flows *ff)
{
    *ff = (struct foreign_flows) { .collision = NULL };
}

void
foreign_flows_destroy(struct foreign_flows *ff)
{
    free(ff->collision);
    free(ff->end);
    free(ff->marker);
}

/* Who has a match or actions: a flow or a group. */
struct suspect {
    const struct flow_spec *flow; /* Null for a group. */
    uint32_t group_id;
};

/* Quotes 'flow' as "ovs-ofctl dump-flows" would show it. */
static void
quote_flow(const struct flow_spec *flow, struct ds *s)
{
    struct ofpact_format_params fp = { .s = s };
    size_t start;

    ds_put_cstr(s, "the flow \"");
    start = s->length;
    ds_put_format(s, "table=%"PRIu8", ", flow->table_id);
    match_format(flow->match, NULL, s, flow->priority);
    ds_put_cstr(s, " actions=");
    ofpacts_format(flow->ofpacts, flow->ofpacts_len, &fp);
    if (s->length - start > MAX_QUOTE) {
        ds_truncate(s, start + MAX_QUOTE);
        ds_put_cstr(s, "...");
    }
    ds_put_char(s, '"');
}

/* Returns the malloc()'d phrase "SUSPECT WHY". */
static char * OVS_PRINTF_FORMAT(2, 0)
describe_valist(const struct suspect *suspect, const char *why, va_list args)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    if (suspect->flow) {
        quote_flow(suspect->flow, &s);
    } else {
        ds_put_format(&s, "the group %"PRIu32, suspect->group_id);
    }
    ds_put_char(&s, ' ');
    ds_put_format_valist(&s, why, args);
    return ds_steal_cstr(&s);
}

static char * OVS_PRINTF_FORMAT(2, 3)
describe(const struct suspect *suspect, const char *why, ...)
{
    va_list args;
    char *s;

    va_start(args, why);
    s = describe_valist(suspect, why, args);
    va_end(args);
    return s;
}

/* Notes that 'suspect' is in the way: "SUSPECT WHY". */
static void OVS_PRINTF_FORMAT(3, 4)
report_collision(struct foreign_flows *ff, const struct suspect *suspect,
                 const char *why, ...)
{
    if (!ff->collision) {
        va_list args;

        va_start(args, why);
        ff->collision = describe_valist(suspect, why, args);
        va_end(args);
    }
}

/* Returns true unless 'match' can only match packets that our flows in table 0
 * do not: those that are not IP, and fragments. */
static bool
may_match_ours(const struct match *match)
{
    if (match->wc.masks.dl_type == OVS_BE16_MAX
        && !dl_type_is_ip_any(match->flow.dl_type)) {
        return false;
    }
    return !(match->wc.masks.nw_frag & match->flow.nw_frag
             & FLOW_NW_FRAG_ANY);
}

/* Returns the registers that 's', an action as a string, names.
 *
 * A register has many names (reg3, NXM_NX_REG3, xreg1, OXM_OF_PKT_REG1,
 * xxreg0, NXM_NX_XXREG0), all of which end in "reg" and a number, and there
 * are many actions that take one, in newer versions of Open vSwitch more than
 * in older ones.  As a string, they are all alike. */
static uint16_t
find_regs(const char *s)
{
    uint16_t regs = 0;

    for (const char *p = s; (p = strcasestr(p, "reg")); p += 3) {
        int width = 1, n;

        if (!isdigit((unsigned char) p[3])) {
            continue;
        }
        n = atoi(p + 3);
        if ((p - s >= 4 && !strncasecmp(p - 4, "PKT_", 4))
            || (p - s >= 1 && tolower((unsigned char) p[-1]) == 'x')) {
            width = p - s >= 2 && tolower((unsigned char) p[-2]) == 'x' ? 4
                                                                        : 2;
        }
        for (int i = n * width, end = MIN(i + width, FOREIGN_N_REGS);
             i < end; i++) {
            regs |= 1u << i;
        }
    }
    return regs;
}

/* Does 's', an action as a string, have to do with conntrack? */
static bool
mentions_ct(const char *s)
{
    return strcasestr(s, "ct(") || strcasestr(s, "ct_");
}

/* Takes account of actions, and returns the registers that they name. */
static uint16_t
add_actions(struct foreign_flows *ff,
            const struct ofpact *ofpacts, size_t ofpacts_len)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    struct ofpact_format_params fp = { .s = &s };
    const struct ofpact *a;
    uint16_t regs = 0;

    OFPACT_FOR_EACH (a, ofpacts, ofpacts_len) {
        if (a->type == OFPACT_RESUBMIT) {
            ff->tracks |= ofpact_get_RESUBMIT(a)->with_ct_orig;
        } else if (a->type != OFPACT_OUTPUT && a->type != OFPACT_GROUP
                   && a->type != OFPACT_GOTO_TABLE
                   && a->type != OFPACT_CONTROLLER) {
            /* (The commonest actions have no fields: they are spared.) */
            ds_clear(&s);
            ofpacts_format(a, OFPACT_ALIGN(a->len), &fp);
            regs |= find_regs(ds_cstr(&s));
            ff->tracks |= mentions_ct(ds_cstr(&s));
        }
    }
    ds_destroy(&s);
    ff->regs |= regs;
    return regs;
}

/* Is there an action that ovs-vswitchd does on a copy of a packet, if the
 * packet is still needed, because it could not undo it?  (This is what its
 * reversible_actions() looks for.) */
static bool
is_irreversible(const struct ofpact *ofpacts, size_t ofpacts_len)
{
    const struct ofpact *a;

    OFPACT_FOR_EACH (a, ofpacts, ofpacts_len) {
        if (a->type == OFPACT_CT || a->type == OFPACT_METER
            || a->type == OFPACT_OUTPUT_TRUNC || a->type == OFPACT_ENCAP
            || a->type == OFPACT_DECAP || a->type == OFPACT_DEC_NSH_TTL) {
            return true;
        }
    }
    return false;
}

/* Takes account of a match, and returns the registers that it names. */
static uint16_t
add_match(struct foreign_flows *ff, const struct match *match)
{
    const struct flow *mask = &match->wc.masks;
    uint16_t regs = 0;

    for (int i = 0; i < FOREIGN_N_REGS; i++) {
        regs |= mask->regs[i] ? 1u << i : 0;
    }
    ff->tracks |= (mask->ct_state || mask->ct_zone || mask->ct_mark
                   || !ovs_u128_is_zero(mask->ct_label));
    ff->regs |= regs;
    return regs;
}

/* Returns the table that 'a' continues in, or -1 if it does not say one. */
static int
next_table(const struct ofpact *a)
{
    if (a->type == OFPACT_RESUBMIT) {
        return ofpact_get_RESUBMIT(a)->table_id;
    } else if (a->type == OFPACT_GOTO_TABLE) {
        return ofpact_get_GOTO_TABLE(a)->table_id;
    } else if (a->type == OFPACT_CT) {
        return ofpact_get_CT(a)->recirc_table;
    } else if (a->type == OFPACT_LEARN) {
        return ofpact_get_LEARN(a)->table_id;
    } else {
        return -1;
    }
}

/* Notes whether any of 'regs', which 'suspect' uses, was given to us. */
static void
check_regs(struct foreign_flows *ff, const struct pipeline_layout *layout,
           const struct suspect *suspect, uint16_t regs)
{
    if (layout->reg < FOREIGN_N_REGS && regs & (1u << layout->reg)) {
        report_collision(ff, suspect, "uses reg%"PRIu8", which was given to "
                         "us: set external_ids:"FP_CFG_REGISTER" to another",
                         layout->reg);
    }
}

/* Notes whether any of the actions of 'suspect' continues in a table that we
 * need. */
static void
check_next_tables(struct foreign_flows *ff,
                  const struct pipeline_layout *layout,
                  const struct suspect *suspect,
                  const struct ofpact *ofpacts, size_t ofpacts_len)
{
    const struct ofpact *a;

    OFPACT_FOR_EACH_FLATTENED (a, ofpacts, ofpacts_len) {
        int table_id = next_table(a);

        if (table_id == layout->receiver_table
            || table_id == layout->return_table) {
            report_collision(ff, suspect, "continues in table %d, which we "
                             "need: change it, or set external_ids:"
                             FP_CFG_FIRST_TABLE" to another", table_id);
        }
    }
}

/* Returns the bits of a packet's mark that 'a' reads or writes. */
static uint32_t
get_mark_bits(const struct ofpact *a)
{
    if (a->type == OFPACT_SET_FIELD) {
        const struct ofpact_set_field *sf = ofpact_get_SET_FIELD(a);

        return (sf->field->id == MFF_PKT_MARK
                ? ntohl(ofpact_set_field_mask(sf)->be32) : 0);
    } else if (a->type == OFPACT_REG_MOVE) {
        const struct ofpact_reg_move *move = ofpact_get_REG_MOVE(a);

        return (move->src.field->id == MFF_PKT_MARK
                || move->dst.field->id == MFF_PKT_MARK ? UINT32_MAX : 0);
    }
    return 0;
}

/* Notes the bits of packets' marks that the flow of 'suspect' is about. */
static void
check_marks(struct foreign_flows *ff, const struct suspect *suspect)
{
    const struct flow_spec *flow = suspect->flow;
    uint32_t bits = flow->match->wc.masks.pkt_mark;
    const struct ofpact *a;

    OFPACT_FOR_EACH_FLATTENED (a, flow->ofpacts, flow->ofpacts_len) {
        bits |= get_mark_bits(a);
    }
    if (bits && !ff->marker) {
        ff->marker = describe(suspect, "has to do with packets' marks");
    }
    ff->marks |= bits;
}

/* Returns the name of 'a' if nothing that comes after it would be done, not
 * even by whoever sent the packet to its flow, otherwise null. */
static const char *
is_end(const struct ofpact *a)
{
    return (a->type == OFPACT_EXIT ? "exit"
            : a->type == OFPACT_POP_MPLS ? "pop_mpls"
            : a->type == OFPACT_DECAP ? "decap"
            : a->type == OFPACT_CONTROLLER && ofpact_get_CONTROLLER(a)->pause
            ? "controller(pause)"
            : NULL);
}

/* Notes whether any of the actions of 'suspect' keeps us from accounting after
 * it. */
static void
check_ends(struct foreign_flows *ff, const struct suspect *suspect,
           const struct ofpact *ofpacts, size_t ofpacts_len)
{
    const struct ofpact *a;

    if (ff->end) {
        return;
    }
    OFPACT_FOR_EACH_FLATTENED (a, ofpacts, ofpacts_len) {
        const char *name = is_end(a);

        if (name) {
            ff->end = describe(suspect, "has the action \"%s\", after which "
                               "nothing can be accounted", name);
            return;
        }
    }
}

bool
foreign_flows_is_end(const struct flow_spec *flow)
{
    const struct ofpact *a;

    OFPACT_FOR_EACH_FLATTENED (a, flow->ofpacts, flow->ofpacts_len) {
        if (is_end(a)) {
            return true;
        }
    }
    return false;
}

void
foreign_flows_add_flow(struct foreign_flows *ff,
                       const struct pipeline_layout *layout,
                       const struct flow_spec *flow)
{
    const struct suspect suspect = { .flow = flow };
    uint16_t regs = (add_match(ff, flow->match)
                     | add_actions(ff, flow->ofpacts, flow->ofpacts_len));

    ff->irreversible |= (!flow->table_id
                         && is_irreversible(flow->ofpacts,
                                            flow->ofpacts_len));
    check_regs(ff, layout, &suspect, regs);
    if (flow->table_id == layout->receiver_table
        || flow->table_id == layout->return_table) {
        report_collision(ff, &suspect, "is in a table that we need: move it, "
                         "or set external_ids:"FP_CFG_FIRST_TABLE" to "
                         "another");
    } else if (!flow->table_id && flow->priority >= PIPELINE_PRIORITY_ANY
               && may_match_ours(flow->match)) {
        report_collision(ff, &suspect, "has the priority of our own: give it "
                         "one below %d", PIPELINE_PRIORITY_ANY);
    }
    check_next_tables(ff, layout, &suspect, flow->ofpacts, flow->ofpacts_len);
    check_ends(ff, &suspect, flow->ofpacts, flow->ofpacts_len);
    check_marks(ff, &suspect);
}

void
foreign_flows_add_group(struct foreign_flows *ff,
                        const struct pipeline_layout *layout,
                        const struct ofputil_group_desc *gd)
{
    const struct suspect suspect = { .group_id = gd->group_id };
    const struct ofputil_bucket *bucket;
    uint16_t regs = 0;
    size_t id;

    LIST_FOR_EACH (bucket, list_node, &gd->buckets) {
        regs |= add_actions(ff, bucket->ofpacts, bucket->ofpacts_len);
        check_next_tables(ff, layout, &suspect, bucket->ofpacts,
                          bucket->ofpacts_len);
        check_ends(ff, &suspect, bucket->ofpacts, bucket->ofpacts_len);
    }
    if (!ff->end && gd->type == OFPGT11_SELECT) {
        ff->end = describe(&suspect, "is of type \"select\", after which "
                           "nothing can be accounted");
    }
    BITMAP_FOR_EACH_1 (id, MFF_N_IDS, gd->props.fields.used.bm) {
        regs |= find_regs(mf_from_id(id)->name);
    }
    ff->regs |= regs;
    check_regs(ff, layout, &suspect, regs);
}
