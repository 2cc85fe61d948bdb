/* SPDX-License-Identifier: Apache-2.0 */

#ifndef CT_SYSCTL_H
#define CT_SYSCTL_H 1

/* The sysctls of conntrack in this network namespace, and its statistics. */

#include <stdint.h>

/* Returns the value of net.netfilter.NAME, or -1 if it cannot be read. */
int ct_sysctl_get(const char *name);

/* Has conntrack count the packets and bytes of connections that begin from now
 * on, if it does not do so already.  Logs what it did. */
void ct_sysctl_enable_acct(void);

/* Returns how many connections conntrack's table had no room for since the
 * namespace was created: those that were refused, and those that were thrown
 * out for them.  Returns 0 if the kernel does not tell. */
uint64_t ct_sysctl_count_full(void);

#endif /* ct-sysctl.h */
