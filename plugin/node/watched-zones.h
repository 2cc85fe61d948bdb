/* SPDX-License-Identifier: Apache-2.0 */

#ifndef WATCHED_ZONES_H
#define WATCHED_ZONES_H 1

/* The conntrack zones in which detectors look for elephants: those of the
 * topology, each with its threshold. */

#include <stdbool.h>
#include <stdint.h>

struct detector;
struct settings;
struct topology;
struct tracker;
struct watched_zones;

/* Whom they are told. */
struct watched_zones_targets {
    struct detector *detector;
    struct detector *successor; /* That is to replace it, or null. */
    struct tracker *tracker;
};

struct watched_zones *watched_zones_create(void);
void watched_zones_destroy(struct watched_zones *);

/* Makes the zones those of 'topology', and the threshold of zones that ports
 * have in common that of 'settings'.  To be called after each update of the
 * topology, when those that ports have lost have been removed.  Returns true
 * if a zone that was watched before cannot be any more, or the other way
 * round, or elephants are gone. */
bool watched_zones_sync(struct watched_zones *,
                        const struct watched_zones_targets *,
                        const struct settings *, const struct topology *);

/* Removes 'zone', if it is there.  Returns true if elephants are gone. */
bool watched_zones_remove(struct watched_zones *,
                          const struct watched_zones_targets *, uint16_t zone);

/* The detector is another one, which knows of no zone yet. */
void watched_zones_invalidate(struct watched_zones *);

/* Tells 'detector', which may be none of the targets, all zones. */
void watched_zones_tell(const struct watched_zones *, struct detector *);

bool watched_zones_contain(const struct watched_zones *, uint16_t zone);

/* Returns the positive errno with which the detector refused 'zone', or 0. */
int watched_zones_get_error(const struct watched_zones *, uint16_t zone);

#endif /* watched-zones.h */
