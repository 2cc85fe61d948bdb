/* SPDX-License-Identifier: Apache-2.0 */

/* Drives identity.
 *
 *     interface [KEY=VALUE|...]      sets the external_ids of the Interface,
 *     port [KEY=VALUE|...]           of the Port
 *     device NAME                    sets the name of the Interface
 *     show                           reads all and prints what they say, then
 *                                    forgets all */

#include <config.h>
#include "lib/identity.h"
#include "tests/unit/test-pure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

static struct smap iface_ids = SMAP_INITIALIZER(&iface_ids);
static struct smap port_ids = SMAP_INITIALIZER(&port_ids);
static char *device;

static void
print_string(const char *what, const char *value)
{
    if (value) {
        printf("  %s: %s\n", what, value);
    }
}

static void
print_addresses(const struct identity *id)
{
    for (size_t i = 0; i < id->n_macs; i++) {
        printf("  mac: "ETH_ADDR_FMT"\n", ETH_ADDR_ARGS(id->macs[i]));
    }
    for (size_t i = 0; i < id->n_addrs; i++) {
        struct ds s = DS_EMPTY_INITIALIZER;

        ipv6_format_mapped(&id->addrs[i], &s);
        printf("  address: %s%s\n", ds_cstr(&s),
               identity_has_addr(id, &id->addrs[i]) ? "" : " (not its own?)");
        ds_destroy(&s);
    }
}

static void
show(void)
{
    struct identity id;
    char *name;

    identity_init(&id, &iface_ids, &port_ids);
    if (device) {
        identity_add_device(&id, device);
    }
    name = identity_to_string(&id);
    printf("%s, %s\n", id.dialect ? id.dialect : "nobody",
           name ? name : "no name");
    print_string("namespace", id.namespace);
    print_string("name", id.name);
    print_string("container", id.container);
    print_string("logical port", id.logical_port);
    print_string("image", id.image);
    print_string("inactive", id.inactive ? "yes" : NULL);
    print_addresses(&id);
    free(name);
    identity_destroy(&id);
    smap_clear(&iface_ids);
    smap_clear(&port_ids);
    free(device);
    device = NULL;
}

static bool
run(const char *command, struct words *words)
{
    bool is_iface = !strcmp(command, "interface");

    if (is_iface || !strcmp(command, "port")) {
        struct smap *ids = is_iface ? &iface_ids : &port_ids;

        smap_destroy(ids);
        words_take_smap(words, ids);
    } else if (!strcmp(command, "device")) {
        device = xstrdup(words_take(words));
    } else if (!strcmp(command, "show")) {
        show();
    } else {
        return false;
    }
    return true;
}

static void
finish(void)
{
    smap_destroy(&iface_ids);
    smap_destroy(&port_ids);
}

const struct driver test_identity = { "identity", run, finish };
