/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "topology/port-settings.h"

#include <stdlib.h>

#include "lib/printable.h"
#include "lib/problem.h"
#include "openvswitch/vlog.h"
#include "settings/settings.h"
#include "topology/port.h"
#include "util.h"
#include "vswitch-idl.h"

VLOG_DEFINE_THIS_MODULE(port_settings);

void
port_set_problem(char **problemp, char *problem)
{
    if (problem_set(problemp, problem)) {
        VLOG_WARN("%s", printable_text(*problemp));
    }
}

/* The same, for a 'problem' that does not name 'port' yet. */
static void
set_problem_of(const struct port *port, char **problemp, char *problem)
{
    port_set_problem(problemp, problem ? xasprintf("%s: %s", port->name,
                                                   problem) : NULL);
    free(problem);
}

/* Returns true if it is not as before. */
static bool
read_tracking(struct port *port, const struct ovsrec_interface *iface)
{
    enum tracking_mode old = port->tracking;
    char *problem;

    port->tracking = settings_get_tracking(&iface->external_ids, old,
                                           &problem);
    set_problem_of(port, &port->tracking_problem, problem);
    return port->tracking != old;
}

/* Returns true if it is not as before. */
static bool
read_policy(struct port *port, const struct ovsrec_interface *iface)
{
    struct policy old = port->policy;
    char *problem;

    settings_get_policy(&iface->external_ids, &port->policy, &problem);
    set_problem_of(port, &port->policy_problem, problem);
    return !policy_equal(&old, &port->policy);
}

bool
port_settings_read(struct port *port, const struct ovsrec_interface *iface)
{
    bool changed = read_tracking(port, iface);

    return read_policy(port, iface) || changed;
}

/* Returns 0 if that is not known. */
static uint64_t
get_link_speed(const struct ovsrec_interface *iface)
{
    return (iface->n_link_speed && iface->link_speed[0] > 0
            ? iface->link_speed[0] : 0);
}

/* Reads the thresholds of a container.  Stores in '*problem' what is wrong
 * with its own settings, malloc()'d, or null. */
static void
read_thresholds(struct port *port, const struct settings *settings,
                const struct ovsrec_interface *iface, char **problem)
{
    uint64_t speed = get_link_speed(iface);
    char *ignored = NULL;

    settings_get_threshold(settings, &iface->external_ids, speed,
                           &port->threshold, problem);
    port->volume_rate = settings_get_volume_rate(
        settings, &iface->external_ids, speed, port->threshold.rate,
        *problem ? &ignored : problem);
    free(ignored);
}

bool
port_settings_read_thresholds(struct port *port,
                              const struct settings *settings,
                              const struct ovsrec_interface *iface)
{
    struct elephant_threshold old = port->threshold;
    uint64_t old_volume_rate = port->volume_rate;
    char *problem = NULL;

    if (port->is_container) {
        read_thresholds(port, settings, iface, &problem);
    }
    set_problem_of(port, &port->threshold_problem, problem);
    return (!elephant_threshold_equals(&old, &port->threshold)
            || port->volume_rate != old_volume_rate);
}

void
port_settings_inherit(struct port *child, const struct port *parent)
{
    child->threshold = parent->threshold;
    child->tracking = parent->tracking;
    child->policy = parent->policy;
}
