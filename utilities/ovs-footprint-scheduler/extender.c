/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "extender.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "unicode.h"
#include "util.h"

/* The names that are of interest of a Pod's metadata.  The longest of the
 * others, managedFields, is often longer than all the rest of the Pod. */
static const char *const pod_keys[] = {
    "name", "namespace", "uid", "generateName", "labels", "annotations",
    "ownerReferences",
};

static bool
is_pod_key(const struct slice *key)
{
    for (size_t i = 0; i < ARRAY_SIZE(pod_keys); i++) {
        if (slice_equals(key, pod_keys[i])) {
            return true;
        }
    }
    return false;
}

/* Copies what is of interest of the metadata to 's'. */
static void
copy_metadata(struct json_scan *scan, struct ds *s)
{
    struct slice key, value;
    bool first = true;

    ds_put_cstr(s, "{\"metadata\":{");
    if (json_scan_open(scan, '{')) {
        while (json_scan_next_key(scan, &first, &key)
               && json_scan_skip(scan, &value)) {
            if (is_pod_key(&key)) {
                if (ds_last(s) != '{') {
                    ds_put_char(s, ',');
                }
                ds_put_format(s, "\"%.*s\":", (int) key.n, key.s);
                ds_put_buffer(s, value.s, value.n);
            }
        }
    }
    ds_put_cstr(s, "}}");
}

static void
parse_pod(struct json_scan *scan, struct extender_args *args)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    struct slice key;
    bool first = true;

    if (!json_scan_open(scan, '{')) {
        return;
    }
    while (json_scan_next_key(scan, &first, &key)) {
        if (slice_equals(&key, "metadata") && !s.length) {
            copy_metadata(scan, &s);
        } else {
            json_scan_skip(scan, NULL);
        }
    }
    if (!s.length) {
        json_scan_fail(scan, "the Pod has no metadata");
    }
    if (!scan->error && !args->pod) {
        args->pod = json_from_string(ds_cstr(&s));
        if (args->pod->type != JSON_OBJECT) {
            json_scan_fail(scan, "the Pod's metadata cannot be read");
        }
    }
    ds_destroy(&s);
}

static void
add_node(struct extender_args *args, const struct slice *name,
         const struct slice *object)
{
    if (args->n_nodes >= args->allocated_nodes) {
        args->nodes = x2nrealloc(args->nodes, &args->allocated_nodes,
                                 sizeof *args->nodes);
    }
    args->nodes[args->n_nodes++] = (struct extender_node) {
        .name = *name,
        .object = object ? *object : (struct slice) { NULL, 0 },
    };
}

/* Names end up in answers, which must be proper JSON. */
static bool
check_name(struct json_scan *scan, const struct slice *name)
{
    if (!name->n) {
        return json_scan_fail(scan, "a node has no name");
    }
    for (size_t i = 0; i < name->n; i++) {
        if (name->s[i] & 0x80) {
            return json_scan_fail(scan, "a node's name is not plain ASCII");
        }
    }
    return true;
}

static void
parse_names(struct json_scan *scan, struct extender_args *args)
{
    struct slice name;
    bool first = true;

    if (!json_scan_open(scan, '[')) {
        return;
    }
    while (json_scan_next_element(scan, &first)
           && json_scan_string(scan, &name) && check_name(scan, &name)) {
        add_node(args, &name, NULL);
    }
}

/* Finds the member 'wanted' of an object and has 'scan' stand at its value.
 * The object's rest is left. */
static bool
find_member(struct json_scan *scan, const char *wanted)
{
    struct slice key;
    bool first = true;

    if (json_scan_open(scan, '{')) {
        while (json_scan_next_key(scan, &first, &key)) {
            if (slice_equals(&key, wanted)) {
                return true;
            }
            json_scan_skip(scan, NULL);
        }
    }
    return false;
}

static void
parse_node(struct json_scan *scan, struct extender_args *args)
{
    struct slice object, name;
    struct json_scan node;

    if (!json_scan_skip(scan, &object)) {
        return;
    }
    json_scan_init(&node, object.s, object.n);
    if (!find_member(&node, "metadata") || !find_member(&node, "name")
        || !json_scan_string(&node, &name)) {
        json_scan_fail(scan, "a node has no name");
    } else if (check_name(scan, &name)) {
        add_node(args, &name, &object);
    }
}

static void
parse_nodes(struct json_scan *scan, struct extender_args *args)
{
    struct slice key;
    bool first = true;

    if (!json_scan_open(scan, '{')) {
        return;
    }
    while (json_scan_next_key(scan, &first, &key)) {
        bool first_item = true;

        if (!slice_equals(&key, "items")) {
            json_scan_skip(scan, NULL);
        } else if (!json_scan_null(scan) && json_scan_open(scan, '[')) {
            while (json_scan_next_element(scan, &first_item)) {
                parse_node(scan, args);
            }
        }
    }
}

