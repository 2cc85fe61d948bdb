/* SPDX-License-Identifier: Apache-2.0 */

#ifndef CT_NETLINK_H
#define CT_NETLINK_H 1

/* Conntrack entries of this network namespace, through ctnetlink: one by its
 * name, or all of a zone.  What is slow but always works.
 *
 * Functions return 0 or a positive errno.  They block for the time that the
 * kernel takes to answer, which for a dump grows with the number of entries of
 * the whole table. */

#include <stdint.h>

#include "conntrack/ct-flow.h"

struct ct_netlink;

/* Opens a handle and stores it in '*netlinkp' (null upon error).  This makes
 * the kernel load its modules for conntrack and ctnetlink if they are not
 * there. */
int ct_netlink_open(struct ct_netlink **netlinkp);
void ct_netlink_close(struct ct_netlink *);

/* Brings the counters and the mark of 'flow' up to date, which is found by its
 * zone and tuple.  Returns ENOENT if there is no such entry. */
int ct_netlink_get(struct ct_netlink *, struct ct_flow *flow);

/* Deletes all entries of 'zone'. */
int ct_netlink_flush_zone(struct ct_netlink *, uint16_t zone);

#endif /* ct-netlink.h */
