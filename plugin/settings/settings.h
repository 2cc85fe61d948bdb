/* SPDX-License-Identifier: Apache-2.0 */

#ifndef SETTINGS_H
#define SETTINGS_H 1

/* The daemon's settings, as read from Open_vSwitch:external_ids.
 *
 * Every value that does not parse is named, once in the log and as long as it
 * stands in settings_get_problems(), with the reason and the remedy; the last
 * good value (at first, the default) stays in force.  Pure: knows strings and
 * numbers, neither OVSDB nor the clock. */

#include <stdbool.h>
#include <stdint.h>

#include "settings/settings-values.h"
#include "smap.h"

void settings_init(struct settings *);
void settings_destroy(struct settings *);

/* Takes new values from 'external_ids'.  Returns true if any setting changed
 * its value. */
bool settings_update(struct settings *, const struct smap *external_ids);

/* Stores in '*threshold' what holds for an Interface with 'external_ids' and
 * 'link_speed', in bit/s, or 0 if it is not known: the node's threshold,
 * overridden by those of 'external_ids' that are valid.  If the rate is a
 * percentage of a speed that is not known, the rate in '*threshold' stays,
 * unless it is 0: then the node's last good one in bit/s is taken.  '*problem'
 * is set to a malloc()'d sentence if anything is wrong, otherwise to null. */
void settings_get_threshold(const struct settings *,
                            const struct smap *external_ids,
                            uint64_t link_speed,
                            struct elephant_threshold *threshold,
                            char **problem);

/* Returns the rate, in bit/s, above which the Interface with 'external_ids'
 * and 'link_speed' (as above) is heavy whatever its flows are, or 0 if there
 * is none.  Its elephant rate is 'elephant_rate'.  If the limit is a
 * percentage of a speed that is not known, it is VOLUME_FACTOR times that.
 * '*problem' is as above. */
uint64_t settings_get_volume_rate(const struct settings *,
                                  const struct smap *external_ids,
                                  uint64_t link_speed, uint64_t elephant_rate,
                                  char **problem);

/* Stores in '*mode' what 'external_ids' of a Bridge ask for.  Returns null, or
 * a malloc()'d sentence if the value is invalid; '*mode' is then unchanged. */
char *settings_parse_zones_mode(const struct smap *external_ids,
                                enum zones_mode *mode);

/* Returns what 'external_ids' of a Bridge or an Interface ask for.  If that is
 * invalid, returns 'last', and sets '*problem' to a malloc()'d sentence,
 * otherwise to null. */
enum tracking_mode settings_get_tracking(const struct smap *external_ids,
                                         enum tracking_mode last,
                                         char **problem);

/* Does footprint-uplinks name the network device 'name'?  Stores in '*speed'
 * what it says of its speed, in bit/s, 0 if nothing. */
bool settings_find_uplink(const struct settings *, const char *name,
                          uint64_t *speed);

/* Makes '*policy' what 'external_ids' of a Bridge or an Interface ask for.  If
 * that is invalid, '*policy' is left alone, and '*problem' is set to a
 * malloc()'d sentence, otherwise to null. */
void settings_get_policy(const struct smap *external_ids,
                         struct policy *policy, char **problem);

/* What somebody says is behind a port. */
enum port_choice {
    PORT_CHOICE_NONE,           /* Nobody says anything. */
    PORT_CHOICE_CONTAINER,
    PORT_CHOICE_UPLINK,         /* A way out of the bridge. */
    PORT_CHOICE_IGNORE,         /* A container that is none of our business. */
};

/* Returns what 'iface_ids', external_ids of an Interface, say is behind it, or
 * if they do not say, what 'port_ids', its Port's, do.  If that is invalid,
 * returns 'last', and sets '*problem' to a malloc()'d sentence, otherwise to
 * null. */
enum port_choice settings_get_port_choice(const struct smap *iface_ids,
                                          const struct smap *port_ids,
                                          enum port_choice last,
                                          char **problem);

/* Stores in '*options' what holds for a Bridge with 'external_ids': the node's
 * options, overridden by the bridge's.  If any of the bridge's is invalid,
 * '*options', the last good ones, stay as they are, and '*problem' is set to a
 * malloc()'d sentence, otherwise to null. */
void settings_get_pipeline_options(const struct settings *,
                                   const struct smap *external_ids,
                                   struct pipeline_options *options,
                                   char **problem);

#endif /* settings.h */
