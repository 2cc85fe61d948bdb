/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "tests/bench/bench-util.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "csum.h"
#include "packets.h"
#include "util.h"

/* The MAC address of the container with address 10.0.X.Y is
 * 02:00:00:00:X:Y. */
static struct eth_addr
mac_of(ovs_be32 ip)
{
    uint32_t x = ntohl(ip);

    return (struct eth_addr) { .ea = { 2, 0, 0, 0, x >> 8, x } };
}

void
bench_udp_compose(const struct bench_udp *packet, void *buffer, size_t size)
{
    struct eth_header *eth = buffer;
    struct ip_header *ip = (struct ip_header *) (eth + 1);
    struct udp_header *udp = (struct udp_header *) (ip + 1);

    memset(buffer, 0, size);
    eth->eth_dst = mac_of(packet->dst);
    eth->eth_src = mac_of(packet->src);
    eth->eth_type = htons(ETH_TYPE_IP);
    ip->ip_ihl_ver = IP_IHL_VER(5, 4);
    ip->ip_tot_len = htons(size - ETH_HEADER_LEN);
    ip->ip_ttl = 64;
    ip->ip_proto = IPPROTO_UDP;
    put_16aligned_be32(&ip->ip_src, packet->src);
    put_16aligned_be32(&ip->ip_dst, packet->dst);
    ip->ip_csum = csum(ip, sizeof *ip);
    udp->udp_len = htons(size - ETH_HEADER_LEN - IP_HEADER_LEN);
    bench_udp_set_ports(buffer, packet->src_port, packet->dst_port);
}

void
bench_udp_set_ports(void *buffer, uint16_t src_port, uint16_t dst_port)
{
    struct udp_header *udp
        = ALIGNED_CAST(struct udp_header *, ((char *) buffer + ETH_HEADER_LEN
                                             + IP_HEADER_LEN));

    udp->udp_src = htons(src_port);
    udp->udp_dst = htons(dst_port);
}

static int
open_netns(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        ovs_fatal(errno, "%s: cannot open", path);
    }
    return fd;
}

static void
enter_netns(int fd)
{
    if (setns(fd, CLONE_NEWNET)) {
        ovs_fatal(errno, "cannot enter a network namespace");
    }
}

/* Enters 'netns' if it is not null, and returns what leave() takes. */
static int
enter(const char *netns)
{
    int home = open_netns("/proc/self/ns/net");

    if (netns) {
        char *path = xasprintf("/run/netns/%s", netns);
        int fd = open_netns(path);

        enter_netns(fd);
        close(fd);
        free(path);
    }
    return home;
}

static void
leave(int home)
{
    enter_netns(home);
    close(home);
}

int
bench_socket(const char *netns, int domain, int type, int protocol)
{
    int home = enter(netns);
    int fd = socket(domain, type, protocol);

    if (fd < 0) {
        ovs_fatal(errno, "cannot make a socket");
    }
    leave(home);
    return fd;
}

int
bench_open_device(const char *netns, const char *device)
{
    struct sockaddr_ll address = { .sll_family = AF_PACKET };
    int home = enter(netns);
    int fd = socket(AF_PACKET, SOCK_RAW, 0);

    address.sll_ifindex = if_nametoindex(device);
    if (fd < 0 || bind(fd, (struct sockaddr *) &address, sizeof address)) {
        ovs_fatal(errno, "%s: cannot send to it", device);
    }
    leave(home);
    return fd;
}

int
bench_open_devices(const char *netns, const char *prefix, int first, int n,
                   int indexes[])
{
    int home = enter(netns);
    int fd = socket(AF_PACKET, SOCK_RAW, 0);

    if (fd < 0) {
        ovs_fatal(errno, "cannot make a raw socket");
    }
    for (int i = 0; i < n; i++) {
        char *name = xasprintf("%s%d", prefix, first + i);

        indexes[i] = if_nametoindex(name);
        if (!indexes[i]) {
            ovs_fatal(errno, "%s: no such device", name);
        }
        free(name);
    }
    leave(home);
    return fd;
}

uint64_t
bench_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * UINT64_C(1000000000) + now.tv_nsec;
}

static int
compare_doubles(const void *a_, const void *b_)
{
    const double *a = a_, *b = b_;

    return *a < *b ? -1 : *a > *b;
}

static void
sort(double *values, size_t n)
{
    qsort(values, n, sizeof *values, compare_doubles);
}

double
bench_percentile(double *values, size_t n, double p)
{
    size_t i = p * n;

    sort(values, n);
    return values[MIN(i, n - 1)];
}

double
bench_median(double *values, size_t n)
{
    sort(values, n);
    return (values[(n - 1) / 2] + values[n / 2]) / 2;
}
