/* SPDX-License-Identifier: Apache-2.0 */

#ifndef NODE_PARTS_H
#define NODE_PARTS_H 1

/* The parts of the node, for those who tell what is in them: the commands, and
 * the figures for others.  They belong to the node and last as long. */

#include <stdbool.h>

struct node_parts {
    const struct ovsdb_idl *idl;
    const struct settings *settings;
    const struct topology *topology;
    const struct tracker *tracker;
    struct watch *watch;        /* Not const, since it asks its detectors. */
    const struct policies *policies;
    const struct pipelines *pipelines;
    const struct judge *judge;
    struct learner *learner;    /* Not const, since "forget" changes it. */
    const struct guard *guard;
    const struct publication *publication;
    bool refused;               /* Does OVSDB keep refusing what is
                                 * published? */
};

#endif /* node-parts.h */
