/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "addresses/mac-learning.h"

#include <stdlib.h>

#include "addresses/fdb.h"
#include "util.h"

struct mac_learning {
    struct fdb *fdb;
    struct mac_learning_policy *macs;
    long long int now;          /* During mac_learning_run(). */
};

struct mac_learning *
mac_learning_create(void)
{
    struct mac_learning *ml = xzalloc(sizeof *ml);

    ml->fdb = fdb_create();
    ml->macs = mac_learning_policy_create();
    return ml;
}

void
mac_learning_destroy(struct mac_learning *ml)
{
    if (ml) {
        fdb_destroy(ml->fdb);
        mac_learning_policy_destroy(ml->macs);
        free(ml);
    }
}

uint64_t
mac_learning_get_seq(const struct mac_learning *ml)
{
    return mac_learning_policy_get_seq(ml->macs);
}

size_t
mac_learning_get(const struct mac_learning *ml, const char *bridge,
                 ofp_port_t ofport, struct eth_addr addrs[MAC_LEARNING_MAX])
{
    return mac_learning_policy_get(ml->macs, bridge, ofport, addrs);
}

void
mac_learning_set_bridges(struct mac_learning *ml, const struct sset *names)
{
    fdb_set_bridges(ml->fdb, names);
}

static void
handle_fdb(const char *bridge, const struct fdb_entry *entries, size_t n,
           void *ml_)
{
    struct mac_learning *ml = ml_;

    mac_learning_policy_update(ml->macs, bridge, entries, n, ml->now);
}

void
mac_learning_run(struct mac_learning *ml, long long int now)
{
    ml->now = now;
    fdb_run(ml->fdb, now, handle_fdb, ml);
}

void
mac_learning_wait(const struct mac_learning *ml)
{
    fdb_wait(ml->fdb);
}
