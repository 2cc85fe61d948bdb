/* SPDX-License-Identifier: Apache-2.0 */

/* Drives workload.
 *
 *     interface [KEY=VALUE|...]      the workload of a container with these
 *                                    external_ids of its Interface
 *     pod JSON                       the workload of a Pod: what the scheduler
 *                                    shim says, having read it, and if that is
 *                                    something else, what the node says
 *     replicas NAMESPACE NAME...     the workloads of these pods, each once
 *     make CONTROLLER LENGTH N       how many different workloads N pods have,
 *                                    of a controller whose name has LENGTH
 *                                    letters, named as Kubernetes does
 *     long N                         of a name with N characters, said
 *                                    outright
 *     check KEY                      may it be one? */

#include <config.h>
#include "lib/workload.h"
#include "tests/unit/test-pure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/identity.h"
#include "openvswitch/dynamic-string.h"
#include "random.h"
#include "sset.h"
#include "util.h"
#include "utilities/ovs-footprint-scheduler/extender.h"

static void
print_workload(const struct workload *w)
{
    printf("  %s\n", w->key ? w->key : w->why);
}

/* The workload as the node finds it. */
static void
from_external_ids(struct workload *w, const struct smap *ids)
{
    static const struct smap none = SMAP_INITIALIZER(&none);
    struct identity id;

    identity_init(&id, ids, &none);
    workload_from_identity(w, &id);
    identity_destroy(&id);
}

static void
run_interface(struct words *words)
{
    struct smap ids;
    struct workload w;

    words_take_smap(words, &ids);
    from_external_ids(&w, &ids);
    print_workload(&w);
    workload_destroy(&w);
    smap_destroy(&ids);
}

/* Finds the workload of a pod that Antrea has connected. */
static void
from_node(struct workload *w, const char *namespace, const char *name)
{
    struct smap ids = SMAP_INITIALIZER(&ids);

    smap_add(&ids, "pod-namespace", namespace);
    smap_add(&ids, "pod-name", name);
    from_external_ids(w, &ids);
    smap_destroy(&ids);
}

/* Returns what the scheduler shim makes of 'pod'. */
static struct workload_pod
get_pod(const struct extender_pod *pod)
{
    return (struct workload_pod) {
        .namespace = pod->namespace,
        .name = pod->name,
        .generate_name = pod->generate_name,
        .annotation = pod->workload,
        .label = pod->workload_label,
    };
}

static void
compare_with_node(const struct workload *w, const struct workload_pod *pod)
{
    struct workload node;

    from_node(&node, pod->namespace ? pod->namespace : "default", pod->name);
    if (strcmp(w->key, node.key ? node.key : "")) {
        printf("but the node says\n");
        print_workload(&node);
    }
    workload_destroy(&node);
}

static void
run_pod(struct words *words)
{
    char *text = xasprintf("{\"Pod\":%s,\"NodeNames\":[]}", words->rest);
    struct extender_args args;
    char *error = extender_args_parse(&args, text, strlen(text), NULL);

    words->rest = strchr(words->rest, '\0');
    if (error) {
        printf("  %s\n", error);
        free(error);
    } else {
        struct workload_pod pod = get_pod(&args.pod);
        struct workload w;

        workload_from_pod(&w, &pod);
        print_workload(&w);
        if (w.key && w.kind != WORKLOAD_SAID && pod.name) {
            compare_with_node(&w, &pod);
        }
        workload_destroy(&w);
    }
    extender_args_destroy(&args);
    free(text);
}

static void
run_replicas(struct words *words)
{
    const char *namespace = words_take(words);
    struct sset keys = SSET_INITIALIZER(&keys);

    do {
        struct workload w;

        from_node(&w, namespace, words_take(words));
        if (sset_add(&keys, w.key ? w.key : w.why)) {
            print_workload(&w);
        }
        workload_destroy(&w);
    } while (words_are_left(words));
    sset_destroy(&keys);
}

/* Appends 'n' random letters, as the API server does. */
static void
put_random(struct ds *s, size_t n)
{
    static const char alphabet[] = "bcdfghjklmnpqrstvwxz2456789";

    while (n--) {
        ds_put_char(s, alphabet[random_range(sizeof alphabet - 1)]);
    }
}

/* Appends the hash of a pod template: each decimal digit of 32 bits is mapped
 * to a letter by its character code. */
static void
put_hash(struct ds *s)
{
    static const char alphabet[] = "bcdfghjklmnpqrstvwxz2456789";
    char *number = xasprintf("%"PRIu32, random_uint32());

    for (const char *p = number; *p; p++) {
        ds_put_char(s, alphabet[*p % (sizeof alphabet - 1)]);
    }
    free(number);
}

/* Appends what is between the controller's name and the random suffix. */
static void
put_middle(struct ds *name, const char *controller, int i)
{
    if (!strcmp(controller, "Deployment")) {
        ds_put_char(name, '-');
        put_hash(name);
    } else if (!strcmp(controller, "CronJob")) {
        ds_put_format(name, "-%d", 28000000 + i * 60);
    } else if (!strcmp(controller, "IndexedJob")) {
        struct ds index = DS_EMPTY_INITIALIZER;

        ds_put_format(&index, "-%d-", i);
        ds_truncate(name, MIN(name->length, 58 - index.length));
        ds_put_format(name, "-%d", i);
        ds_destroy(&index);
    }
}

static void
run_make(struct words *words)
{
    char *controller = xstrdup(words_take(words));
    int length = words_take_number(words);
    int n = words_take_number(words);
    struct sset keys = SSET_INITIALIZER(&keys);

    random_set_seed(1);
    for (int i = 0; i < n; i++) {
        struct ds name = DS_EMPTY_INITIALIZER;
        struct workload w;

        ds_put_char_multiple(&name, 'm', length - 3);
        ds_put_cstr(&name, "-up");
        put_middle(&name, controller, i);
        ds_put_char(&name, '-');
        ds_truncate(&name, 58);
        put_random(&name, 5);
        from_node(&w, "prod", ds_cstr(&name));
        sset_add(&keys, w.key);
        workload_destroy(&w);
        ds_destroy(&name);
    }
    printf("  %"PRIuSIZE"\n", sset_count(&keys));
    sset_destroy(&keys);
    free(controller);
}

static void
check(const char *key)
{
    char *why = workload_check_key(key);

    printf("  %s\n", why ? why : "yes");
    free(why);
}

static void
run_long(struct words *words)
{
    size_t n = words_take_number(words);
    char *name = xmalloc(n + 1);

    memset(name, 'x', n);
    name[n] = '\0';
    check(name);
    free(name);
}

static bool
run(const char *command, struct words *words)
{
    if (!strcmp(command, "interface")) {
        run_interface(words);
    } else if (!strcmp(command, "pod")) {
        run_pod(words);
    } else if (!strcmp(command, "replicas")) {
        run_replicas(words);
    } else if (!strcmp(command, "make")) {
        run_make(words);
    } else if (!strcmp(command, "long")) {
        run_long(words);
    } else if (!strcmp(command, "check")) {
        check(words->rest);
        words->rest = strchr(words->rest, '\0');
    } else {
        return false;
    }
    return true;
}

const struct driver test_workload = { "workload", run, NULL };
