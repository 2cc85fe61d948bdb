/* SPDX-License-Identifier: Apache-2.0 */

#ifndef NFD_FILE_H
#define NFD_FILE_H 1

/* Writes a feature file for node-feature-discovery, so that plain node
 * affinity can go by footprints: where external_ids:footprint-nfd-file of
 * Open_vSwitch says, usually
 * /etc/kubernetes/node-feature-discovery/features.d/footprint.
 *
 * The file is replaced as a whole, and only when it changes.  It has steps,
 * not amounts, so that labels do not change all the time. */

#include <stddef.h>

struct nfd_file;
struct smap;

/* What is told of the node. */
struct nfd_file_node {
    unsigned int n_heavy, n_unknown, n_containers;
    const char *detector;
};

struct nfd_file *nfd_file_create(void);
void nfd_file_destroy(struct nfd_file *);

/* 'external_ids' are those of Open_vSwitch. */
void nfd_file_run(struct nfd_file *, const struct smap *external_ids,
                  const struct nfd_file_node *);

/* Removes the file, if there is one of ours. */
void nfd_file_remove(struct nfd_file *);

/* Likewise, also one that a previous run left where 'external_ids' of
 * Open_vSwitch say. */
void nfd_file_clear(struct nfd_file *, const struct smap *external_ids);

/* Returns why it cannot be written, or null. */
const char *nfd_file_get_problem(const struct nfd_file *);

#endif /* nfd-file.h */
