/* SPDX-License-Identifier: Apache-2.0 */

/* Drives extender: a text that kube-scheduler might have sent.
 *
 *     prioritize TEXT        the answer, with the scores 10, 9, ... in turn
 *     filter TEXT            the answer, with each second node refused
 *     pod TEXT               what is kept of the Pod
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

static void
replace(char *s, char from, char to)
{
    while ((s = strchr(s, from)) != NULL) {
        *s++ = to;
    }
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
        json_to_ds(args->pod, JSSF_SORT, &s);
    } else {
        extender_put_scores(&s, args, scores);
    }
    json_destroy(json_from_string(ds_cstr(&s)));
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
    char *error = extender_args_parse(&args, text, strlen(text));

    if (error) {
        puts(error);
        free(error);
    } else {
        put_answer(command, &args);
    }
    extender_args_destroy(&args);
}

static bool
run(const char *command, struct words *words)
{
    if (!strcmp(command, "deep")) {
        struct ds s = DS_EMPTY_INITIALIZER;
        int n = words_take_number(words);

        ds_put_cstr(&s, "{\"Pod\":{\"metadata\":{\"labels\":");
        ds_put_char_multiple(&s, '[', n);
        ds_put_char_multiple(&s, ']', n);
        ds_put_cstr(&s, "}},\"NodeNames\":[]}");
        ask("prioritize", ds_cstr(&s));
        ds_destroy(&s);
    } else if (!strcmp(command, "prioritize") || !strcmp(command, "filter")
               || !strcmp(command, "pod")) {
        replace(words->rest, '<', '[');
        replace(words->rest, '>', ']');
        ask(command, words->rest);
        words->rest += strlen(words->rest);
    } else {
        return false;
    }
    return true;
}

const struct driver test_extender = { "extender", run, NULL };
