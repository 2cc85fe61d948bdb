/* SPDX-License-Identifier: Apache-2.0 */

#ifndef VF_H
#define VF_H 1

/* A virtual function of a network card with a switch in it (SR-IOV), whose
 * representor goes onto the bridge while the function itself goes into the
 * container. */

#include <net/if.h>
#include <stdbool.h>

struct cni_error;
struct link_handle;
struct ports;
struct smap;

struct vf {
    char device_id[32];         /* PCI address, e.g. "0000:03:00.2". */
    char name[IFNAMSIZ];        /* Of its network device, on the host. */
    char representor[IFNAMSIZ];
};

/* Finds the function at the PCI address 'device_id' and its representor. */
struct cni_error *vf_find(struct vf *, const char *device_id,
                          struct link_handle *host);

/* Moves it to 'netns', where it is called 'ifname'.  'mtu' may be 0. */
struct cni_error *vf_move(const struct vf *, struct link_handle *host,
                          struct link_handle *netns, const char *ifname,
                          int mtu);

/* Moves it back to the host, where it gets its name back.  'netns' may be
 * null: when a namespace goes, the kernel itself moves the device. */
void vf_restore(const struct vf *, struct link_handle *host,
                struct link_handle *netns, const char *ifname);

/* Adds to 'ids' what vf_from_ids() reads: all but the representor. */
void vf_get_ids(const struct vf *, struct smap *ids);

/* Reads that from 'ids'.  Returns false if there is nothing to read. */
bool vf_from_ids(struct vf *, const struct smap *ids);

/* Returns the bridge to which the card of the function 'device_id' is
 * connected, or null. */
const char *vf_find_bridge(const char *device_id, const struct ports *);

#endif /* vf.h */
