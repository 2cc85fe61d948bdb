/* SPDX-License-Identifier: Apache-2.0 */

#ifndef CT_MARK_H
#define CT_MARK_H 1

/* The conntrack mark that the managed pipeline gives to the entries in its own
 * zones, on every packet, to the same value in both directions (see
 * pipeline/pipeline.h).  Pure. */

#include <stdbool.h>
#include <stdint.h>

#define CT_MARK_ADDR_MASK 0x000000ff    /* Container's address, lowest byte. */
#define CT_MARK_ADDR_VALID 0x80000000   /* CT_MARK_ADDR_MASK says something. */

/* Is 'mark' one that our pipeline sets? */
bool ct_mark_is_ours(uint32_t mark);

/* Stores the lowest byte of the container's address in '*low'.  Returns false
 * if 'mark' does not tell. */
bool ct_mark_get_addr(uint32_t mark, uint8_t *low);

#endif /* ct-mark.h */
