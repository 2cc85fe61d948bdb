/* SPDX-License-Identifier: Apache-2.0 */

#ifndef IDENTITY_H
#define IDENTITY_H 1

/* Who is behind a port, in the words of whoever plugged it in.
 *
 * Each CNI and each hypervisor leaves its own keys in external_ids of the
 * Interface or of the Port.  This module reads all those dialects into one
 * form.  Pure: knows string maps, not OVSDB. */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "packets.h"
#include "smap.h"

/* No node has a longer name. */
#define IDENTITY_NODE_NAME_MAX 253

struct identity {
    const char *dialect;        /* "antrea", "kube-ovn", ...; null if nobody
                                 * said who it is. */
    char *namespace;            /* Kubernetes namespace, or null. */
    char *name;                 /* Pod or VM, or null. */
    char *container;            /* Container, sandbox or VM id, or null. */
    char *logical_port;         /* OVN's name of the port (iface-id), or
                                 * null. */
    char *workload;             /* Its workload, if somebody says that
                                 * outright, or null. */
    char *image;                /* Container image, or null. */
    char *k8s_node;             /* The name of the Kubernetes node that it is,
                                 * if it is a virtual machine, or null. */
    bool inactive;              /* iface-status=inactive. */

    struct eth_addr *macs;      /* Addresses the keys give, if any. */
    size_t n_macs;
    struct in6_addr *addrs;     /* IPv4 is IPv4-mapped. */
    size_t n_addrs;
};

/* Reads 'iface_ids', the external_ids of an Interface, and 'port_ids', those
 * of its Port, into 'identity', which the caller must destroy.  Where both
 * have a key, the Interface's counts. */
void identity_init(struct identity *, const struct smap *iface_ids,
                   const struct smap *port_ids);

/* Takes what the name of the Interface says, if nobody has said who it is:
 * systemd-nspawn calls the host's end of machine NAME's network "ve-NAME", or
 * "vb-NAME" on a bridge. */
void identity_add_device(struct identity *, const char *device);

void identity_destroy(struct identity *);

/* Do both say the same? */
bool identity_equals(const struct identity *, const struct identity *);

/* Returns a malloc()'d name for people: "namespace/pod", a VM's name, a
 * container's id, or null if nothing is known. */
char *identity_to_string(const struct identity *);

bool identity_has_addr(const struct identity *, const struct in6_addr *);

/* Returns null if 'name' may be a node's, otherwise a malloc()'d phrase that
 * says why not. */
char *identity_check_node_name(const char *name);

#endif /* identity.h */
