/* SPDX-License-Identifier: Apache-2.0 */

#ifndef ACCT_REPAIR_H
#define ACCT_REPAIR_H 1

/* Makes conntrack count connections that it does not count.
 *
 * An entry has byte counters for life or never: it has none if it began while
 * net.netfilter.nf_conntrack_acct was 0.  Connections of our containers that
 * began while the daemon was not running have none, nor have those that began
 * before it noticed that somebody switched counting off.  They cannot be
 * judged.  Where the zones are ours alone, nobody but us looks at their
 * entries, so those are deleted: the next packet of such a connection makes a
 * new one, which has counters.  In zones that others know, such as OVN's,
 * entries stay: firewall rules may depend on them. */

struct detector;
struct acct_repair;
struct topology;

struct acct_repair *acct_repair_create(void);
void acct_repair_destroy(struct acct_repair *);

void acct_repair_run(struct acct_repair *, const struct detector *,
                     const struct topology *, long long int now);
void acct_repair_wait(const struct acct_repair *);

#endif /* acct-repair.h */
