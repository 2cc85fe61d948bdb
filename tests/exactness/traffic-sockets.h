/*
 * Copyright (c) 2026 The ovs-footprint Authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at:
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

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
