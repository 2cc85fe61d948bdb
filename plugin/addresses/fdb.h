/* SPDX-License-Identifier: Apache-2.0 */

#ifndef FDB_H
#define FDB_H 1

/* Where bridges have learned Ethernet addresses: asks ovs-vswitchd, every few
 * seconds, for what "ovs-appctl fdb/show" prints.
 *
 * OpenFlow does not tell.  Nothing here blocks: a switch that does not answer
 * is asked again later. */

#include <stddef.h>

#include "openvswitch/ofp-port.h"
#include "packets.h"

struct fdb;
struct sset;

/* In milliseconds. */
#define FDB_INTERVAL 3000

/* Frames to 'mac' in some VLAN go to 'ofport'. */
struct fdb_entry {
    struct eth_addr mac;
    ofp_port_t ofport;
};

struct fdb *fdb_create(void);
void fdb_destroy(struct fdb *);

/* From now on these are the bridges to ask about. */
void fdb_set_bridges(struct fdb *, const struct sset *names);

/* Called with all that 'bridge' has learned. */
typedef void fdb_cb(const char *bridge, const struct fdb_entry *, size_t n,
                    void *aux);

void fdb_run(struct fdb *, long long int now, fdb_cb *, void *aux);
void fdb_wait(const struct fdb *);

/* Stores in '*entries', which the caller must free, what 'text', from
 * "ovs-appctl fdb/show", says.  Returns how many. */
size_t fdb_parse(const char *text, struct fdb_entry **entries);

#endif /* fdb.h */
