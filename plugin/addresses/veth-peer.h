/* SPDX-License-Identifier: Apache-2.0 */

#ifndef VETH_PEER_H
#define VETH_PEER_H 1

/* The Ethernet address at the other end of a veth pair, whichever network
 * namespace that end is in.
 *
 * That end is the container's interface: packets to the container carry its
 * address.  The kernel is asked for it by rtnetlink, without entering the
 * namespace; changes are noticed through link notifications of all
 * namespaces. */

#include <stdbool.h>
#include <stdint.h>

#include "packets.h"

/* Our own network namespace, in place of a namespace id. */
#define VETH_PEER_SELF (-1)

void veth_peer_init(void);

/* Stores the address at the other end of the veth interface 'ifindex' in
 * '*mac'.  Returns false if it is not a veth, or its other end is not known
 * to the kernel.  Remembers the answer until a notification says that it may
 * have changed. */
bool veth_peer_get_mac(int ifindex, struct eth_addr *mac);

/* Stores the index of the other end in '*peer_ifindex', and in '*nsid' the
 * namespace it is in, as this one numbers it, or VETH_PEER_SELF.  Otherwise as
 * veth_peer_get_mac(). */
bool veth_peer_get_place(int ifindex, int *peer_ifindex, int *nsid);

/* Asks for the size of the largest packet, in bytes, that the interface
 * 'ifindex' or, if it is a veth, its other end sends, or makes out of several
 * that it receives.  Returns 0 if that is not known. */
uint32_t veth_peer_ask_max_packet(int ifindex);

/* A number that changes whenever an answer of veth_peer_get_mac() may. */
uint64_t veth_peer_get_seq(void);

void veth_peer_run(void);
void veth_peer_wait(void);
void veth_peer_destroy(void);

#endif /* veth-peer.h */
