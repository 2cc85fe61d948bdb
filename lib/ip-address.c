/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "lib/ip-address.h"

#include <netinet/in.h>

#include "packets.h"

bool
ip_address_parse(const char *s, struct in6_addr *addr)
{
    ovs_be32 ip;

    if (ip_parse(s, &ip)) {
        in6_addr_set_mapped_ipv4(addr, ip);
        return true;
    }
    return ipv6_parse(s, addr);
}
