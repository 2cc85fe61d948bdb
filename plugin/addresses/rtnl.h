/* SPDX-License-Identifier: Apache-2.0 */

#ifndef RTNL_H
#define RTNL_H 1

/* A socket of libnl's for asking the kernel about network devices. */

struct nl_sock;

/* Opens a socket that expects no acknowledgements.  Returns null if there is
 * none to be had, after a warning that ends with 'consequence', a phrase.  The
 * caller frees it with nl_socket_free(). */
struct nl_sock *rtnl_open(const char *consequence);

#endif /* rtnl.h */
