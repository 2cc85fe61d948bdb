/* SPDX-License-Identifier: Apache-2.0 */

#ifndef SPARSE_NETINET_IN_H
#define SPARSE_NETINET_IN_H 1

/* For sparse only: what glibc has for byte orders, with Open vSwitch's types
 * for what is in network byte order. */

#include_next <netinet/in.h>
#include "openvswitch/types.h"

#undef htonl
#undef htons
#undef ntohl
#undef ntohs

#define htonl(HOST) ((OVS_FORCE ovs_be32) (uint32_t) (HOST))
#define htons(HOST) ((OVS_FORCE ovs_be16) (uint16_t) (HOST))
#define ntohl(NETWORK) sparse_ntohl(NETWORK)
#define ntohs(NETWORK) sparse_ntohs(NETWORK)

#undef IN6_IS_ADDR_V4MAPPED
#define IN6_IS_ADDR_V4MAPPED(ADDR)                                          \
    (!(ADDR)->s6_addr32[0] && !(ADDR)->s6_addr32[1]                         \
     && (ADDR)->s6_addr32[2] == (OVS_FORCE uint32_t) htonl(0xffff))

static inline uint32_t
sparse_ntohl(ovs_be32 network)
{
    return (OVS_FORCE uint32_t) network;
}

static inline uint16_t
sparse_ntohs(ovs_be16 network)
{
    return (OVS_FORCE uint16_t) network;
}

#endif /* netinet/in.h */
