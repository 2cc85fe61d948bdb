/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "settings/zones-mode.h"

#include <string.h>

#include "util.h"

const char *
zones_mode_to_string(enum zones_mode mode)
{
    switch (mode) {
    case ZONES_AUTO: return "auto";
    case ZONES_MANAGED: return "managed";
    case ZONES_OVN: return "ovn";
    case ZONES_SHARED: return "shared";
    default: OVS_NOT_REACHED();
    }
}

char *
zones_mode_from_string(const char *value, enum zones_mode *mode)
{
    for (int i = ZONES_AUTO; i <= ZONES_SHARED; i++) {
        if (!strcmp(value, zones_mode_to_string(i))) {
            *mode = i;
            return NULL;
        }
    }
    return xstrdup("use \"auto\", \"managed\", \"ovn\" or \"shared\"");
}
