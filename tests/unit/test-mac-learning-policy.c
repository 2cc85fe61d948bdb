/* SPDX-License-Identifier: Apache-2.0 */

/* Drives mac-learning-policy, for a bridge called br0, and the parser of fdb.
 *
 *     fdb NOW [PORT/VLAN/MAC]...     what "ovs-appctl fdb/show" says at NOW
 *     get PORT                       the port's addresses */

#include <config.h>
#include "addresses/mac-learning-policy.h"
#include "tests/unit/test-pure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addresses/fdb.h"
#include "flow.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

static struct mac_learning_policy *macs;

static void
update(struct words *words)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    long long int now = words_take_number(words);
    struct fdb_entry *entries;
    size_t n;

    ds_put_cstr(&s, " port  VLAN  MAC                Age\n");
    while (words_are_left(words)) {
        char port[16], mac[32];
        const char *word = words_take(words);
        int vlan;

        if (!ovs_scan(word, "%15[^/]/%d/%31s", port, &vlan, mac)) {
            ovs_fatal(0, "%s: not PORT/VLAN/MAC", word);
        }
        ds_put_format(&s, "%5s  %4d  %s  %s\n", port, vlan, mac,
                      vlan ? "static" : " 12");
    }
    n = fdb_parse(ds_cstr(&s), &entries);
    mac_learning_policy_update(macs, "br0", entries, n, now);
    printf("%"PRIuSIZE" entries, seq %"PRIu64"\n", n,
           mac_learning_policy_get_seq(macs));
    free(entries);
    ds_destroy(&s);
}

static void
get(struct words *words)
{
    struct eth_addr answer[MAC_LEARNING_MAX];
    ofp_port_t ofport = u16_to_ofp(words_take_number(words));
    size_t n = mac_learning_policy_get(macs, "br0", ofport, answer);

    for (size_t i = 0; i < n; i++) {
        printf("%s"ETH_ADDR_FMT, i ? " " : "", ETH_ADDR_ARGS(answer[i]));
    }
    printf("%s\n", n ? "" : "none");
}

static bool
run(const char *command, struct words *words)
{
    if (!macs) {
        macs = mac_learning_policy_create();
    }
    if (!strcmp(command, "fdb")) {
        update(words);
    } else if (!strcmp(command, "get")) {
        get(words);
    } else {
        return false;
    }
    return true;
}

static void
finish(void)
{
    mac_learning_policy_destroy(macs);
}

const struct driver test_mac_learning_policy = {
    "mac-learning-policy", run, finish
};
