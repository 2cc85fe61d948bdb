/* SPDX-License-Identifier: Apache-2.0 */

#ifndef NETNS_ADDRS_H
#define NETNS_ADDRS_H 1

/* Whether an IP address is one of the container at the other end of a veth
 * pair.
 *
 * This is for where neither the container's external_ids nor the conntrack
 * mark tell which end of a flow the container is.  The kernel is asked by
 * rtnetlink, without entering the container's network namespace, for the
 * addresses of the other end; and if that is in a namespace of its own, for
 * all in that namespace, since a container may have a bridge or a macvlan
 * behind its interface. */

#include <stdbool.h>

struct in6_addr;

/* Does the container behind the veth interface 'ifindex' of this namespace
 * have the address 'addr', which is IPv4-mapped for IPv4?  Returns false if
 * nothing is known of it.  An answer may be some seconds old.  Blocks, but
 * only for the kernel's own time. */
bool netns_addrs_contain(int ifindex, const struct in6_addr *addr);

void netns_addrs_destroy(void);

#endif /* netns-addrs.h */
