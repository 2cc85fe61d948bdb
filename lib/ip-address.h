/* SPDX-License-Identifier: Apache-2.0 */

#ifndef IP_ADDRESS_H
#define IP_ADDRESS_H 1

/* Addresses of either version of IP, as all of ours have them: an IPv4 address
 * is mapped into IPv6.  Pure. */

#include <stdbool.h>

struct in6_addr;

/* Parses 's', an address of IPv4 or IPv6 and nothing else, into '*addr'.
 * Returns false, with '*addr' undefined, if it is none. */
bool ip_address_parse(const char *s, struct in6_addr *addr);

#endif /* ip-address.h */
