/*
 * Copyright (c) 2026 The ovs-footprint Authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at:
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

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
