/* SPDX-License-Identifier: Apache-2.0 */

#ifndef POLICY_SCOPE_H
#define POLICY_SCOPE_H 1

/* Where anything can be done about elephants at all.  Pure. */

#include <stdbool.h>

struct bridge;
struct port;

/* Can anything be done about elephants of 'port'? */
bool policy_scope_has(const struct port *port);

/* Returns why a policy has no effect on the bridge, whatever it says: a phrase
 * for people, or null. */
const char *policy_scope_find_obstacle(const struct bridge *);

#endif /* policy-scope.h */
