/* SPDX-License-Identifier: Apache-2.0 */

/* Sources of the key layouts: Antrea pkg/agent/interfacestore/types.go;
 * Kube-OVN pkg/ovs/ovs-vsctl.go; OVN-Kubernetes go-controller/pkg/cni/
 * helper_linux.go; ovs-cni pkg/ovsdb/ovsdb.go; Open vSwitch's
 * Documentation/topics/integration.rst for VMs and utilities/ovs-docker for
 * Docker; libvirt src/util/virnetdevopenvswitch.c; Incus and LXD
 * network/driver_ovn.go; systemd-nspawn(1). */

#include <config.h>
#include "lib/identity.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ip-address.h"
#include "ovsdb/footprint-keys.h"
#include "util.h"
#include "uuid.h"

/* The keys that have the parts of an identity in one dialect; null if the
 * dialect lacks that part.  external_ids are of this dialect if they have all
 * of its 'marks'. */
struct dialect {
    const char *name;
    const char *marks[2];
    const char *pod_namespace;
    const char *pod_name;
    const char *container;
};

/* In the order in which they are tried: dialects whose keys no other has come
 * first, OVN-Kubernetes comes before VMs, which also have "iface-id", and keys
 * that give a pod's name come before those that do not. */
static const struct dialect dialects[] = {
    { "ovs-footprint-cni", { FP_ID_POD, NULL },
      FP_ID_NAMESPACE, FP_ID_POD, FP_ID_CONTAINER },
    { "antrea", { "pod-name", "pod-namespace" },
      "pod-namespace", "pod-name", "container-id" },
    { "kube-ovn", { "pod_name", "pod_namespace" },
      "pod_namespace", "pod_name", NULL },
    { "ovn-kubernetes", { "iface-id", "sandbox" },
      NULL, NULL, "sandbox" },
    { "ovs-cni", { "contPodUid", NULL },
      NULL, NULL, "contPodUid" },
    { "ovs-cni", { "contNetns", "contIface" },
      NULL, NULL, "contNetns" },
    { "ovs-footprint-cni", { FP_ID_CONTAINER, NULL },
      NULL, NULL, FP_ID_CONTAINER },
    { "docker", { "container_id", "container_iface" },
      NULL, NULL, "container_id" },
    { "vm", { "vm-id", NULL }, NULL, "vm-name", "vm-id" },
    { "vm", { "vm-uuid", NULL }, NULL, "vm-name", "vm-uuid" },
    { "vm", { "iface-id", "attached-mac" }, NULL, NULL, NULL },
    { "ovn", { "iface-id", NULL }, NULL, NULL, NULL },
    { "ovs-footprint", { FP_CFG_WORKLOAD, NULL },
      NULL, FP_CFG_WORKLOAD, NULL },
};

/* Keys whose values are Ethernet or IP addresses, in all dialects. */
static const char *const mac_keys[] = {
    "attached-mac", "attached_mac", "mac_address",
};
static const char *const addr_keys[] = {
    "ip-address", "ip", "ip_addresses", FP_ID_ADDRESSES,
};

/* external_ids of an Interface and of its Port, read as if they were one
 * map. */
struct ids {
    const struct smap *iface;
    const struct smap *port;
};

/* Is 'value', of 'key' in 'ids', a workload that the daemon derived and
 * published itself? */
static bool
is_derived(const struct smap *ids, const char *key, const char *value)
{
    const char *derived = smap_get(ids, FP_KEY_WORKLOAD_DERIVED);

    return derived && !strcmp(key, FP_CFG_WORKLOAD) && !strcmp(derived, value);
}

/* Returns the value of 'key' in 'ids', or null.  An empty value counts as
 * none, and so does a workload that the daemon published itself. */
static const char *
get_said(const struct smap *ids, const char *key)
{
    const char *value = smap_get(ids, key);

    return value && *value && !is_derived(ids, key, value) ? value : NULL;
}

/* Returns the value of 'key' in 'ids', or null, also if 'key' is null. */
static const char *
ids_get(const struct ids *ids, const char *key)
{
    const char *value = key ? get_said(ids->iface, key) : NULL;

    return value || !key ? value : get_said(ids->port, key);
}

static const struct dialect *
find_dialect(const struct ids *ids)
{
    for (size_t i = 0; i < ARRAY_SIZE(dialects); i++) {
        const struct dialect *d = &dialects[i];

        if (ids_get(ids, d->marks[0])
            && (!d->marks[1] || ids_get(ids, d->marks[1]))) {
            return d;
        }
    }
    return NULL;
}

/* OVN-Kubernetes has "namespace_pod" in iface-id, and "network_namespace_pod"
 * for a pod's additional networks.  A Kubernetes name has no underscore, so
 * the last one or two are separators. */
static void
split_ovn_kubernetes(struct identity *id)
{
    const char *end = strrchr(id->logical_port, '_');
    const char *start = end;

    if (!end) {
        return;
    }
    while (start > id->logical_port && start[-1] != '_') {
        start--;
    }
    id->namespace = xmemdup0(start, end - start);
    id->name = xstrdup(end + 1);
}

/* Incus and LXD have "incus-net3-instance-UUID-eth0" in iface-id, or the same
 * with "lxd" (getInstanceDevicePortName() in their network drivers). */
static void
split_incus(struct identity *id)
{
    struct uuid uuid;
    int n = 0;

    if ((ovs_scan(id->logical_port, "incus-net%*d-instance-%n", &n)
         || ovs_scan(id->logical_port, "lxd-net%*d-instance-%n", &n))
        && n && uuid_from_string_prefix(&uuid, id->logical_port + n)
        && id->logical_port[n + UUID_LEN] == '-') {
        id->dialect = "incus";
        id->container = xmemdup0(id->logical_port + n, UUID_LEN);
    }
}

