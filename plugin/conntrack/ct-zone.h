/* SPDX-License-Identifier: Apache-2.0 */

#ifndef CT_ZONE_H
#define CT_ZONE_H 1

/* Conntrack zones, as numbers. */

#include <stdint.h>

/* How many there are: a zone has 16 bits.  Zone 0 is that of all packets that
 * nobody gave a zone. */
#define CT_N_ZONES (UINT16_MAX + 1)

#endif /* ct-zone.h */
