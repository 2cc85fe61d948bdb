/* SPDX-License-Identifier: Apache-2.0 */

#ifndef PORT_SETTINGS_H
#define PORT_SETTINGS_H 1

/* What the external_ids of an Interface ask for it alone: what makes it heavy,
 * whether it is always tracked, and what is done about its elephants.
 *
 * What is wrong with any of that is logged when it turns up, and stays in the
 * port's 'threshold_problem', 'tracking_problem' and 'policy_problem'. */

#include <stdbool.h>

struct ovsrec_interface;
struct port;
struct settings;

/* Reads how 'port' is tracked, and its policy.  Returns true if either has
 * changed: the flows depend on them. */
bool port_settings_read(struct port *, const struct ovsrec_interface *);

/* Finds what makes 'port' heavy, by its own settings and those of the node.
 * Returns true if that has changed. */
bool port_settings_read_thresholds(struct port *, const struct settings *,
                                   const struct ovsrec_interface *);

/* Gives the endpoint 'child' what its Interface's port has. */
void port_settings_inherit(struct port *child, const struct port *parent);

/* Replaces '*problemp', one of a port's problems, by 'problem', which may be
 * null and which it takes ownership of.  Logs it if it differs from the
 * previous one. */
void port_set_problem(char **problemp, char *problem);

#endif /* port-settings.h */
