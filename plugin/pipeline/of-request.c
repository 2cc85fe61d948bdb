/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "pipeline/of-request.h"

#include "openvswitch/match.h"
#include "openvswitch/ofp-bundle.h"
#include "openvswitch/ofp-flow.h"
#include "openvswitch/ofp-monitor.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/ofpbuf.h"

/* Others see none of a bundle's changes, or all. */
#define BUNDLE_FLAGS (OFPBF_ORDERED | OFPBF_ATOMIC)

struct ofpbuf *
of_request_monitor(enum ofputil_protocol protocol)
{
    struct ofputil_flow_monitor_request request = {
        .id = 1,
        .command = OFPFMC_ADD,
        .flags = (OFPFMF_ADD | OFPFMF_REMOVED | OFPFMF_MODIFY
                  | OFPFMF_INSTRUCTIONS),
        .out_port = OFPP_ANY,
        .out_group = OFPG_ANY,
        .table_id = OFPTT_ALL,
    };
    struct ofpbuf *msg = ofpbuf_new(0);

    match_init_catchall(&request.match);
    ofputil_append_flow_monitor_request(&request, msg, protocol);
    return msg;
}

struct ofpbuf *
of_request_flows(enum ofputil_protocol protocol)
{
    struct ofputil_flow_stats_request request = {
        .out_port = OFPP_ANY,
        .out_group = OFPG_ANY,
        .table_id = OFPTT_ALL,
    };

    match_init_catchall(&request.match);
    return ofputil_encode_flow_stats_request(&request, protocol);
}

struct ofpbuf *
of_request_bundle_control(enum ofp_version version, uint32_t bundle,
                          uint16_t type)
{
    struct ofputil_bundle_ctrl_msg control = {
        .bundle_id = bundle,
        .type = type,
        .flags = BUNDLE_FLAGS,
    };

    return ofputil_encode_bundle_ctrl_request(version, &control);
}

struct ofpbuf *
of_request_bundle_add(enum ofp_version version, uint32_t bundle,
                      struct ofpbuf *msg)
{
    struct ofputil_bundle_add_msg add = {
        .bundle_id = bundle,
        .flags = BUNDLE_FLAGS,
    };
    struct ofpbuf *wrapped;

    ofpmsg_update_length(msg);
    add.msg = msg->data;
    wrapped = ofputil_encode_bundle_add(version, &add);
    ofpbuf_delete(msg);
    return wrapped;
}
