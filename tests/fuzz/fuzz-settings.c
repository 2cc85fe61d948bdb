/* SPDX-License-Identifier: Apache-2.0 */

/* Feeds settings: external_ids of Open_vSwitch, an empty line, and those of an
 * Interface or a Bridge. */

#include <config.h>
#include "settings/settings.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

#include "util.h"

static void
ask_for_overrides(const struct settings *settings, const struct smap *ids)
{
    struct elephant_threshold threshold = settings->elephant;
    struct pipeline_options options = settings->pipeline;
    enum zones_mode mode = ZONES_AUTO;
    char *problem;

    for (uint64_t speed = 0; speed <= UINT64_C(100000000000);
         speed += UINT64_C(50000000000)) {
        settings_get_threshold(settings, ids, speed, &threshold, &problem);
        free(problem);
    }
    settings_get_pipeline_options(settings, ids, &options, &problem);
    free(problem);
    free(settings_parse_zones_mode(ids, &mode));
    ovs_assert(zones_mode_to_string(mode));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct settings settings;
    struct smap node, row;
    size_t n = fuzz_take_smap(data, size, &node);

    fuzz_take_smap(data + n, size - n, &row);
    settings_init(&settings);
    settings_update(&settings, &node);
    ovs_assert(settings.zone_min <= settings.zone_max);
    ovs_assert(settings.n_shared_zones <= SETTINGS_MAX_SHARED_ZONES);
    ask_for_overrides(&settings, &row);

    /* The same again changes nothing. */
    ovs_assert(!settings_update(&settings, &node));
    settings_destroy(&settings);
    smap_destroy(&node);
    smap_destroy(&row);
    return 0;
}
