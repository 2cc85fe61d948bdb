/* SPDX-License-Identifier: Apache-2.0 */

#ifndef ANNOUNCE_H
#define ANNOUNCE_H 1

/* Tells a container's network that the container is there now. */

struct cni_prefix;
struct link;
struct link_handle;

/* Tells everybody on the link, which must be up, where the address is now, by
 * a gratuitous ARP request or an unsolicited neighbor advertisement.  Returns
 * 0 or a positive errno. */
int announce_address(struct link_handle *, const struct link *,
                     const struct cni_prefix *);

#endif /* announce.h */
