/* SPDX-License-Identifier: Apache-2.0 */

/* The kernel says in sysfs which function belongs to which card (physfn,
 * virtfnN), and which device is the representor of which function: the two
 * have one phys_switch_id, and the representor's phys_port_name is "pf0vf3"
 * (on old kernels just "3"), as Documentation/networking/switchdev.rst
 * says. */

#include <config.h>
#include "vf.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cni-error.h"
#include "lib/printable.h"
#include "link.h"
#include "openvswitch/vlog.h"
#include "ovsdb/footprint-keys.h"
#include "ports.h"
#include "smap.h"
#include "util.h"
#include "vswitch-idl.h"

VLOG_DEFINE_THIS_MODULE(vf);

#define PCI_DIR "/sys/bus/pci/devices"
#define NET_DIR "/sys/class/net"

/* Has visit() see the name of each file in 'dir' until it returns true.
 * Returns whether it did. */
static bool
for_each_file(const char *dir, bool (*visit)(const char *name, void *aux),
              void *aux)
{
    DIR *stream = opendir(dir);
    struct dirent *entry;
    bool found = false;

    if (!stream) {
        return false;
    }
    while (!found && (entry = readdir(stream)) != NULL) {
        found = entry->d_name[0] != '.' && visit(entry->d_name, aux);
    }
    closedir(stream);
    return found;
}

static bool
take_name(const char *name, void *result)
{
    ovs_strlcpy(result, name, IFNAMSIZ);
    return true;
}

/* Stores the name of the network device of the PCI device at 'pci', a path
 * below PCI_DIR, in 'name'. */
static bool
find_netdev(const char *pci, char name[IFNAMSIZ])
{
    char *dir = xasprintf(PCI_DIR"/%s/net", pci);
    bool found = for_each_file(dir, take_name, name);

    free(dir);
    return found;
}

/* Reads the one-line file 'attr' of a network device. */
static bool
read_attr(const char *netdev, const char *attr, char *value, size_t size)
{
    char *path = xasprintf(NET_DIR"/%s/%s", netdev, attr);
    FILE *stream = fopen(path, "r");
    bool ok = stream && fgets(value, size, stream);

    if (stream) {
        fclose(stream);
    }
    free(path);
    if (ok) {
        value[strcspn(value, "\n")] = '\0';
    }
    return ok && *value;
}

/* What is looked for among the files of a card: the symbolic link virtfnN to a
 * function. */
struct function {
    const char *device_id;
    int index;                  /* N, once it was found. */
};

static bool
is_function(const char *name, void *function_)
{
    struct function *function = function_;
    char target[PATH_MAX];
    const char *base;
    ssize_t n;
    char *path;
    int index;

    if (!ovs_scan(name, "virtfn%d", &index)) {
        return false;
    }
    path = xasprintf(PCI_DIR"/%s/physfn/%s", function->device_id, name);
    n = readlink(path, target, sizeof target - 1);
    free(path);
    target[MAX(n, 0)] = '\0';
    base = strrchr(target, '/');
    function->index = index;
    return !strcmp(base ? base + 1 : target, function->device_id);
}

/* What is looked for among all devices: a representor. */
struct representor {
    char switch_id[64];
    int pf;                     /* Number of its card's port, -1 if the driver
                                 * does not say. */
    int index;                  /* Of its function. */
    char name[IFNAMSIZ];
};

static bool
is_representor(const char *name, void *representor_)
{
    struct representor *r = representor_;
    char switch_id[64], port_name[64];
    int pf = -1, vf, n = 0;

    if (!read_attr(name, "phys_switch_id", switch_id, sizeof switch_id)
        || strcmp(switch_id, r->switch_id)
        || !read_attr(name, "phys_port_name", port_name, sizeof port_name)) {
        return false;
    }
    if (!(ovs_scan(port_name, "pf%dvf%d%n", &pf, &vf, &n) && !port_name[n])) {
        pf = -1;
        if (!str_to_int(port_name, 10, &vf)) {
            return false;
        }
    }
    ovs_strlcpy(r->name, name, sizeof r->name);

    /* The ports of a card may be one switch. */
    return vf == r->index && (pf < 0 || r->pf < 0 || pf == r->pf);
}

/* Returns the number of the port of the network card 'card', or -1. */
static int
get_pf(const char *card)
{
    char port_name[64];
    int pf, n = 0;

    return (read_attr(card, "phys_port_name", port_name, sizeof port_name)
            && ovs_scan(port_name, "p%d%n", &pf, &n) && !port_name[n]
            ? pf : -1);
}

