/* SPDX-License-Identifier: Apache-2.0 */

#ifndef TOPOLOGY_COLUMNS_H
#define TOPOLOGY_COLUMNS_H 1

/* What of Open_vSwitch the topology is made of. */

struct ovsdb_idl;

/* Adds the columns that this folder reads to what 'idl' replicates. */
void topology_register(struct ovsdb_idl *idl);

#endif /* topology-columns.h */
