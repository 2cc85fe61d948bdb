/* SPDX-License-Identifier: Apache-2.0 */

/* Drives a passage.
 *
 *     threshold RATE                 forgets everything
 *     look NOW N FLOWS WIRE          N elephants have counted FLOWS bytes, and
 *                                    the interface has moved WIRE; says what
 *                                    comes of it */

#include <config.h>
#include "evidence/passage.h"
#include "tests/unit/test-pure.h"

#include <stdio.h>
#include <string.h>

#include "detector/threshold.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

static struct passage passage;
static struct elephant_threshold threshold;

static void
look(struct words *words)
{
    long long int now = words_take_number(words);
    struct passage_view v = { .n_elephants = words_take_number(words) };
    struct ds s = DS_EMPTY_INITIALIZER;
    bool changed;

    v.flows = words_take_number(words);
    v.wire = words_take_number(words);
    changed = passage_update(&passage, &v, &threshold, now);
    if (passage.denied) {
        passage_format(&passage, &s);
        ds_truncate(&s, strcspn(ds_cstr(&s), ":"));
    }
    printf("%s%s\n", changed ? "changed: " : "",
           passage.denied ? ds_cstr(&s) : "they are its");
    ds_destroy(&s);
}

static bool
run(const char *command, struct words *words)
{
    if (!strcmp(command, "threshold")) {
        passage = (struct passage) { .denied = false };
        threshold.rate = words_take_number(words);
    } else if (!strcmp(command, "look")) {
        look(words);
    } else {
        return false;
    }
    return true;
}

const struct driver test_passage = { "passage", run, NULL };
