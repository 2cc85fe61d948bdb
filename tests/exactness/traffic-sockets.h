/* SPDX-License-Identifier: Apache-2.0 */

#ifndef TRAFFIC_SOCKETS_H
#define TRAFFIC_SOCKETS_H 1

/* What traffic-gen needs to have sockets of both families in several network
 * namespaces.  All functions end the program if anything goes wrong. */

#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>

/* Returns an fd for the network namespace that "ip netns" calls 'name', or for
 * the present one if that is "-". */
int traffic_open_netns(const char *name);

/* Opens a socket of the given type in 'netns', bound to 'addr' and 'port'.
 * IPv4 addresses are IPv4-mapped. */
int traffic_open_socket(int netns, int type, const struct in6_addr *addr,
                        uint16_t port);

/* Conversions from and to struct sockaddr_*.  The first one returns its
 * length. */
socklen_t traffic_make_sockaddr(const struct in6_addr *addr, uint16_t port,
                                struct sockaddr_storage *);
uint16_t traffic_sockaddr_get_port(const struct sockaddr_storage *);

#endif /* traffic-sockets.h */
