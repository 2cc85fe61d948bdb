/* SPDX-License-Identifier: Apache-2.0 */

#ifndef PORT_KIND_H
#define PORT_KIND_H 1

/* Whether a container or VM is behind a port, or a way out of the bridge. */

#include <stdbool.h>

#include "settings/settings.h"

/* True for the types of Interface whose own device is the container's end. */
bool port_kind_is_internal(const char *type);

enum port_kind {
    PORT_KIND_CONTAINER,        /* Or a VM. */
    PORT_KIND_UPLINK,           /* A way out of the bridge, or the bridge's
                                 * own port. */
    PORT_KIND_IGNORED,          /* A container that is not to be judged. */
};

/* Returns "container", "uplink" or "ignored". */
const char *port_kind_to_string(enum port_kind);

/* What is known of a port. */
struct port_kind_inputs {
    const char *bridge;         /* Name of its bridge. */
    const char *name;           /* Its own name. */
    const char *type;           /* As in the Interface's row. */
    const char *dialect;        /* Of its identity (identity.h); null if it has
                                 * none. */
    bool is_bond;               /* Has its Port several Interfaces? */
    bool inactive;              /* Does its identity say that the container is
                                 * elsewhere? */
    enum port_choice choice;    /* What somebody says it is. */
};

/* Returns what is behind a port, and stores in '*reason' how that is known: a
 * static phrase.  Unless somebody says so, a container is behind whatever has
 * the identity of one; and behind other ports but the bridge's own, bonds,
 * patch ports, tunnels, and network devices that lead out of the machine. */
enum port_kind port_kind_find(const struct port_kind_inputs *,
                              const char **reason);

#endif /* port-kind.h */
