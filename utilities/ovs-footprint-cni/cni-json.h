/* SPDX-License-Identifier: Apache-2.0 */

#ifndef CNI_JSON_H
#define CNI_JSON_H 1

/* Arrays of Open vSwitch's JSON library, as its version 4.0 accesses them. */

#include "openvswitch/json.h"

#ifndef HAVE_JSON_ARRAY_AT
static inline size_t
json_array_size(const struct json *array)
{
    return json_array(array)->n;
}

static inline const struct json *
json_array_at(const struct json *array, size_t i)
{
    return json_array(array)->elems[i];
}
#endif

#endif /* cni-json.h */
