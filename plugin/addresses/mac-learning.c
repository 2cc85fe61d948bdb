/* SPDX-License-Identifier: Apache-2.0 */

/* Gives ports whose container's address nobody claims those that the bridge
 * has learned there. */

#include <config.h>
#include "addresses/mac-learning.h"

#include <stdlib.h>
#include <string.h>

#include "addresses/fdb.h"
#include "addresses/mac-learning-policy.h"
#include "sset.h"
#include "topology/port.h"
#include "topology/topology.h"
#include "util.h"

struct mac_learning {
    struct fdb *fdb;
    struct learned_macs *macs;
    long long int now;          /* For what 'fdb' answers. */
};

struct mac_learning *
mac_learning_create(void)
{
    struct mac_learning *ml = xzalloc(sizeof *ml);

    ml->fdb = fdb_create();
    ml->macs = learned_macs_create();
    return ml;
}

void
mac_learning_destroy(struct mac_learning *ml)
{
    if (ml) {
        fdb_destroy(ml->fdb);
        learned_macs_destroy(ml->macs);
        free(ml);
    }
}

uint64_t
mac_learning_get_seq(const struct mac_learning *ml)
{
    return learned_macs_get_seq(ml->macs);
}

/* Could an address that was learned at 'port' be of use? */
static bool
needs_learning(const struct port *port)
{
    const struct bridge *br = port->bridge;

    return (port->is_container && !port->macs_claimed
            && !port->endpoint_id && port->ofport != OFPP_NONE
            && br->wanted && br->exists && br->mode == ZONES_MANAGED
            && !br->is_userspace);
}

static bool
bridge_needs_learning(const struct bridge *br)
{
    const struct port *port;

    LIST_FOR_EACH (port, bridge_node, &br->ports) {
        if (needs_learning(port)) {
            return true;
        }
    }
    return false;
}

static int
compare_macs(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct eth_addr));
}

/* Stores in '*macs', which the caller must free, what the ports of 'br' claim,
 * sorted.  Returns how many. */
static size_t
get_claimed(const struct bridge *br, struct eth_addr **macs)
{
    size_t n = 0, allocated = 0;
    const struct port *port;

    *macs = NULL;
    LIST_FOR_EACH (port, bridge_node, &br->ports) {
        for (size_t i = 0; port->macs_claimed && i < port->n_macs; i++) {
            if (n >= allocated) {
                *macs = x2nrealloc(*macs, &allocated, sizeof **macs);
            }
            (*macs)[n++] = port->macs[i];
        }
    }
    if (n) {
        qsort(*macs, n, sizeof **macs, compare_macs);
    }
    return n;
}

/* Returns true if the addresses of 'port' changed. */
static bool
apply_to_port(const struct mac_learning *ml, struct port *port,
              const struct eth_addr *claimed, size_t n_claimed)
{
    struct eth_addr macs[LEARNED_MACS_MAX];
    size_t n_learned, n = 0;

    n_learned = (needs_learning(port)
                 ? learned_macs_get(ml->macs, port->bridge->name,
                                    port->ofport, macs)
                 : 0);
    for (size_t i = 0; i < n_learned; i++) {
        if (!n_claimed || !bsearch(&macs[i], claimed, n_claimed,
                                   sizeof *claimed, compare_macs)) {
            macs[n++] = macs[i];
        }
    }
    return port_set_learned_macs(port, macs, n);
}

static void
apply_to_bridge(const struct mac_learning *ml, struct bridge *br)
{
    struct eth_addr *claimed;
    struct port *port;
    size_t n = get_claimed(br, &claimed);

    LIST_FOR_EACH (port, bridge_node, &br->ports) {
        if (!port->macs_claimed && !port->endpoint_id) {
            br->changed |= apply_to_port(ml, port, claimed, n);
        }
    }
    free(claimed);
}

bool
mac_learning_apply(struct mac_learning *ml, const struct topology *t)
{
    struct sset names = SSET_INITIALIZER(&names);
    struct shash_node *node;
    bool changed = false;

    SHASH_FOR_EACH (node, topology_get_bridges(t)) {
        struct bridge *br = node->data;

        if (bridge_needs_learning(br)) {
            sset_add(&names, br->name);
            apply_to_bridge(ml, br);
            changed |= br->changed;
        }
    }
    fdb_set_bridges(ml->fdb, &names);
    sset_destroy(&names);
    return changed;
}

static void
handle_fdb(const char *bridge, const struct fdb_entry *entries, size_t n,
           void *ml_)
{
    struct mac_learning *ml = ml_;

    learned_macs_update(ml->macs, bridge, entries, n, ml->now);
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
