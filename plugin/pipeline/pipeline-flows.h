/* SPDX-License-Identifier: Apache-2.0 */

#ifndef PIPELINE_FLOWS_H
#define PIPELINE_FLOWS_H 1

/* What the flows of a pipeline are, given the ports of the bridge.
 *
 * pipeline.c opens with what they do and why.  Pure: the same input always
 * makes the same flows. */

#include <stdbool.h>
#include <stdint.h>

#include "pipeline/pipeline-types.h"
#include "util.h"

struct flow_spec;

/* Where on a bridge the flows live. */
struct pipeline_layout {
    uint32_t foreign_marks;     /* Bits of packets' marks that are others': no
                                 * elephant gets a mark that has any. */
    uint8_t receiver_table;     /* Finds the container a packet goes to. */
    uint8_t return_table;       /* Hands the packet to the bridge's flows. */
    uint8_t reg;                /* Register that is ours: NXM_NX_REGn. */
    bool aside;                 /* Leave packets that come tracked as they are:
                                 * account a copy. */
    bool keep_copies;           /* Have packets from other bridges worked on as
                                 * copies. */
    bool isolated;              /* Forward a copy first, then account. */
    bool sparing;               /* There are adaptive ports: those without a
                                 * zone have no flows of their own, and all
                                 * others do. */
    bool unused;                /* False: layouts are compared by memcmp(), so
                                 * there must be no padding. */
};

BUILD_ASSERT_DECL(sizeof(struct pipeline_layout) == 12);

/* The bits of our register. */
#define PIPELINE_REG_ACCOUNTED UINT32_C(0x80000000) /* Already accounted. */
#define PIPELINE_REG_TRACKED UINT32_C(0x40000000) /* Came tracked, while it is
                                                   * in our tables. */
#define PIPELINE_REG_SPARED UINT32_C(0x20000000) /* From a port without a flow
                                                  * of its own, whose VLAN is
                                                  * not known; likewise. */
#define PIPELINE_REG_VLAN_MASK UINT32_C(0x00001fff) /* The packet's VLAN while
                                                     * it is in our tables: VID
                                                     * and presence. */

/* Priorities in table 0.  No other flow may be as high as these and match IP
 * packets. */
#define PIPELINE_PRIORITY_WITHDRAWN UINT16_MAX /* To somebody withdrawn. */
#define PIPELINE_PRIORITY_ENDPOINT_BOTH UINT16_MAX /* By VLAN and address. */
#define PIPELINE_PRIORITY_ENDPOINT (UINT16_MAX - 1) /* By either. */
#define PIPELINE_PRIORITY_PORT (UINT16_MAX - 2)
#define PIPELINE_PRIORITY_ANY (UINT16_MAX - 3)

/* Called with a flow, which lasts until it returns. */
typedef void pipeline_flow_cb(const struct flow_spec *, void *aux);

/* Tells 'cb' the flows that a bridge with at least one container needs, beside
 * those of its ports. */
void pipeline_flows_for_bridge(const struct pipeline_layout *,
                               pipeline_flow_cb *cb, void *aux);

/* Tells 'cb' the flows that treat the elephant's packets as was asked for. */
void pipeline_flows_for_elephant(const struct pipeline_layout *,
                                 const struct pipeline_elephant *,
                                 pipeline_flow_cb *cb, void *aux);

/* Tells 'cb' the flows that 'port' needs, if there is any container on its
 * bridge. */
void pipeline_flows_for_port(const struct pipeline_layout *,
                             const struct pipeline_port *port,
                             pipeline_flow_cb *cb, void *aux);

#endif /* pipeline-flows.h */
