/* SPDX-License-Identifier: Apache-2.0 */

#ifndef JSON_MEMBER_H
#define JSON_MEMBER_H 1

/* The members of a JSON object that somebody else wrote, so nothing about it
 * is assumed.  Pure. */

struct json;

/* Returns the member 'name' of 'object', or null if it has none, is no object,
 * or is null.  The object goes on owning what is returned. */
const struct json *json_member_find(const struct json *object,
                                    const char *name);

/* The same for a member that is a string: null if it is none. */
const char *json_member_find_string(const struct json *object,
                                    const char *name);

#endif /* json-member.h */
