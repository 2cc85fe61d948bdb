/* SPDX-License-Identifier: Apache-2.0 */

#ifndef OVS_COUNTERS_H
#define OVS_COUNTERS_H 1

/* The byte counters of Interfaces as ovs-vswitchd writes them to OVSDB: for
 * ports that have no network device in this network namespace, such as DPDK
 * ports, vhost-user ports, and internal ports moved into a container.
 *
 * ovs-vswitchd writes them every few seconds, for all Interfaces.  So they are
 * asked for in a connection of their own, which exists only while there is an
 * Interface to watch and replicates nothing but the statistics of those that
 * are watched, or of all if most are. */

#include <stdbool.h>
#include <stddef.h>

struct byte_counters;
struct ovs_counters;
struct sset;

/* 'remote' is the database's, e.g. "unix:/var/run/openvswitch/db.sock". */
struct ovs_counters *ovs_counters_create(const char *remote);
void ovs_counters_destroy(struct ovs_counters *);

/* From now on watches exactly the Interfaces of the given names, of the
 * 'n_interfaces' on bridges that are served.  The cost grows with the number
 * of names, but is next to nothing if these are many, and most of all there
 * are. */
void ovs_counters_watch(struct ovs_counters *, const struct sset *names,
                        size_t n_interfaces);

void ovs_counters_run(struct ovs_counters *);
void ovs_counters_wait(const struct ovs_counters *);

/* Stores in '*counters' what the container behind the Interface 'name' had
 * moved when ovs-vswitchd last looked.  Returns false if that is not known. */
bool ovs_counters_get(const struct ovs_counters *, const char *name,
                      struct byte_counters *counters);

/* How far apart ovs-vswitchd's looks are, in milliseconds. */
long long int ovs_counters_get_interval(const struct ovs_counters *);

#endif /* ovs-counters.h */
