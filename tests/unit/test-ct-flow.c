/* SPDX-License-Identifier: Apache-2.0 */

/* Drives ct-flow.
 *
 *     show TUPLE                     formats it
 *     icmp TUPLE ID TYPE CODE        formats it with these
 *     compare TUPLE TUPLE            says in what they are equal
 *     proto NUMBER                   names the protocol */

#include <config.h>
#include "tests/unit/test-pure.h"

#include <stdio.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"

static void
print_tuple(const struct ct_tuple *tuple)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ct_tuple_format(tuple, &s);
    puts(ds_cstr(&s));
    ds_destroy(&s);
}

static void
compare(const struct ct_tuple *a, const struct ct_tuple *b)
{
    bool symmetric = ct_tuple_equals_symmetric(a, b);
    bool same_hash = ct_tuple_hash_symmetric(a) == ct_tuple_hash_symmetric(b);

    printf("%s%s\n", ct_tuple_equals(a, b) ? "same tuple"
           : symmetric ? "same conversation" : "different",
           symmetric == same_hash ? "" : ", but the hashes disagree");
}

static bool
run(const char *command, struct words *words)
{
    struct ct_tuple a, b;

    if (!strcmp(command, "show")) {
        words_take_tuple(words, &a);
        print_tuple(&a);
    } else if (!strcmp(command, "icmp")) {
        words_take_tuple(words, &a);
        a.icmp_id = words_take_number(words);
        a.icmp_type = words_take_number(words);
        a.icmp_code = words_take_number(words);
        print_tuple(&a);
    } else if (!strcmp(command, "compare")) {
        words_take_tuple(words, &a);
        words_take_tuple(words, &b);
        compare(&a, &b);
    } else if (!strcmp(command, "proto")) {
        puts(ct_proto_name(words_take_number(words)));
    } else {
        return false;
    }
    return true;
}

const struct driver test_ct_flow = { "ct-flow", run, NULL };
