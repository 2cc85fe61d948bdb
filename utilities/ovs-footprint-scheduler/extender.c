/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "extender.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "known-names.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "ovsdb/footprint-keys.h"
#include "unicode.h"
#include "util.h"

/* What a pod may say outright: "heavy", "light", "mixed" or "unknown". */
#define CLASS_ANNOTATION "footprint-class"

/* Takes the next value, whatever it is.  Stores it in '*textp', without its
 * escapes, if that is a string; of several with one key, the last one counts,
 * as it does in Go.  The caller frees '*textp'. */
static void
take_text(struct json_scan *scan, char **textp)
{
    struct slice value;
    char *text;

    free(*textp);
    *textp = NULL;
    if (json_scan_peek(scan) != '"') {
        json_scan_skip(scan, NULL);
    } else if (json_scan_string(scan, &value)) {
        if (!json_string_unescape(value.s, value.n, &text)) {
            json_scan_fail(scan, "a string of the Pod's metadata cannot be "
                           "read");
            free(text);
            return;
        }
        *textp = text;
        text = utf8_validate(text, NULL);
        if (text) {
            json_scan_fail(scan, "a string of the Pod's metadata is not "
                           "UTF-8");
            free(text);
        }
    }
}

/* Is 'key' exactly 's'?  Other than the names of fields, those of labels and
 * annotations are the user's. */
static bool
is_exactly(const struct slice *key, const char *s)
{
    return key->n == strlen(s) && !memcmp(key->s, s, key->n);
}

/* Takes labels or annotations, of which the one called 'name' goes to
 * '*textp', and if there may be one called 'other', that to '*otherp'. */
static void
parse_map(struct json_scan *scan, const char *name, char **textp,
          const char *other, char **otherp)
{
    struct slice key;
    bool first = true;

    if (json_scan_peek(scan) != '{') {
        json_scan_skip(scan, NULL);
        return;
    }
    json_scan_open(scan, '{');
    while (json_scan_next_key(scan, &first, &key)) {
        if (is_exactly(&key, name)) {
            take_text(scan, textp);
        } else if (other && is_exactly(&key, other)) {
            take_text(scan, otherp);
        } else {
            json_scan_skip(scan, NULL);
        }
    }
}

static void
parse_metadata(struct json_scan *scan, struct extender_pod *pod)
{
    struct slice key;
    bool first = true;

    if (!json_scan_open(scan, '{')) {
        return;
    }
    while (json_scan_next_key(scan, &first, &key)) {
        if (slice_equals(&key, "name")) {
            take_text(scan, &pod->name);
        } else if (slice_equals(&key, "namespace")) {
            take_text(scan, &pod->namespace);
        } else if (slice_equals(&key, "generateName")) {
            take_text(scan, &pod->generate_name);
        } else if (slice_equals(&key, "labels")) {
            parse_map(scan, FP_CFG_WORKLOAD, &pod->workload_label, NULL, NULL);
        } else if (slice_equals(&key, "annotations")) {
            parse_map(scan, FP_CFG_WORKLOAD, &pod->workload,
                      CLASS_ANNOTATION, &pod->class);
        } else {
            json_scan_skip(scan, NULL);
        }
    }
}

static void
parse_pod(struct json_scan *scan, struct extender_pod *pod)
{
    bool first = true, found = false;
    struct slice key;

    if (!json_scan_open(scan, '{')) {
        return;
    }
    while (json_scan_next_key(scan, &first, &key)) {
        if (slice_equals(&key, "metadata") && !found) {
            found = true;
            parse_metadata(scan, pod);
        } else {
            json_scan_skip(scan, NULL);
        }
    }
    if (!found) {
        json_scan_fail(scan, "the Pod has no metadata");
    }
}

static void
add_node(struct extender_args *args, const struct slice *name,
         const struct slice *object, struct known_name *known)
{
    if (args->n_nodes >= args->allocated_nodes) {
        args->nodes = x2nrealloc(args->nodes, &args->allocated_nodes,
                                 sizeof *args->nodes);
    }
    args->nodes[args->n_nodes++] = (struct extender_node) {
        .name = *name,
        .object = object ? *object : (struct slice) { NULL, 0 },
        .known = known,
    };
}

/* Returns who has 'name', which follows the last node that was added. */
static struct known_name *
find_next(const struct extender_args *args, const struct slice *name)
{
    struct known_name *previous = (args->n_nodes
                                   ? args->nodes[args->n_nodes - 1].known
                                   : NULL);

    return (args->names
            ? known_names_find_next(args->names, previous, name) : NULL);
}

static bool
is_ascii(const struct slice *slice)
{
    uint64_t all = 0;
    size_t i;

    for (i = 0; i + 8 <= slice->n; i += 8) {
        uint64_t x;

        memcpy(&x, slice->s + i, sizeof x);
        all |= x;
    }
    for (; i < slice->n; i++) {
        all |= (unsigned char) slice->s[i];
    }
    return !(all & UINT64_C(0x8080808080808080));
}

