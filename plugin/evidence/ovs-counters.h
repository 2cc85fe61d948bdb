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
struct ovs_counter;
struct ovs_counters;

/* 'remote' is the database's, e.g. "unix:/var/run/openvswitch/db.sock". */
struct ovs_counters *ovs_counters_create(const char *remote);
void ovs_counters_destroy(struct ovs_counters *);

/* Watches the Interface 'name' from the next ovs_counters_run() on, until the
 * counter, which 'ovs_counters' owns, is removed. */
struct ovs_counter *ovs_counters_add(struct ovs_counters *, const char *name);
void ovs_counters_remove(struct ovs_counters *, struct ovs_counter *);

/* Takes what ovs-vswitchd has written.  'n_interfaces' are on bridges that are
 * served: if most of them are watched, the server is asked for all. */
void ovs_counters_run(struct ovs_counters *, size_t n_interfaces);
void ovs_counters_wait(const struct ovs_counters *);

/* Stores in '*counters' what the container behind the Interface had moved when
 * ovs-vswitchd last looked.  Returns false if that is not known. */
bool ovs_counter_get(const struct ovs_counter *, struct byte_counters *);

/* How far apart ovs-vswitchd's looks are, in milliseconds. */
long long int ovs_counters_get_interval(const struct ovs_counters *);

#endif /* ovs-counters.h */
