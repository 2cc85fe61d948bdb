/* SPDX-License-Identifier: Apache-2.0 */

#ifndef PORT_KIND_H
#define PORT_KIND_H 1

/* Whether a container or VM is behind a port, or a way out of the bridge. */

#include <stdbool.h>

/* True for the types of Interface whose own device is the container's end. */
bool port_kind_is_internal(const char *type);

/* True if a container or VM is behind the Interface 'name' of the given type
 * on 'bridge'.  Not so for the bridge's own port, patch ports, tunnels, and
 * network devices that lead out of the machine.  'dialect' is that of its
 * identity (identity.h), null if it has none: whoever has a name is a
 * container, whatever device it uses. */
bool port_kind_is_container(const char *bridge, const char *name,
                            const char *type, const char *dialect);

#endif /* port-kind.h */