/* Names end up in answers, which must be proper JSON. */
static bool
check_name(struct json_scan *scan, const struct slice *name)
{
    if (!name->n) {
        return json_scan_fail(scan, "a node has no name");
    }
    if (!is_ascii(name)) {
        return json_scan_fail(scan, "a node's name is not plain ASCII");
    }
    return true;
}

/* Makes room for as many names as there will be if all are as long as the
 * first one, but not for more than there are nodes: what a question may ask
 * for is not what it has. */
static void
expect_names(const struct json_scan *scan, struct extender_args *args,
             const struct slice *first)
{
    if (!args->nodes) {
        size_t separators = strlen("\"\",");
        size_t fit = (scan->end - scan->p) / (first->n + separators);
        size_t known = args->names ? hmap_count(&args->names->names) : 0;

        args->allocated_nodes = MIN(fit, known) + 1;
        args->nodes = xmalloc(args->allocated_nodes * sizeof *args->nodes);
    }
}

/* Takes names as long as they follow each other as they did the last time. */
static void
take_guessed_names(struct json_scan *scan, struct extender_args *args)
{
    struct known_name *known = args->nodes[args->n_nodes - 1].known;

    while (args->n_nodes < args->allocated_nodes
           && (known = known_names_guess_next(args->names, known)) != NULL
           && json_scan_take_next(scan, known->quoted,
                                  known_name_get_quoted_length(known))) {
        args->nodes[args->n_nodes++] = (struct extender_node) {
            .name = { scan->p - known->length - 1, known->length },
            .known = known,
        };
    }
}

static void
parse_names(struct json_scan *scan, struct extender_args *args)
{
    struct slice name;
    bool first = true;

    if (!json_scan_open(scan, '[')) {
        return;
    }
    while (json_scan_next_string(scan, &first, &name)
           && check_name(scan, &name)) {
        expect_names(scan, args, &name);
        do {
            add_node(args, &name, NULL, find_next(args, &name));
            if (args->names) {
                take_guessed_names(scan, args);
            }
        } while (json_scan_next_plain_string(scan, &name));
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
        add_node(args, &name, &object, find_next(args, &name));
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
    bool pod = false, names = false, nodes = false, first = true;
    struct slice key;

    if (!json_scan_open(scan, '{')) {
        return;
    }
    while (json_scan_next_key(scan, &first, &key)) {
        if (slice_equals(&key, "Pod") && !pod) {
            pod = true;
            parse_pod(scan, &args->pod);
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
    if (!pod) {
        json_scan_fail(scan, "there is no Pod");
    } else if (!names && !nodes) {
        json_scan_fail(scan, "there are neither NodeNames nor Nodes");
    }
}

char *
extender_args_parse(struct extender_args *args, const char *text, size_t n,
                    struct known_names *names)
{
    struct json_scan scan;

    memset(args, 0, sizeof *args);
    args->names = names;
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
    free(args->pod.namespace);
    free(args->pod.name);
    free(args->pod.generate_name);
    free(args->pod.class);
    free(args->pod.workload);
    free(args->pod.workload_label);
    free(args->nodes);
}

/* Answers. */

static void
put_slice(struct ds *s, const struct slice *slice)
{
    memcpy(ds_put_uninit(s, slice->n), slice->s, slice->n);
}

/* What stands before a node's name, and between that and the score. */
static const char score_head[] = "{\"Host\":\"";
static const char score_middle[] = "\",\"Score\":";
#define HEAD_LENGTH (sizeof score_head - 1)
#define MIDDLE_LENGTH (sizeof score_middle - 1)

/* More than any answer has bytes. */
static size_t
get_max_length(const struct extender_args *args)
{
    size_t sum = 2;

    for (size_t i = 0; i < args->n_nodes; i++) {
        sum += (HEAD_LENGTH + args->nodes[i].name.n + MIDDLE_LENGTH
                + strlen("10},"));
    }
    return sum;
}

static char *
put_score(char *p, const struct slice *name, int score)
{
    memcpy(p, score_head, HEAD_LENGTH);
    p += HEAD_LENGTH;
    memcpy(p, name->s, name->n);
    p += name->n;
    memcpy(p, score_middle, MIDDLE_LENGTH);
    p += MIDDLE_LENGTH;
    if (score == EXTENDER_MAX_SCORE) {
        *p++ = '1';
        score = 0;
    }
    *p++ = '0' + score;
    *p++ = '}';
    *p++ = ',';
    return p;
}

/* Written past the dynamic string's functions, which took a third of the time
 * that an answer takes. */
void
extender_put_scores(struct ds *s, const struct extender_args *args,
                    const int *scores)
{
    char *start, *p;

    ds_reserve(s, s->length + get_max_length(args));
    start = p = &s->string[s->length];
    *p++ = '[';
    for (size_t i = 0; i < args->n_nodes; i++) {
        ovs_assert(scores[i] >= 0 && scores[i] <= EXTENDER_MAX_SCORE);
        p = put_score(p, &args->nodes[i].name, scores[i]);
    }
    /* There is no comma after the last one. */
    p -= args->n_nodes > 0;
    *p++ = ']';
    *p = '\0';
    s->length += p - start;
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
