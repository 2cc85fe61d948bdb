/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "cni-version.h"

#include <string.h>

#include "openvswitch/json.h"
#include "util.h"

const char cni_oldest_version[] = "0.3.0";
const char cni_latest_version[] = "1.1.0";

/* From the oldest to the latest. */
static const char *const versions[] = {
    "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0",
};

/* Returns the place of 'version' in 'versions', or -1 if it is not there. */
static int
version_rank(const char *version)
{
    for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
        if (!strcmp(version, versions[i])) {
            return i;
        }
    }
    return -1;
}

bool
cni_version_is_known(const char *version)
{
    return version_rank(version) >= 0;
}

bool
cni_version_is_at_least(const char *version, const char *other)
{
    return version_rank(version) >= version_rank(other);
}

struct json *
cni_versions_to_json(void)
{
    struct json *array = json_array_create_empty();

    for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
        json_array_add(array, json_string_create(versions[i]));
    }
    return array;
}