static struct cni_error *
find_representor(struct vf *vf)
{
    struct function function = { vf->device_id, -1 };
    struct representor r;
    char card[IFNAMSIZ];
    char *physfn = xasprintf("%s/physfn", vf->device_id);
    char *dir = xasprintf(PCI_DIR"/%s", physfn);
    bool has_card = find_netdev(physfn, card);
    bool has_index = for_each_file(dir, is_function, &function);

    free(physfn);
    free(dir);
    if (!has_card || !has_index) {
        return cni_error(CNI_BAD_CONFIG, "\"deviceID\": \"%s\" is not a "
                         "virtual function of a network card", vf->device_id);
    }
    r.index = function.index;
    r.pf = get_pf(card);
    if (!read_attr(card, "phys_switch_id", r.switch_id, sizeof r.switch_id)
        || !for_each_file(NET_DIR, is_representor, &r)) {
        return cni_error(CNI_BAD_CONFIG, "\"deviceID\": \"%s\" has no "
                         "representor: put %s into switchdev mode (devlink "
                         "dev eswitch set)", vf->device_id, card);
    }
    ovs_strlcpy(vf->representor, r.name, sizeof vf->representor);
    return NULL;
}

struct cni_error *
vf_find(struct vf *vf, const char *device_id, struct link_handle *host)
{
    struct link link;

    ovs_strlcpy(vf->device_id, device_id, sizeof vf->device_id);
    if (strchr(device_id, '/') || !find_netdev(device_id, vf->name)) {
        return cni_error(CNI_BAD_CONFIG, "\"deviceID\": \"%s\" has no network "
                         "device: give the PCI address of a virtual function "
                         "that no other container has", device_id);
    }
    if (link_get(host, vf->name, &link)) {
        return cni_error(CNI_BAD_CONFIG, "\"deviceID\": \"%s\": its device %s "
                         "is in another network namespace", device_id,
                         vf->name);
    }
    return find_representor(vf);
}

/* Moves the device 'name' of 'from' to 'to', where it is called 'new_name'. */
static int
move(struct link_handle *from, const char *name, struct link_handle *to,
     const char *new_name)
{
    struct link link;
    int error = link_get(from, name, &link);

    if (!error) {
        /* A device that is up cannot be renamed. */
        error = link_set_up(from, link.ifindex, false);
    }
    return error ? error : link_move(from, link.ifindex, new_name, to);
}

struct cni_error *
vf_move(const struct vf *vf, struct link_handle *host,
        struct link_handle *netns, const char *ifname, int mtu)
{
    int error = move(host, vf->name, netns, ifname);
    struct link inner, outer;

    if (!error && mtu) {
        error = link_get(netns, ifname, &inner);
        if (!error) {
            error = link_set_mtu(netns, inner.ifindex, mtu);
        }
        if (!error) {
            error = link_get(host, vf->representor, &outer);
        }
        if (!error) {
            error = link_set_mtu(host, outer.ifindex, mtu);
        }
    }
    return (error
            ? cni_error(CNI_KERNEL, "cannot move %s into the container as %s: "
                        "%s", vf->name, ifname, ovs_strerror(error))
            : NULL);
}

void
vf_restore(const struct vf *vf, struct link_handle *host,
           struct link_handle *netns, const char *ifname)
{
    char now[IFNAMSIZ];
    int error = netns ? move(netns, ifname, host, vf->name) : ENODEV;

    if (error && find_netdev(vf->device_id, now) && strcmp(now, vf->name)) {
        error = move(host, now, host, vf->name);
    }
    if (error) {
        VLOG_INFO("%s is not moved back from the container (%s)",
                  printable(vf->name), ovs_strerror(error));
    }
}

void
vf_get_ids(const struct vf *vf, struct smap *ids)
{
    smap_add_format(ids, FP_CNI_VF, "%s %s", vf->device_id, vf->name);
}

bool
vf_from_ids(struct vf *vf, const struct smap *ids)
{
    const char *s = smap_get(ids, FP_CNI_VF);

    BUILD_ASSERT(sizeof vf->device_id == 32 && sizeof vf->name == 16);
    memset(vf, 0, sizeof *vf);
    return (s && ovs_scan(s, "%31s %15s", vf->device_id, vf->name)
            && !strchr(vf->device_id, '/'));
}

const char *
vf_find_bridge(const char *device_id, const struct ports *ports)
{
    const struct ovsrec_bridge *br = NULL;
    char *physfn = xasprintf("%s/physfn", device_id);
    char card[IFNAMSIZ];

    if (!strchr(device_id, '/') && find_netdev(physfn, card)) {
        br = ports_find_bridge_of(ports, card);
    }
    free(physfn);
    return br ? br->name : NULL;
}
