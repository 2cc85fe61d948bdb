/* SPDX-License-Identifier: Apache-2.0 */

#ifndef RTNL_H
#define RTNL_H 1

/* A socket of libnl's for asking the kernel about network devices. */

/* Must come before libnl's header, which defines what this one would. */
#include <sys/socket.h>

#include <netlink/handlers.h>

struct nl_msg;
struct nl_sock;

/* Opens a socket that expects no acknowledgements.  If that fails, logs a
 * warning that ends with the phrase 'consequence', and returns null.  The
 * caller frees it with nl_socket_free(). */
struct nl_sock *rtnl_open(const char *consequence);

/* Sends the request 'msg', of which it takes ownership, and calls 'handle'
 * with 'aux' for each message of the answer.  Blocks, but only for the
 * kernel's own time: the answer is queued before the request returns.  Returns
 * 0 or an error of libnl's, for nl_geterror(). */
int rtnl_ask(struct nl_sock *, struct nl_msg *msg,
             nl_recvmsg_msg_cb_t handle, void *aux);

#endif /* rtnl.h */
