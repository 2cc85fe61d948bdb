/* SPDX-License-Identifier: Apache-2.0 */

#ifndef ENDPOINT_H
#define ENDPOINT_H 1

/* Containers that share a port: pods in a virtual machine, or whatever is
 * behind a VLAN trunk.
 *
 * external_ids of the Interface name them, one attribute per key:
 *
 *     footprint-endpoint.ID.vlan=10         packets in this VLAN,
 *     footprint-endpoint.ID.ip=10.0.0.5     from and to this address,
 *     footprint-endpoint.ID.mac=...         to this Ethernet address (default:
 *                                           the port's)
 *     footprint-endpoint.ID.name=ns/pod     for people
 *
 * 'vlan' or 'ip' is required; where both are given, packets must match both.
 * What is published of such an endpoint is published with its ID behind each
 * key ("footprint.ID", "footprint-zone.ID", ...).  Pure. */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "packets.h"
#include "smap.h"

struct endpoint {
    char *id;
    int vlan;                   /* -1 for any. */
    struct in6_addr addr;       /* IPv4-mapped for IPv4; in6addr_any if it is
                                 * not given. */
    struct eth_addr mac;        /* All zeros if it is not given. */
    char *name;                 /* Or null. */
};

/* Stores in '*endpoints' an array, sorted by id, of the endpoints that
 * 'external_ids' name, and returns how many.  The caller must free it with
 * endpoints_free().  An endpoint with an invalid attribute is left out, and
 * '*problem' is a malloc()'d sentence about one of these, otherwise null. */
size_t endpoints_parse(const struct smap *external_ids,
                       struct endpoint **endpoints, char **problem);
void endpoints_free(struct endpoint *, size_t n);

#endif /* endpoint.h */
