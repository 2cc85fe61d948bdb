/* SPDX-License-Identifier: Apache-2.0 */

#ifndef OF_REQUEST_H
#define OF_REQUEST_H 1

/* The OpenFlow requests that of-switch makes of a switch, as messages.
 * Pure. */

#include <stdint.h>

#include "openvswitch/ofp-protocol.h"
#include "openvswitch/ofp-util.h"

struct ofpbuf;

/* To be told when anybody changes a flow. */
struct ofpbuf *of_request_monitor(enum ofputil_protocol);

/* For all flows. */
struct ofpbuf *of_request_flows(enum ofputil_protocol);

/* To do to the bundle what 'type', an OFPBCT_* value, says. */
struct ofpbuf *of_request_bundle_control(enum ofp_version, uint32_t bundle,
                                         uint16_t type);

/* To add 'msg', which it takes ownership of, to the bundle. */
struct ofpbuf *of_request_bundle_add(enum ofp_version, uint32_t bundle,
                                     struct ofpbuf *msg);

#endif /* of-request.h */
