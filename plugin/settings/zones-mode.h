/* SPDX-License-Identifier: Apache-2.0 */

#ifndef ZONES_MODE_H
#define ZONES_MODE_H 1

/* How a bridge's ports get their conntrack zones. */
enum zones_mode {
    ZONES_AUTO,                 /* ZONES_OVN if OVN owns the bridge,
                                 * ZONES_SHARED if Antrea does, otherwise
                                 * ZONES_MANAGED. */
    ZONES_MANAGED,              /* We allocate zones and program flows. */
    ZONES_OVN,                  /* OVN has both; we adopt its zones. */
    ZONES_SHARED,               /* Somebody else's pipeline has one zone for
                                 * all ports; addresses tell them apart. */
};

/* The word for it in external_ids and in what commands show. */
const char *zones_mode_to_string(enum zones_mode);

/* Stores in '*mode' what 'value', such a word, means.  Returns null, or, with
 * '*mode' unchanged, a malloc()'d phrase that says what would be right. */
char *zones_mode_from_string(const char *value, enum zones_mode *mode);

#endif /* zones-mode.h */
