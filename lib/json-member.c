/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "lib/json-member.h"

#include "openvswitch/json.h"
#include "openvswitch/shash.h"

const struct json *
json_member_find(const struct json *object, const char *name)
{
    return (object && object->type == JSON_OBJECT
            ? shash_find_data(json_object(object), name) : NULL);
}

const char *
json_member_find_string(const struct json *object, const char *name)
{
    const struct json *member = json_member_find(object, name);

    return member && member->type == JSON_STRING ? json_string(member) : NULL;
}
