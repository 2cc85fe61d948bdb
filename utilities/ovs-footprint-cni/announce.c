/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "announce.h"

#include <errno.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cni-result.h"
#include "dp-packet.h"
#include "link.h"
#include "packets.h"
#include "util.h"

static void
compose_announcement(struct dp_packet *packet, struct eth_addr mac,
                     const struct cni_prefix *prefix)
{
    ovs_be32 ip = in6_addr_get_mapped_ipv4(&prefix->addr);

    if (prefix->is_v4) {
        compose_arp(packet, ARP_OP_REQUEST, mac, eth_addr_zero, true, ip, ip);
    } else {
        /* Where frames to ff02::1, all nodes, go: RFC 2464, section 7. */
        static const struct eth_addr all_nodes_mac
            = ETH_ADDR_C(33,33,00,00,00,01);
        struct in6_addr all_nodes;

        ipv6_parse("ff02::1", &all_nodes);
        compose_nd_na(packet, mac, all_nodes_mac, &prefix->addr, &all_nodes,
                      htonl(ND_RSO_OVERRIDE));
    }
}

int
announce_address(struct link_handle *handle, const struct link *link,
                 const struct cni_prefix *prefix)
{
    struct sockaddr_ll to = {
        .sll_family = AF_PACKET,
        .sll_ifindex = link->ifindex,
    };
    int fd = link_open_packet_socket(handle);
    struct dp_packet packet;
    int error = 0;

    if (fd < 0) {
        return -fd;
    }
    dp_packet_init(&packet, 0);
    compose_announcement(&packet, link->mac, prefix);
    if (sendto(fd, dp_packet_data(&packet), dp_packet_size(&packet), 0,
               ALIGNED_CAST(struct sockaddr *, &to), sizeof to) < 0) {
        error = errno;
    }
    dp_packet_uninit(&packet);
    close(fd);
    return error;
}
