/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "conntrack/ct-mark.h"

bool
ct_mark_is_ours(uint32_t mark)
{
    return (mark & ~CT_MARK_ADDR_MASK) == CT_MARK_ADDR_VALID;
}

bool
ct_mark_get_addr(uint32_t mark, uint8_t *low)
{
    *low = mark & CT_MARK_ADDR_MASK;
    return (mark & CT_MARK_ADDR_VALID) != 0;
}