static void
add_mac(struct identity *id, const struct eth_addr mac)
{
    for (size_t i = 0; i < id->n_macs; i++) {
        if (eth_addr_equals(id->macs[i], mac)) {
            return;
        }
    }
    id->macs = xrealloc(id->macs, (id->n_macs + 1) * sizeof *id->macs);
    id->macs[id->n_macs++] = mac;
}

/* Adds the addresses in the list 'value' to 'id', except for those that a
 * single container cannot have. */
static void
add_macs(struct identity *id, const char *value)
{
    char *copy = xstrdup(value);
    char *save = NULL;

    for (char *s = strtok_r(copy, ", []", &save); s;
         s = strtok_r(NULL, ", []", &save)) {
        struct eth_addr mac;

        if (eth_addr_from_string(s, &mac) && !eth_addr_is_zero(mac)
            && !eth_addr_is_multicast(mac)) {
            add_mac(id, mac);
        }
    }
    free(copy);
}

static void
add_addrs(struct identity *id, const char *value)
{
    char *copy = xstrdup(value);
    char *save = NULL;

    for (char *s = strtok_r(copy, ", []", &save); s;
         s = strtok_r(NULL, ", []", &save)) {
        struct in6_addr addr;

        s[strcspn(s, "/")] = '\0';
        if (ip_address_parse(s, &addr)) {
            id->addrs = xrealloc(id->addrs,
                                 (id->n_addrs + 1) * sizeof *id->addrs);
            id->addrs[id->n_addrs++] = addr;
        }
    }
    free(copy);
}

void
identity_init(struct identity *id, const struct smap *iface_ids,
              const struct smap *port_ids)
{
    const struct ids ids = { iface_ids, port_ids };
    const struct dialect *d = find_dialect(&ids);
    const char *status = ids_get(&ids, "iface-status");

    memset(id, 0, sizeof *id);
    id->logical_port = nullable_xstrdup(ids_get(&ids, "iface-id"));
    id->workload = nullable_xstrdup(ids_get(&ids, FP_CFG_WORKLOAD));
    id->image = nullable_xstrdup(ids_get(&ids, FP_CFG_IMAGE));
    id->k8s_node = nullable_xstrdup(ids_get(&ids, FP_CFG_K8S_NODE));
    id->inactive = status && !strcmp(status, "inactive");
    if (d) {
        id->dialect = d->name;
        id->namespace = nullable_xstrdup(ids_get(&ids, d->pod_namespace));
        id->name = nullable_xstrdup(ids_get(&ids, d->pod_name));
        id->container = nullable_xstrdup(ids_get(&ids, d->container));
        if (!strcmp(d->name, "ovn-kubernetes") && id->logical_port) {
            split_ovn_kubernetes(id);
        } else if (id->logical_port && !id->name && !id->container) {
            split_incus(id);
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(mac_keys); i++) {
        const char *value = ids_get(&ids, mac_keys[i]);

        if (value) {
            add_macs(id, value);
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(addr_keys); i++) {
        const char *value = ids_get(&ids, addr_keys[i]);

        if (value) {
            add_addrs(id, value);
        }
    }
}

void
identity_add_device(struct identity *id, const char *device)
{
    bool is_nspawns = (!strncmp(device, "ve-", 3)
                       || !strncmp(device, "vb-", 3));

    if (!id->dialect && is_nspawns && device[3]) {
        id->dialect = "systemd-nspawn";
        id->name = xstrdup(device + 3);
    }
}

void
identity_destroy(struct identity *id)
{
    free(id->namespace);
    free(id->name);
    free(id->container);
    free(id->logical_port);
    free(id->workload);
    free(id->image);
    free(id->k8s_node);
    free(id->macs);
    free(id->addrs);
}

bool
identity_equals(const struct identity *a, const struct identity *b)
{
    return (nullable_string_is_equal(a->dialect, b->dialect)
            && nullable_string_is_equal(a->namespace, b->namespace)
            && nullable_string_is_equal(a->name, b->name)
            && nullable_string_is_equal(a->container, b->container)
            && nullable_string_is_equal(a->logical_port, b->logical_port)
            && nullable_string_is_equal(a->workload, b->workload)
            && nullable_string_is_equal(a->image, b->image)
            && nullable_string_is_equal(a->k8s_node, b->k8s_node)
            && a->inactive == b->inactive
            && a->n_macs == b->n_macs
            && (!a->n_macs
                || !memcmp(a->macs, b->macs, a->n_macs * sizeof *a->macs))
            && a->n_addrs == b->n_addrs
            && (!a->n_addrs
                || !memcmp(a->addrs, b->addrs,
                           a->n_addrs * sizeof *a->addrs)));
}

char *
identity_to_string(const struct identity *id)
{
    if (id->name) {
        return (id->namespace
                ? xasprintf("%s/%s", id->namespace, id->name)
                : xstrdup(id->name));
    }
    return nullable_xstrdup(id->logical_port ? id->logical_port
                            : id->container);
}

bool
identity_has_addr(const struct identity *id, const struct in6_addr *addr)
{
    for (size_t i = 0; i < id->n_addrs; i++) {
        if (ipv6_addr_equals(&id->addrs[i], addr)) {
            return true;
        }
    }
    return false;
}

char *
identity_check_node_name(const char *name)
{
    if (strlen(name) > IDENTITY_NODE_NAME_MAX) {
        return xasprintf("too long, use at most %d characters",
                         IDENTITY_NODE_NAME_MAX);
    }
    for (const char *p = name; *p; p++) {
        if (!isgraph((unsigned char) *p)) {
            return xstrdup("a name cannot have spaces, nor what cannot be "
                           "printed");
        }
    }
    return NULL;
}
