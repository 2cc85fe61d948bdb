/* SPDX-License-Identifier: Apache-2.0 */

#ifndef OVS_COMPAT_H
#define OVS_COMPAT_H 1

/* What differs between the versions of Open vSwitch that we build with, 3.1 to
 * 4.0, under one name each.  m4/footprint.m4 finds out which it is. */

#include <stdbool.h>
#include <stddef.h>

#include "daemon.h"
#include "openvswitch/json.h"
#include "unixctl.h"
#include "util.h"

/* Open vSwitch 4.0 has these instead of json_array(). */
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

/* Open vSwitch 4.0 renamed it. */
#ifndef HAVE_OVS_IGNORE
static inline void
ovs_ignore(bool x)
{
    ignore(x);
}
#endif

/* daemonize_start() without access to hardware ports: Open vSwitch 3.2 gave it
 * a second argument for that. */
static inline void
ovs_compat_daemonize_start(bool access_datapath)
{
#if DAEMONIZE_START_ARGS == 2
    daemonize_start(access_datapath, false);
#else
    daemonize_start(access_datapath);
#endif
}

/* Did "ovs-appctl --format=json" (Open vSwitch 3.4 and later) send the command
 * of 'conn'? */
static inline bool
ovs_compat_wants_json(struct unixctl_conn *conn OVS_UNUSED)
{
#ifdef HAVE_UNIXCTL_OUTPUT_FMT
    return unixctl_command_get_output_format(conn) == UNIXCTL_OUTPUT_FMT_JSON;
#else
    return false;
#endif
}

/* Answers with 'json', of which it takes ownership.  Only to be called if
 * ovs_compat_wants_json() returns true. */
static inline void
ovs_compat_reply_json(struct unixctl_conn *conn OVS_UNUSED, struct json *json)
{
#ifdef HAVE_UNIXCTL_OUTPUT_FMT
    unixctl_command_reply_json(conn, json);
#else
    json_destroy(json);
    OVS_NOT_REACHED();
#endif
}

#endif /* ovs-compat.h */
