/* SPDX-License-Identifier: Apache-2.0 */

/* Whether a container or VM is behind a port, or a way out of the bridge.
 *
 * Open vSwitch does not know: to it a container's veth and a physical NIC are
 * both of type "system".  sysfs tells them apart: a physical device, also a
 * virtual machine's, has "device", a veth or tap has not.  The representor of
 * an SR-IOV virtual function or subfunction has it too, but "phys_port_name"
 * gives it away (pf0vf3, pf0sf8; see networking/switchdev.rst of Linux).  A
 * bond, a VLAN device and the like have no "device" but a link to each device
 * beneath, "lower_NAME", and lead out as those do. */

#include <config.h>
#include "topology/port-kind.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "openvswitch/util.h"
#include "ovsdb/footprint-keys.h"
#include "util.h"

/* Types behind which a container or VM may be. */
static const char *const container_types[] = {
    "", "system", "internal", "tap", "dpdkvhostuser", "dpdkvhostuserclient",
    "dummy", "dummy-internal",
};

bool
port_kind_is_internal(const char *type)
{
    return !strcmp(type, "internal");
}

static bool
may_be_container(const char *type)
{
    for (size_t i = 0; i < ARRAY_SIZE(container_types); i++) {
        if (!strcmp(type, container_types[i])) {
            return true;
        }
    }
    return false;
}

/* Reads the first line of the sysfs attribute 'attr' of network device 'name'
 * into 'value'. */
static bool
read_attr(const char *name, const char *attr, char *value, size_t size)
{
    char *path = xasprintf("/sys/class/net/%s/%s", name, attr);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, value, size - 1) : -1;

    if (fd >= 0) {
        close(fd);
    }
    free(path);
    value[MAX(n, 0)] = '\0';
    value[strcspn(value, "\n")] = '\0';
    return n > 0;
}

static bool
is_physical(const char *name)
{
    char *path = xasprintf("/sys/class/net/%s/device", name);
    bool has_device = !access(path, F_OK);
    char port_name[32];

    free(path);
    return (has_device
            && !(read_attr(name, "phys_port_name", port_name,
                           sizeof port_name)
                 && (strstr(port_name, "vf") || strstr(port_name, "sf"))));
}

/* Is the network device 'name' made of others? */
static bool
is_stacked(const char *name)
{
    char *path = xasprintf("/sys/class/net/%s", name);
    DIR *dir = opendir(path);
    bool stacked = false;
    struct dirent *entry;

    free(path);
    if (dir) {
        while (!stacked && (entry = readdir(dir))) {
            stacked = !strncmp(entry->d_name, "lower_", strlen("lower_"));
        }
        closedir(dir);
    }
    return stacked;
}

const char *
port_kind_to_string(enum port_kind kind)
{
    switch (kind) {
    case PORT_KIND_CONTAINER:
        return "container";
    case PORT_KIND_UPLINK:
        return "uplink";
    case PORT_KIND_IGNORED:
        return "ignored";
    default:
        OVS_NOT_REACHED();
    }
}

/* What nobody can make a container: there is no one interface of its own. */
static const char *
find_obstacle(const struct port_kind_inputs *in)
{
    return (in->is_bond ? "it is a bond"
            : !strcmp(in->name, in->bridge) ? "it is the bridge's own port"
            : !strcmp(in->type, "patch") ? "it leads to another bridge"
            : NULL);
}

/* Returns why the network device 'name' leads out of this machine, or null if
 * it does not. */
static const char *
find_way_out(const char *name)
{
    return (strchr(name, '/') ? NULL
            : is_physical(name) ? "it is a physical device"
            : is_stacked(name) ? "it is made of other network devices"
            : NULL);
}

/* What it is if nobody says anything. */
static enum port_kind
guess(const struct port_kind_inputs *in, const char **reason)
{
    if (in->inactive) {
        *reason = "external_ids say that the container is elsewhere";
    } else if (!may_be_container(in->type)) {
        *reason = "ports of its type are ways out";
    } else if (in->dialect) {
        *reason = "external_ids say who is behind it";
        return PORT_KIND_CONTAINER;
    } else {
        *reason = find_way_out(in->name);
        if (!*reason) {
            *reason = "nothing says that it is a way out";
            return PORT_KIND_CONTAINER;
        }
    }
    return PORT_KIND_UPLINK;
}

enum port_kind
port_kind_find(const struct port_kind_inputs *in, const char **reason)
{
    *reason = find_obstacle(in);
    if (*reason) {
        return PORT_KIND_UPLINK;
    }
    if (in->choice == PORT_CHOICE_NONE) {
        return guess(in, reason);
    }
    *reason = "external_ids:"FP_CFG_PORT" says so";
    return (in->choice == PORT_CHOICE_CONTAINER ? PORT_KIND_CONTAINER
            : in->choice == PORT_CHOICE_UPLINK ? PORT_KIND_UPLINK
            : PORT_KIND_IGNORED);
}
