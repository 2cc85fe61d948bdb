/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "tests/exactness/traffic-sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "packets.h"
#include "util.h"

int
traffic_open_netns(const char *name)
{
    char *path = (strcmp(name, "-") ? xasprintf("/run/netns/%s", name)
                  : xstrdup("/proc/self/ns/net"));
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        ovs_fatal(errno, "%s", path);
    }
    free(path);
    return fd;
}

socklen_t
traffic_make_sockaddr(const struct in6_addr *addr, uint16_t port,
                      struct sockaddr_storage *ss)
{
    memset(ss, 0, sizeof *ss);
    if (IN6_IS_ADDR_V4MAPPED(addr)) {
        struct sockaddr_in *sin = ALIGNED_CAST(struct sockaddr_in *, ss);

        sin->sin_family = AF_INET;
        sin->sin_addr.s_addr
            = (OVS_FORCE uint32_t) in6_addr_get_mapped_ipv4(addr);
        sin->sin_port = htons(port);
        return sizeof *sin;
    } else {
        struct sockaddr_in6 *sin6 = ALIGNED_CAST(struct sockaddr_in6 *, ss);

        sin6->sin6_family = AF_INET6;
        sin6->sin6_addr = *addr;
        sin6->sin6_port = htons(port);
        return sizeof *sin6;
    }
}

uint16_t
traffic_sockaddr_get_port(const struct sockaddr_storage *ss)
{
    return ntohs(ss->ss_family == AF_INET
                 ? ALIGNED_CAST(const struct sockaddr_in *, ss)->sin_port
                 : ALIGNED_CAST(const struct sockaddr_in6 *, ss)->sin6_port);
}

int
traffic_open_socket(int netns, int type, const struct in6_addr *addr,
                    uint16_t port)
{
    struct sockaddr_storage ss;
    socklen_t len = traffic_make_sockaddr(addr, port, &ss);
    int one = 1;
    int fd;

    if (setns(netns, CLONE_NEWNET)) {
        ovs_fatal(errno, "cannot enter the network namespace");
    }
    fd = socket(ss.ss_family, type | SOCK_CLOEXEC, 0);
    if (fd < 0
        || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one)
        || (ss.ss_family == AF_INET6
            && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one))
        || bind(fd, (struct sockaddr *) &ss, len)) {
        ovs_fatal(errno, "cannot bind to port %"PRIu16, port);
    }
    return fd;
}
