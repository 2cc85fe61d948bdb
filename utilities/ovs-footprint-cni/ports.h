/* SPDX-License-Identifier: Apache-2.0 */

#ifndef PORTS_H
#define PORTS_H 1

/* The ports of containers, in Open vSwitch's database.
 *
 * Whatever waits gives up at a deadline, on the clock of time_msec(). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smap.h"

struct cni_error;
struct net_conf_bandwidth;
struct ovsrec_bridge;
struct ovsrec_interface;
struct ovsrec_port;
struct ports;

/* Connects to the database at 'remote' ("unix:...") and reads it. */
struct cni_error *ports_open(const char *remote, long long int deadline,
                             struct ports **);
void ports_close(struct ports *);

/* Each returns the row called 'name', or null if there is none.  It is valid
 * until the next call of a function that waits. */
const struct ovsrec_bridge *ports_find_bridge(const struct ports *,
                                              const char *name);
const struct ovsrec_port *ports_find_port(const struct ports *,
                                          const char *name);
const struct ovsrec_interface *ports_find_interface(const struct ports *,
                                                    const char *name);

/* Returns the bridge that has a port called 'name', or null. */
const struct ovsrec_bridge *ports_find_bridge_of(const struct ports *,
                                                 const char *name);

/* Returns the first Interface for which 'is_it' is true, or null, and stores
 * its Port in '*portp', which may be null. */
const struct ovsrec_interface *ports_search(
    const struct ports *,
    bool (*is_it)(const struct ovsrec_interface *,
                  const struct ovsrec_port *, void *aux),
    void *aux, const struct ovsrec_port **portp);

/* A port as it should be. */
struct port_spec {
    const char *bridge;
    const char *name;           /* Also of its one Interface. */
    const char *type;           /* Of the Interface; "" for a system device. */
    int vlan;                   /* -1: none. */
    const int64_t *trunks;
    size_t n_trunks;
    int ofport_request;         /* 0: any. */
    const struct net_conf_bandwidth *bandwidth; /* Null: no limit. */
    const struct smap *ids;     /* external_ids of the Interface. */
};

/* Adds a port, in one transaction, and waits until ovs-vswitchd forwards
 * packets for it. */
struct cni_error *ports_add(struct ports *, const struct port_spec *,
                            long long int deadline);

/* Does ovs-footprintd run, and has 'bridge' a policy for heavy workloads that
 * is to be in force from a container's first packet on? */
bool ports_have_start_policy(const struct ports *, const char *bridge);

/* Waits until ovs-footprintd has said what the workload of the Interface
 * 'name' is known to be, by which time such a policy is in force.  Returns
 * false if it does not in time. */
bool ports_wait_class(struct ports *, const char *name,
                      long long int deadline);

/* Waits until the Interface 'name' has a link that is up. */
struct cni_error *ports_wait_link(struct ports *, const char *name,
                                  long long int deadline);

/* Waits until ovs-vswitchd has seen all that is in the database by now. */
struct cni_error *ports_wait_vswitchd(struct ports *, long long int deadline);

/* Adds 'ids' to the external_ids of the Interface 'name'.  If they say which
 * container has the port (FP_CNI_DID), they replace what was written of an
 * earlier container. */
struct cni_error *ports_set_ids(struct ports *, const char *name,
                                const struct smap *ids,
                                long long int deadline);

/* What is to be done with a port. */
enum port_fate {
    PORT_STAYS,
    PORT_GOES,
    PORT_IS_FORGOTTEN,          /* It stays, without the keys that we wrote. */
};

/* Asks 'judge' about each port with one Interface, and does what it says.
 * Does not wait for ovs-vswitchd. */
struct cni_error *ports_sweep(
    struct ports *,
    enum port_fate (*judge)(const struct ovsrec_port *,
                            const struct ovsrec_interface *, void *aux),
    void *aux, long long int deadline);

#endif /* ports.h */
