/* SPDX-License-Identifier: Apache-2.0 */

#ifndef PORT_H
#define PORT_H 1

/* One port of a bridge that we serve: what OVSDB says of it, who is behind it,
 * and which zone it has.
 *
 * topology.c owns the ports and finds them; build-aux/owners says which module
 * of this folder writes what else.  This one reads what the rows say. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detector/detector.h"
#include "lib/footprint-class.h"
#include "lib/identity.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/ofp-port.h"
#include "openvswitch/uuid.h"
#include "settings/settings.h"
#include "topology/endpoint.h"
#include "topology/macs.h"
#include "topology/port-kind.h"
#include "topology/published.h"

struct bridge;
struct ovsrec_interface;
struct ovsrec_port;
struct settings;

/* An Interface of a bridge that we serve. */
struct port {
    struct hmap_node name_node; /* In the topology, by 'name'. */
    struct hmap_node zone_node; /* In the topology, by 'zone', if nonzero. */
    struct ovs_list bridge_node; /* In the bridge's 'ports'. */
    struct ovs_list changed_node; /* In the topology's list of ports that its
                                   * last update changed, or in none. */
    struct bridge *bridge;
    char *name;                 /* Name of the Interface; for one of several
                                 * endpoints behind it, followed by "/" and
                                 * its ID. */
    char *endpoint_id;          /* That ID, or null. */
    struct port *parent;        /* The Interface's port, or null. */
    struct ovs_list children;   /* Endpoints behind this Interface. */
    struct ovs_list sibling_node; /* In the parent's 'children'. */
    int endpoint_vlan;          /* That of an endpoint's packets, or -1. */
    struct in6_addr endpoint_addr; /* Likewise, or in6addr_any. */
    ofp_port_t ofport;          /* OFPP_NONE if it has none yet. */
    int vlan;                   /* VLAN of what has no tag; -1 for a trunk
                                 * without a native VLAN. */
    bool native;                /* A trunk with 'vlan' as its native VLAN. */
    bool is_patch;              /* Leads to another bridge. */
    int link_ifindex;           /* Of the network device in this namespace
                                 * whose other end is the container's; 0 if
                                 * there is none. */
    bool has_driver;            /* Did ovs-vswitchd find that device? */
    bool is_internal;           /* Or is its device the container's own? */
    bool is_container;          /* Or just a way out of the bridge? */
    enum port_kind kind;        /* What it is. */
    const char *kind_reason;    /* How that is known: a static phrase. */
    enum port_choice choice;    /* What somebody says it is. */
    struct identity identity;
    struct container_macs macs; /* Written by container-macs.c. */
    uint16_t zone;              /* 0 if it has none. */
    uint16_t ovn_zone;          /* What OVN gave it, 0 if nothing. */
    struct elephant_threshold threshold;
    enum tracking_mode tracking; /* An Interface's own; its endpoints have it
                                 * as well. */
    struct policy policy;       /* Likewise; port_get_policy() has what is in
                                 * force. */
    uint64_t volume_rate;       /* In bit/s: moving that much makes it heavy
                                 * whatever its flows are; 0: none. */

    /* What is wrong: sentences, or null. */
    char *zone_problem;         /* With its own zone. */
    char *sharing_problem;      /* With telling it from others in a shared
                                 * zone. */
    char *kind_problem;         /* With what it is said to be. */
    char *threshold_problem;    /* With its own threshold. */
    char *tracking_problem;     /* With what it says of tracking. */
    char *policy_problem;       /* With what it says of a policy. */
    char *endpoint_problem;     /* With the endpoints behind it. */

    bool seen;                  /* For the topology's mark and sweep. */
    long long int since;        /* When it was first seen, in msec; LLONG_MIN
                                 * if it was there before the daemon. */

    struct published previous;  /* By a previous run of the daemon. */
    uint64_t version;           /* Grows whenever somebody may have written to
                                 * what is published of it.  No port of this
                                 * name had the same before. */

    struct uuid uuid;           /* Of the Interface's row. */
    struct uuid port_uuid;      /* Of the Port's. */
    unsigned int seqno;         /* Version of the latter last read. */
};

/* Makes a port from the row 'iface', or, if 'endpoint' is nonnull, for one of
 * the endpoints behind it. */
struct port *port_create(const struct ovsrec_interface *iface,
                         const struct endpoint *endpoint);

void port_destroy(struct port *);

/* Something has changed that the flows of 'port' depend on: notes that of its
 * bridge, unless 'port' has no OpenFlow port number and so no flows. */
void port_note_change(const struct port *);

/* For qsort() of pointers to ports: by bridge and name. */
int port_compare(const void *, const void *);

/* Do packets of 'port' pass conntrack only while its Interface moves much?
 * That takes counters of the Interface that can be read often. */
bool port_is_adaptive(const struct port *);

/* Why nobody knows which flows are the port's: a sentence, or null. */
const char *port_get_zone_problem(const struct port *);

/* What is to be done about the elephants of 'port'. */
const struct policy *port_get_policy(const struct port *);

/* Has the Port's row changed since port_read(), or the Interface's since what
 * the IDL tracked was cleared? */
bool port_is_stale(const struct port *, const struct ovsrec_interface *,
                   const struct ovsrec_port *);

/* Reads what the rows say of 'port', which is on 'bridge'.  Returns true if
 * anything changed, and then sets '*flows_changed' to true if the flows depend
 * on it. */
bool port_read(struct port *, const char *bridge,
               const struct ovsrec_interface *, const struct ovsrec_port *,
               bool *flows_changed);

/* Makes 'child' what 'endpoint' and its parent say, but for its Ethernet
 * addresses.  Returns true if anything changed that the flows depend on. */
bool port_read_endpoint(struct port *child, const struct port *parent,
                        const struct endpoint *);

#endif /* port.h */
