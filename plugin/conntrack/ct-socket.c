/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "conntrack/ct-socket.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <stddef.h>
#include <sys/socket.h>

int
ct_socket_open(struct mnl_socket **socketp)
{
    *socketp = mnl_socket_open2(NETLINK_NETFILTER,
                                SOCK_NONBLOCK | SOCK_CLOEXEC);
    return *socketp ? 0 : errno;
}

int
ct_socket_bind(struct mnl_socket *socket, unsigned int groups)
{
    return mnl_socket_bind(socket, groups, MNL_SOCKET_AUTOPID) < 0 ? errno : 0;
}

void
ct_socket_close(struct mnl_socket **socketp)
{
    if (*socketp) {
        mnl_socket_close(*socketp);
        *socketp = NULL;
    }
}
