/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "topology/shared-zones.h"

#include <stdlib.h>

#include "addresses/addr-index.h"
#include "bitmap.h"
#include "conntrack/ct-zone.h"
#include "lib/problem.h"
#include "openvswitch/hmap.h"
#include "openvswitch/vlog.h"
#include "settings/settings.h"
#include "topology/bridge.h"
#include "topology/port.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(shared_zones);

struct shared_zones {
    unsigned long *zones;       /* Bitmap. */
    struct addr_index *addrs;   /* Contains "struct port"s. */
};

struct shared_zones *
shared_zones_create(void)
{
    struct shared_zones *sz = xmalloc(sizeof *sz);

    sz->zones = bitmap_allocate(CT_N_ZONES);
    sz->addrs = addr_index_create();
    return sz;
}

void
shared_zones_destroy(struct shared_zones *sz)
{
    if (sz) {
        bitmap_free(sz->zones);
        addr_index_destroy(sz->addrs);
        free(sz);
    }
}

/* No port shares a zone. */
static void
clear(struct shared_zones *sz)
{
    bitmap_set_multiple(sz->zones, 0, CT_N_ZONES, false);
    addr_index_clear(sz->addrs);
}

/* 'port' shares the zones that 's' names. */
static void
add_port(struct shared_zones *sz, const struct settings *s,
         const struct port *port)
{
    for (size_t i = 0; i < port->identity.n_addrs; i++) {
        addr_index_add(sz->addrs, &port->identity.addrs[i], port);
    }
    for (size_t i = 0; i < s->n_shared_zones; i++) {
        bitmap_set1(sz->zones, s->shared_zones[i]);
    }
}

/* Returns a malloc()'d sentence if 'port' cannot be told from the others by
 * its addresses, otherwise null. */
static char *
check_port(const struct shared_zones *sz, const struct port *port)
{
    const struct identity *id = &port->identity;

    if (!id->n_addrs) {
        return xasprintf("%s: shares a conntrack zone, and its external_ids "
                         "give no IP address, so its flows cannot be told "
                         "apart",
                         port->name);
    }
    for (size_t i = 0; i < id->n_addrs; i++) {
        const struct port *other;

        if (shared_zones_find(sz, &id->addrs[i], &other) > 1) {
            char buf[INET6_ADDRSTRLEN];

            ipv6_string_mapped(buf, &id->addrs[i]);
            return xasprintf("%s: shares a conntrack zone with a port that "
                             "has the same address %s, so whose flows those "
                             "are is not known", port->name, buf);
        }
    }
    return NULL;
}

static bool
shares_zone(const struct port *port)
{
    return port->is_container && port->bridge->mode == ZONES_SHARED;
}

void
shared_zones_update(struct shared_zones *sz, const struct settings *settings,
                    const struct hmap *ports)
{
    struct port *port;

    clear(sz);
    HMAP_FOR_EACH (port, name_node, ports) {
        if (shares_zone(port)) {
            add_port(sz, settings, port);
        }
    }
    HMAP_FOR_EACH (port, name_node, ports) {
        char *problem = shares_zone(port) ? check_port(sz, port) : NULL;

        if (problem_set(&port->sharing_problem, problem)) {
            VLOG_WARN("%s", port->sharing_problem);
        }
    }
}

bool
shared_zones_contain(const struct shared_zones *sz, uint16_t zone)
{
    return bitmap_is_set(sz->zones, zone);
}

size_t
shared_zones_find(const struct shared_zones *sz, const struct in6_addr *addr,
                  const struct port **port)
{
    const void *owner;
    size_t n = addr_index_find(sz->addrs, addr, &owner);

    *port = owner;
    return n;
}
