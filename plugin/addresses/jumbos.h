/* SPDX-License-Identifier: Apache-2.0 */

#ifndef JUMBOS_H
#define JUMBOS_H 1

/* IPv6 packets above 64 KiB (BIG TCP), which some kernels lose in conntrack.
 *
 * Such a packet has 0 in its length field.  Before Linux 6.4 (commit
 * "netfilter: use nf_ip6_check_hbh_len in nf_ct_skb_network_trim") a ct() cuts
 * it off there. */

#include <stdbool.h>

/* Does a ct() lose such packets, and may the network device 'ifindex', or the
 * one at the other end of it, have any?  Asks the kernel each time, since
 * nobody is told when a device's largest packet changes. */
bool jumbos_may_be_lost(int ifindex);

#endif /* jumbos.h */
