/* SPDX-License-Identifier: Apache-2.0 */

#ifndef CT_NETLINK_H
#define CT_NETLINK_H 1

/* One conntrack entry of this network namespace, by its name, through
 * ctnetlink.
 *
 * Functions return 0 or a positive errno.  They block for the short time that
 * the kernel takes to answer. */

#include "conntrack/ct-flow.h"

struct ct_netlink;

/* Opens a handle and stores it in '*netlinkp' (null upon error).  This makes
 * the kernel load its modules for conntrack and ctnetlink if they are not
 * there. */
int ct_netlink_open(struct ct_netlink **netlinkp);
void ct_netlink_close(struct ct_netlink *);

/* Brings the counters and the mark of 'flow', which is found by its zone and
 * tuple, up to date.  Returns ENOENT if there is no such entry. */
int ct_netlink_get(struct ct_netlink *, struct ct_flow *flow);

#endif /* ct-netlink.h */
