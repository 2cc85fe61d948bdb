/* SPDX-License-Identifier: Apache-2.0 */

#ifndef CT_SOCKET_H
#define CT_SOCKET_H 1

/* A socket of libmnl's for talking to ctnetlink, which never blocks. */

struct mnl_socket;

/* Opens a socket, not yet bound, and stores it in '*socketp' (null upon
 * error).  Returns 0 or a positive errno. */
int ct_socket_open(struct mnl_socket **socketp);

/* Binds 'socket' to the notifications in 'groups', of which there may be none.
 * Returns 0 or a positive errno. */
int ct_socket_bind(struct mnl_socket *socket, unsigned int groups);

/* Closes '*socketp', unless it is null, and sets it to null. */
void ct_socket_close(struct mnl_socket **socketp);

#endif /* ct-socket.h */
