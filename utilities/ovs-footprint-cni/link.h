/* SPDX-License-Identifier: Apache-2.0 */

#ifndef LINK_H
#define LINK_H 1

/* Links, addresses and routes of a network namespace, by netlink.
 *
 * A handle is a netlink socket that was opened in the namespace, so that
 * whoever uses it need not be there.  Functions return 0 or a positive errno
 * value. */

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

#include "cni-result.h"
#include "packets.h"

struct link_handle;
struct sset;

/* What the kernel says of a link. */
struct link {
    int ifindex;
    char name[IFNAMSIZ];
    struct eth_addr mac;
    int mtu;
    bool up;
    bool is_veth;
    int peer;                   /* Ifindex of the other end, or 0. */
    char alias[256];            /* What somebody noted on it, or "". */
};

/* Opens the namespace at the path 'netns' or, if that is null, the one in
 * which this process is. */
int link_open(const char *netns, struct link_handle **);
void link_close(struct link_handle *);

/* Stores in the struct what the kernel says of a link.  Returns ENODEV if
 * there is no such link. */
int link_get(struct link_handle *, const char *name, struct link *);
int link_get_by_ifindex(struct link_handle *, int ifindex, struct link *);

/* Adds the names of all veths whose name 'is_wanted' to 'names'. */
int link_list_veths(struct link_handle *, bool (*is_wanted)(const char *),
                    struct sset *names);

/* One veth pair, whole or not at all. */
struct link_veth {
    const char *host;           /* Name of the end in our namespace. */
    const char *container;      /* Name of the end in 'netns'. */
    struct eth_addr mac;        /* That end's. */
    int mtu;                    /* Of both; 0 for the kernel's default. */
};

/* Creates the pair, with both ends down. */
int link_create_veth(struct link_handle *, const struct link_veth *,
                     const struct link_handle *netns);

/* Deletes a link and, if it is one end of a veth pair, the other end. */
int link_delete(struct link_handle *, int ifindex);

/* Sets the link up or down. */
int link_set_up(struct link_handle *, int ifindex, bool up);

/* Sets the text that struct link has as 'alias'. */
int link_set_alias(struct link_handle *, int ifindex, const char *);

/* Sets the MTU, in bytes. */
int link_set_mtu(struct link_handle *, int ifindex, int mtu);

/* Moves a link to 'netns', where it is called 'name'. */
int link_move(struct link_handle *, int ifindex, const char *name,
              const struct link_handle *netns);

/* Adds an address, with the route to its prefix.  Returns EEXIST if the link
 * has it. */
int link_add_address(struct link_handle *, int ifindex,
                     const struct cni_prefix *);

/* Does the link have the address, with that prefix length?  False also if the
 * kernel does not tell. */
bool link_has_address(struct link_handle *, int ifindex,
                      const struct cni_prefix *);

/* Adds a route by way of 'gateway', which is null if the destination is on the
 * link. */
int link_add_route(struct link_handle *, int ifindex, const struct cni_route *,
                   const struct in6_addr *gateway);

/* Is there the route that link_add_route() with the same would add, or one to
 * the same destination over another link? */
bool link_has_route(struct link_handle *, int ifindex,
                    const struct cni_route *, const struct in6_addr *gateway);

/* Writes 'value' to the file 'name' below /proc/sys/net, as it is in the
 * handle's namespace. */
int link_write_sysctl(struct link_handle *, const char *name,
                      const char *value);

/* Returns a socket for Ethernet frames in the handle's namespace, which the
 * caller must close, or a negative errno. */
int link_open_packet_socket(struct link_handle *);

#endif /* link.h */
