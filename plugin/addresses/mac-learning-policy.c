/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "addresses/mac-learning-policy.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "addresses/fdb.h"
#include "flow.h"
#include "hash.h"
#include "openvswitch/hmap.h"
#include "openvswitch/shash.h"
#include "util.h"

struct learned_mac {
    struct hmap_node node;      /* In its bridge's 'all', by 'mac'. */
    struct hmap_node usable_node; /* In 'usable', by 'ofport'. */
    struct eth_addr mac;
    ofp_port_t ofport;          /* Where it was last. */
    long long int doubtful_until; /* Not used before; LLONG_MIN if it never
                                   * moved. */
    bool is_usable;             /* In 'usable'? */
    unsigned int round;         /* The latest update that had it. */
};

struct learning_bridge {
    struct hmap all;            /* Contains "struct learned_mac"s. */
    struct hmap usable;         /* Those that may be used. */
};

struct mac_learning_policy {
    struct shash bridges;       /* Contains "struct learning_bridge"s. */
    unsigned int round;         /* Number of updates so far. */
    uint64_t seq;               /* See mac_learning_policy_get_seq(). */
};

struct mac_learning_policy *
mac_learning_policy_create(void)
{
    struct mac_learning_policy *mlp = xzalloc(sizeof *mlp);

    shash_init(&mlp->bridges);
    mlp->seq = 1;
    return mlp;
}

/* Sets whether 'lmac' may be used.  Returns true if that is a change. */
static bool
set_usable(struct learning_bridge *br, struct learned_mac *lmac, bool usable)
{
    if (usable == lmac->is_usable) {
        return false;
    }
    lmac->is_usable = usable;
    if (usable) {
        hmap_insert(&br->usable, &lmac->usable_node,
                    hash_ofp_port(lmac->ofport));
    } else {
        hmap_remove(&br->usable, &lmac->usable_node);
    }
    return true;
}

static void
forget(struct learning_bridge *br, struct learned_mac *lmac)
{
    set_usable(br, lmac, false);
    hmap_remove(&br->all, &lmac->node);
    free(lmac);
}

void
mac_learning_policy_destroy(struct mac_learning_policy *mlp)
{
    struct shash_node *node;
    struct learned_mac *lmac;

    if (!mlp) {
        return;
    }
    SHASH_FOR_EACH (node, &mlp->bridges) {
        struct learning_bridge *br = node->data;

        HMAP_FOR_EACH_SAFE (lmac, node, &br->all) {
            forget(br, lmac);
        }
        hmap_destroy(&br->all);
        hmap_destroy(&br->usable);
    }
    shash_destroy_free_data(&mlp->bridges);
    free(mlp);
}

static uint32_t
hash_learned_mac(struct eth_addr mac)
{
    return hash_uint64(eth_addr_to_uint64(mac));
}

static struct learned_mac *
find_mac(const struct learning_bridge *br, struct eth_addr mac)
{
    struct learned_mac *lmac;

    HMAP_FOR_EACH_WITH_HASH (lmac, node, hash_learned_mac(mac), &br->all) {
        if (eth_addr_equals(lmac->mac, mac)) {
            return lmac;
        }
    }
    return NULL;
}

static struct learning_bridge *
get_bridge(struct mac_learning_policy *mlp, const char *name)
{
    struct learning_bridge *br = shash_find_data(&mlp->bridges, name);

    if (!br) {
        br = xmalloc(sizeof *br);
        hmap_init(&br->all);
        hmap_init(&br->usable);
        shash_add(&mlp->bridges, name, br);
    }
    return br;
}

static void
add_entry(struct mac_learning_policy *mlp, struct learning_bridge *br,
          const struct fdb_entry *e, long long int now)
{
    struct learned_mac *lmac = find_mac(br, e->mac);

    if (!lmac) {
        lmac = xzalloc(sizeof *lmac);
        lmac->mac = e->mac;
        lmac->ofport = e->ofport;
        lmac->doubtful_until = LLONG_MIN;
        hmap_insert(&br->all, &lmac->node, hash_learned_mac(e->mac));
    } else if (lmac->ofport != e->ofport) {
        mlp->seq += set_usable(br, lmac, false);
        lmac->ofport = e->ofport;
        lmac->doubtful_until = now + MAC_LEARNING_DOUBT;
    }
    lmac->round = mlp->round;
}

void
mac_learning_policy_update(struct mac_learning_policy *mlp, const char *bridge,
                           const struct fdb_entry *entries, size_t n,
                           long long int now)
{
    struct learning_bridge *br = get_bridge(mlp, bridge);
    struct learned_mac *lmac;

    mlp->round++;
    for (size_t i = 0; i < n; i++) {
        if (!eth_addr_is_multicast(entries[i].mac)
            && !eth_addr_is_zero(entries[i].mac)) {
            add_entry(mlp, br, &entries[i], now);
        }
    }
    HMAP_FOR_EACH_SAFE (lmac, node, &br->all) {
        bool present = lmac->round == mlp->round;
        bool settled = now >= lmac->doubtful_until;

        mlp->seq += set_usable(br, lmac, present && settled);

        /* An address in doubt is kept while the bridge has forgotten it, so
         * that it does not come back without doubt. */
        if (!present && settled) {
            forget(br, lmac);
        }
    }
}

static int
compare_macs(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct eth_addr));
}

size_t
mac_learning_policy_get(const struct mac_learning_policy *mlp,
                        const char *bridge, ofp_port_t ofport,
                        struct eth_addr macs[MAC_LEARNING_MAX])
{
    const struct learning_bridge *br = shash_find_data(&mlp->bridges, bridge);
    const struct learned_mac *lmac;
    size_t n = 0;

    if (!br) {
        return 0;
    }
    HMAP_FOR_EACH_WITH_HASH (lmac, usable_node, hash_ofp_port(ofport),
                             &br->usable) {
        if (lmac->ofport == ofport) {
            if (n >= MAC_LEARNING_MAX) {
                return 0;
            }
            macs[n++] = lmac->mac;
        }
    }
    qsort(macs, n, sizeof *macs, compare_macs);
    return n;
}

uint64_t
mac_learning_policy_get_seq(const struct mac_learning_policy *mlp)
{
    return mlp->seq;
}
