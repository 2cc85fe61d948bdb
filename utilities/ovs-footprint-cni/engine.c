/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "engine.h"

#include <sys/stat.h>

#include "lib/json-member.h"
#include "lib/ovs-compat.h"
#include "openvswitch/json.h"
#include "util.h"

/* Where containers/storage lists the containers, for each storage driver:
 * those that outlive a reboot, and the others. */
static const char *const lists[] = {
    "/var/lib/containers/storage/overlay-containers/containers.json",
    "/var/lib/containers/storage/overlay-containers/volatile-containers.json",
    "/var/lib/containers/storage/vfs-containers/containers.json",
    "/var/lib/containers/storage/vfs-containers/volatile-containers.json",
};

/* A list that is longer, in bytes, is not read, since that would delay the
 * container's start.  Each container takes about 1 kB. */
#define MAX_LIST (8 * 1024 * 1024)

/* Returns the image's name from the "metadata" of a container, which is text
 * that has JSON in it. */
static char *
get_image(const char *metadata)
{
    struct json *json = json_from_string(metadata);
    char *image = nullable_xstrdup(json_member_find_string(json,
                                                           "image-name"));

    json_destroy(json);
    return image;
}

static char *
find_in_list(const struct json *list, const char *container)
{
    for (size_t i = 0; list->type == JSON_ARRAY && i < json_array_size(list);
         i++) {
        const struct json *o = json_array_at(list, i);
        const char *id = json_member_find_string(o, "id");
        const char *metadata = json_member_find_string(o, "metadata");

        if (id && metadata && !strcmp(id, container)) {
            return get_image(metadata);
        }
    }
    return NULL;
}

char *
engine_find_image(const char *container)
{
    char *image = NULL;

    for (size_t i = 0; i < ARRAY_SIZE(lists) && !image; i++) {
        struct stat s;

        if (!stat(lists[i], &s) && S_ISREG(s.st_mode)
            && s.st_size <= MAX_LIST) {
            struct json *json = json_from_file(lists[i]);

            image = find_in_list(json, container);
            json_destroy(json);
        }
    }
    return image;
}
