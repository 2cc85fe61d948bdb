/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "plugin.h"

#include <stdlib.h>

#include "cni-error.h"
#include "ipam.h"
#include "ports.h"

/* Returns an error that says what would keep an ADD from working, or null. */
static struct cni_error *
find_obstacle(struct plugin *p)
{
    const char *bridge = plugin_get_bridge(p);
    struct ports *ports;
    struct cni_error *error = plugin_open_ports(p, &ports);

    if (!error && bridge && !ports_find_bridge(ports, bridge)) {
        error = cni_error(CNI_OPEN_VSWITCH,
                          "there is no bridge \"%s\": add it "
                          "with \"ovs-vsctl add-br %s\"", bridge, bridge);
    }
    if (!error) {
        error = ports_wait_vswitchd(ports, p->deadline);
    }
    ports_close(ports);
    return error;
}

struct cni_error *
plugin_status(struct plugin *p)
{
    struct cni_error *error = find_obstacle(p);

    if (error) {
        error->code = CNI_NOT_READY;
    }
    return error ? error : ipam_status(p);
}
