/* SPDX-License-Identifier: Apache-2.0 */

#ifndef FLOW_TABLE_H
#define FLOW_TABLE_H 1

/* OpenFlow flows as they should be, beside what a switch has of them.
 *
 * The owner of a flow table says what it wants with claims: a claim is one
 * flow, and the claims that belong together (those of one port, say) are on a
 * list that their owner has.  Where two claims have the same table, priority
 * and match, the one of lower rank is in force and the other waits.
 *
 * The connection to the switch says what is there, flow by flow.  What remains
 * to be done is then known without comparing anything again, so that a change
 * costs as much as it changes, not as much as there is.
 *
 * Pure: sends nothing and reads no clock. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/ofp-protocol.h"
#include "openvswitch/types.h"

struct match;
struct ofpact;
struct ovs_list;

/* A flow.  What it points to belongs to whoever made it. */
struct flow_spec {
    uint8_t table_id;
    uint16_t priority;
    ovs_be64 cookie;
    const struct match *match;
    const struct ofpact *ofpacts;
    size_t ofpacts_len;
    bool transient;             /* Has a timeout, so it is not like any flow
                                 * that is wanted. */
};

/* Do two lists of actions do the same? */
bool flow_actions_equal(const struct ofpact *a, size_t a_len,
                        const struct ofpact *b, size_t b_len);

struct flow_table *flow_table_create(void);

/* Destroys the table, whose claims must all have been released. */
void flow_table_destroy(struct flow_table *);

/* What should be.  The claims on 'claims' must all be of the same table, and
 * must be released before the table is destroyed. */

/* Wants the flow 'spec', a copy of which becomes a claim on 'claims'.  Of
 * several claims to the same place the one of the lowest rank is in force, and
 * among equals the oldest. */
void flow_table_claim(struct flow_table *, const struct flow_spec *spec,
                      uint32_t rank, struct ovs_list *claims);

/* Does not want the claims on 'claims' any more, and frees them.
 *
 * To change a set of claims, make the new ones before releasing the old ones:
 * then flows that are in both are left alone. */
void flow_table_release(struct flow_table *, struct ovs_list *claims);

/* Returns true if all of 'claims' are in force, or want the same as those that
 * are. */
bool flow_table_is_granted(const struct ovs_list *claims);

/* What is. */

/* From now on nothing is known to be in the switch.  Nothing may be in
 * flight. */
void flow_table_forget(struct flow_table *);

/* The switch has the flow 'spec'.  Returns true if that is news, that is, not
 * what was known to be there. */
bool flow_table_saw(struct flow_table *, const struct flow_spec *spec);

/* The switch does not have the flow 'spec' any more; only its table, priority
 * and match count.  Returns true if it was known to be there. */
bool flow_table_saw_removal(struct flow_table *, const struct flow_spec *spec);

/* Returns true if a flow is known to be in the switch in the place of 'spec',
 * that is, with its table, priority and match. */
bool flow_table_has(const struct flow_table *, const struct flow_spec *spec);

/* Returns how many flows are in the switch. */
size_t flow_table_count(const struct flow_table *);

/* From now on, a flow that nobody claims stays if 'is_kept' is true of it when
 * it is seen in the switch; with a null 'is_kept', none does. */
typedef bool flow_table_keep_cb(const struct flow_spec *, const void *aux);
void flow_table_keep(struct flow_table *, flow_table_keep_cb *is_kept,
                     const void *aux);

/* What is to be done. */

/* Returns true if the switch has what is wanted. */
bool flow_table_is_settled(const struct flow_table *);

/* Appends to 'requests' the OpenFlow messages that do what is to be done, and
 * returns how many.  The outcome must be told to flow_table_finish() before
 * this is called again. */
size_t flow_table_start(struct flow_table *, enum ofputil_protocol,
                        struct ovs_list *requests);

/* What flow_table_start() started has come to its end: if 'done', the switch
 * has done all of it; otherwise the switch has what it had before. */
void flow_table_finish(struct flow_table *, bool done);

#endif /* flow-table.h */
