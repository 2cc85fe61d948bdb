/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "addresses/rtnl.h"

#include <linux/netlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(rtnl);

struct nl_sock *
rtnl_open(const char *consequence)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 5);
    struct nl_sock *sock = nl_socket_alloc();
    int error;

    if (!sock) {
        out_of_memory();
    }
    error = nl_connect(sock, NETLINK_ROUTE);
    if (error) {
        VLOG_WARN_RL(&rl, "cannot ask the kernel for links (%s): %s",
                     nl_geterror(error), consequence);
        nl_socket_free(sock);
        return NULL;
    }
    nl_socket_disable_auto_ack(sock);
    return sock;
}

int
rtnl_ask(struct nl_sock *sock, struct nl_msg *msg,
         nl_recvmsg_msg_cb_t handle, void *aux)
{
    int error;

    nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, handle, aux);
    error = nl_send_auto(sock, msg);
    if (error >= 0) {
        error = nl_recvmsgs_default(sock);
    }
    nlmsg_free(msg);
    return MIN(error, 0);
}
