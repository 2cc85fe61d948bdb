/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "topology/published.h"

#include <stdbool.h>
#include <stdlib.h>

#include "lib/humanize.h"
#include "ovsdb/footprint-keys.h"
#include "smap.h"
#include "util.h"

/* Returns what stands under 'key', or null. */
static const char *
get(const struct smap *external_ids, const char *key, const char *endpoint_id)
{
    const char *value;
    char *full;

    if (!endpoint_id) {
        return smap_get(external_ids, key);
    }
    full = xasprintf("%s.%s", key, endpoint_id);
    value = smap_get(external_ids, full);
    free(full);
    return value;
}

static uint16_t
parse_zone(const char *s)
{
    unsigned int zone;

    return s && str_to_uint(s, 10, &zone) && zone <= UINT16_MAX ? zone : 0;
}

void
published_parse(struct published *p, const struct smap *ids, const char *id)
{
    const char *class_s = get(ids, FP_KEY_CLASS, id);
    const char *since_s = get(ids, FP_KEY_SINCE, id);
    enum footprint_class class;
    long long int since;

    *p = (struct published) { .zone = parse_zone(get(ids, FP_KEY_ZONE, id)) };
    if (class_s && footprint_class_from_string(class_s, &class)
        && class != FOOTPRINT_UNKNOWN
        && since_s && humanize_parse_time(since_s, &since)) {
        p->class = class;
        p->since = since;
        p->kind = evidence_kind_from_string(get(ids, FP_KEY_EVIDENCE, id));
        if (class == FOOTPRINT_HEAVY) {
            p->role = footprint_role_from_string(get(ids, FP_KEY_ROLE, id));
        }
    }
}
