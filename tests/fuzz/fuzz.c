/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/vlog.h"
#include "smap.h"
#include "util.h"

int
LLVMFuzzerInitialize(int *argc OVS_UNUSED, char ***argv OVS_UNUSED)
{
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    return 0;
}

char *
fuzz_to_string(const uint8_t *data, size_t size)
{
    return xmemdup0((const char *) data, size);
}

size_t
fuzz_take_smap(const uint8_t *data, size_t size, struct smap *map)
{
    size_t used = 0;

    smap_init(map);
    while (used < size) {
        const uint8_t *line = data + used;
        const uint8_t *end = memchr(line, '\n', size - used);
        size_t len = end ? end - line : size - used;
        char *key = fuzz_to_string(line, len);
        char *value = strchr(key, '=');

        used += len + (end != NULL);
        if (value) {
            *value++ = '\0';
            smap_replace(map, key, value);
        }
        free(key);
        if (!len) {
            break;
        }
    }
    return used;
}