static void
parse_args(struct json_scan *scan, struct extender_args *args)
{
    bool names = false, nodes = false, first = true;
    struct slice key;

    if (!json_scan_open(scan, '{')) {
        return;
    }
    while (json_scan_next_key(scan, &first, &key)) {
        if (slice_equals(&key, "Pod") && !args->pod) {
            parse_pod(scan, args);
        } else if (slice_equals(&key, "NodeNames") && !names && !nodes) {
            names = !json_scan_null(scan);
            if (names) {
                parse_names(scan, args);
            }
        } else if (slice_equals(&key, "Nodes") && !nodes) {
            nodes = !json_scan_null(scan);
            if (nodes) {
                /* Whoever sends both wants objects. */
                args->n_nodes = 0;
                parse_nodes(scan, args);
            }
        } else {
            json_scan_skip(scan, NULL);
        }
    }
    args->cached = !nodes;
    json_scan_at_end(scan);
    if (!args->pod) {
        json_scan_fail(scan, "there is no Pod");
    } else if (!names && !nodes) {
        json_scan_fail(scan, "there are neither NodeNames nor Nodes");
    }
}

char *
extender_args_parse(struct extender_args *args, const char *text, size_t n)
{
    struct json_scan scan;

    memset(args, 0, sizeof *args);
    json_scan_init(&scan, text, n);
    parse_args(&scan, args);
    if (scan.error) {
        return xasprintf("not what kube-scheduler sends to an extender: %s "
                         "(at byte %"PRIuSIZE" of %"PRIuSIZE")", scan.error,
                         (size_t) (scan.p - scan.start), n);
    }
    return NULL;
}

void
extender_args_destroy(struct extender_args *args)
{
    json_destroy(args->pod);
    free(args->nodes);
}

/* Answers. */

static void
put_slice(struct ds *s, const struct slice *slice)
{
    memcpy(ds_put_uninit(s, slice->n), slice->s, slice->n);
}

void
extender_put_scores(struct ds *s, const struct extender_args *args,
                    const int *scores)
{
    static const char *const ends[EXTENDER_MAX_SCORE + 1] = {
        "\",\"Score\":0}", "\",\"Score\":1}", "\",\"Score\":2}",
        "\",\"Score\":3}", "\",\"Score\":4}", "\",\"Score\":5}",
        "\",\"Score\":6}", "\",\"Score\":7}", "\",\"Score\":8}",
        "\",\"Score\":9}", "\",\"Score\":10}",
    };

    ds_reserve(s, s->length + args->n_nodes * 64);
    ds_put_char(s, '[');
    for (size_t i = 0; i < args->n_nodes; i++) {
        ovs_assert(scores[i] >= 0 && scores[i] <= EXTENDER_MAX_SCORE);
        ds_put_cstr(s, i ? ",{\"Host\":\"" : "{\"Host\":\"");
        put_slice(s, &args->nodes[i].name);
        ds_put_cstr(s, ends[scores[i]]);
    }
    ds_put_char(s, ']');
}

static void
put_accepted(struct ds *s, const struct extender_args *args,
             const char *const *reasons)
{
    bool first = true;

    ds_put_cstr(s, args->cached ? "{\"Nodes\":null,\"NodeNames\":["
                : "{\"Nodes\":{\"metadata\":{},\"items\":[");
    for (size_t i = 0; i < args->n_nodes; i++) {
        const struct extender_node *node = &args->nodes[i];

        if (reasons[i]) {
            continue;
        }
        if (!first) {
            ds_put_char(s, ',');
        }
        first = false;
        if (args->cached) {
            ds_put_char(s, '"');
            put_slice(s, &node->name);
            ds_put_char(s, '"');
        } else {
            put_slice(s, &node->object);
        }
    }
    ds_put_cstr(s, args->cached ? "]" : "]},\"NodeNames\":null");
}

void
extender_put_filtered(struct ds *s, const struct extender_args *args,
                      const char *const *reasons)
{
    bool first = true;

    put_accepted(s, args, reasons);
    ds_put_cstr(s, ",\"FailedNodes\":{");
    for (size_t i = 0; i < args->n_nodes; i++) {
        if (reasons[i]) {
            struct json *reason = json_string_create(reasons[i]);

            ds_put_cstr(s, first ? "\"" : ",\"");
            first = false;
            put_slice(s, &args->nodes[i].name);
            ds_put_cstr(s, "\":");
            json_to_ds(reason, 0, s);
            json_destroy(reason);
        }
    }
    ds_put_cstr(s, "},\"FailedAndUnresolvableNodes\":{},\"Error\":\"\"}");
}
