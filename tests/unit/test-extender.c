/* SPDX-License-Identifier: Apache-2.0 */

/* Drives extender: a text that kube-scheduler might have sent.
 *
 *     prioritize TEXT        the answer, with the scores 10, 9, ... in turn
 *     filter TEXT            the answer, with each second node refused
 *     pod TEXT               what is kept of the Pod
 *     names TEXT             the nodes' names, those which are known in
 *                            parentheses
 *     know NAME...           names that are known from now on
 *     forget NAME
 *     latin-1                as "pod", with a name that is not UTF-8
 *     deep N                 prioritize with an array nested N deep
 *
 * "<" and ">" stand for brackets, which Autotest would take for its own. */

#include <config.h>
#include "utilities/ovs-footprint-scheduler/extender.h"
#include "tests/unit/test-pure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"
#include "utilities/ovs-footprint-scheduler/known-names.h"

static struct known_names names;
static bool initialized;

static void
replace(char *s, char from, char to)
{
    while ((s = strchr(s, from)) != NULL) {
        *s++ = to;
    }
}

static void
put_text(struct ds *s, const char *name, const char *text)
{
    if (text) {
        ds_put_format(s, "%s%s=\"%s\"", s->length ? " " : "", name, text);
    }
}

static void
put_pod(struct ds *s, const struct extender_pod *pod)
{
    put_text(s, "namespace", pod->namespace);
    put_text(s, "name", pod->name);
    put_text(s, "generateName", pod->generate_name);
    put_text(s, "class", pod->class);
    put_text(s, "workload", pod->workload);
    put_text(s, "label", pod->workload_label);
}

static void
put_names(struct ds *s, const struct extender_args *args)
{
    for (size_t i = 0; i < args->n_nodes; i++) {
        const struct extender_node *node = &args->nodes[i];

        ovs_assert(!node->known
                   || (node->known->length == node->name.n
                       && !memcmp(node->known->name, node->name.s,
                                  node->name.n)));
        ds_put_format(s, node->known ? "%s(%.*s)" : "%s%.*s", i ? " " : "",
                      (int) node->name.n, node->name.s);
    }
}

static void
check_json(struct ds *s)
{
    struct json *json = json_from_string(ds_cstr(s));

    ovs_assert(json->type != JSON_STRING);
    json_destroy(json);
}

static void
put_answer(const char *command, const struct extender_args *args)
{
    int *scores = xmalloc(args->n_nodes * sizeof *scores);
    const char **reasons = xmalloc(args->n_nodes * sizeof *reasons);
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < args->n_nodes; i++) {
        scores[i] = 10 - i % 11;
        reasons[i] = i % 2 ? "no \"room\"" : NULL;
    }
    if (!strcmp(command, "filter")) {
        extender_put_filtered(&s, args, reasons);
    } else if (!strcmp(command, "pod")) {
        put_pod(&s, &args->pod);
    } else if (!strcmp(command, "names")) {
        put_names(&s, args);
    } else {
        extender_put_scores(&s, args, scores);
    }
    if (!strcmp(command, "prioritize") || !strcmp(command, "filter")) {
        check_json(&s);
    }
    replace(ds_cstr(&s), '[', '<');
    replace(ds_cstr(&s), ']', '>');
    puts(ds_cstr(&s));
    ds_destroy(&s);
    free(scores);
    free(reasons);
}

static void
ask(const char *command, const char *text)
{
    struct extender_args args;
    char *error = extender_args_parse(&args, text, strlen(text), &names);

    if (error) {
        puts(error);
        free(error);
    } else {
        put_answer(command, &args);
    }
    extender_args_destroy(&args);
}

static void
add_known(struct words *words)
{
    while (words_are_left(words)) {
        known_names_add(&names, xzalloc(sizeof(struct known_name)),
                        words_take(words));
    }
}

static void
remove_known(struct words *words)
{
    const char *name = words_take(words);
    struct known_name *known = known_names_find(&names, name, strlen(name));

    known_names_remove(&names, known);
    free(known);
}

static void
finish(void)
{
    struct known_name *known;

    HMAP_FOR_EACH_SAFE (known, hmap_node, &names.names) {
        known_names_remove(&names, known);
        free(known);
    }
    known_names_destroy(&names);
}

static bool
run(const char *command, struct words *words)
{
    if (!initialized) {
        known_names_init(&names);
        initialized = true;
    }
    if (!strcmp(command, "know")) {
        add_known(words);
    } else if (!strcmp(command, "forget")) {
        remove_known(words);
    } else if (!strcmp(command, "deep")) {
        struct ds s = DS_EMPTY_INITIALIZER;
        int n = words_take_number(words);

        ds_put_cstr(&s, "{\"Pod\":{\"metadata\":{\"labels\":");
        ds_put_char_multiple(&s, '[', n);
        ds_put_char_multiple(&s, ']', n);
        ds_put_cstr(&s, "}},\"NodeNames\":[]}");
        ask("prioritize", ds_cstr(&s));
        ds_destroy(&s);
    } else if (!strcmp(command, "latin-1")) {
        ask("pod", "{\"Pod\":{\"metadata\":{\"name\":\"a\xe4\"}},"
            "\"NodeNames\":[]}");
    } else if (!strcmp(command, "prioritize") || !strcmp(command, "filter")
               || !strcmp(command, "pod") || !strcmp(command, "names")) {
        replace(words->rest, '<', '[');
        replace(words->rest, '>', ']');
        ask(command, words->rest);
        words->rest += strlen(words->rest);
    } else {
        return false;
    }
    return true;
}

const struct driver test_extender = { "extender", run, finish };
