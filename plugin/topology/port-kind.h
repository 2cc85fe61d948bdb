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
