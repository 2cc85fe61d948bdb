/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "policy/policy-scope.h"

#include "topology/bridge.h"
#include "topology/port.h"

const char *
policy_scope_find_obstacle(const struct bridge *br)
{
    return (br->is_userspace
            ? "its datapath is in user space, where we have no flows"
            : br->mode != ZONES_MANAGED
            ? "its zones are not managed by us, so that there are no flows of "
              "ours which could treat elephants"
            : NULL);
}

bool
policy_scope_has(const struct port *port)
{
    return (port->bridge->wanted && port->ofport != OFPP_NONE
            && !policy_scope_find_obstacle(port->bridge));
}
