/* SPDX-License-Identifier: Apache-2.0 */

/* Sources of the rules: Kubernetes' staging/src/k8s.io/apimachinery/pkg/util/
 * rand/rand.go (SafeEncodeString), staging/src/k8s.io/apiserver/pkg/storage/
 * names/generate.go, pkg/controller/job/indexed_job_utils.go
 * (podGenerateNameWithIndex) and pkg/controller/cronjob/utils.go (getJobName);
 * Argo Workflows' workflow/util/pod_name.go. */

#include <config.h>
#include "lib/workload.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/identity.h"
#include "ovsdb/footprint-keys.h"
#include "unicode.h"
#include "util.h"

/* The characters of a suffix that the API server generates. */
static const char random_alphabet[] = "bcdfghjklmnpqrstvwxz2456789";

/* Those of them that stand for the ten decimal digits in a hash. */
static const char hash_alphabet[] = "456789bcdf";
static const char digits[] = "0123456789";
static const char hex_digits[] = "0123456789abcdef";

enum {
    RANDOM_LEN = 5,
    GENERATED_MAX = 63,         /* No generated name is longer. */
    PREFIX_MAX = GENERATED_MAX - RANDOM_LEN, /* Without its suffix. */
    JOB_MAX = 50,               /* What is always left of an Indexed Job's
                                 * name, however long the index is. */
    INDEX_MAX = 6,              /* Digits; more are a time or a hash. */
    HASH_MIN = 6,               /* Characters. */
    HASH_MAX = 10,              /* Likewise: 2**32 has 10 digits. */
};

static const char *
kind_to_string(enum workload_kind kind)
{
    switch (kind) {
    case WORKLOAD_NONE: return "none";
    case WORKLOAD_SAID: return "said";
    case WORKLOAD_DEPLOYMENT: return "deployment";
    case WORKLOAD_STATEFULSET: return "statefulset";
    case WORKLOAD_CRONJOB: return "cronjob";
    case WORKLOAD_JOB: return "job";
    case WORKLOAD_GENERATED: return "generated";
    case WORKLOAD_WORKFLOW: return "workflow";
    case WORKLOAD_POD: return "pod";
    case WORKLOAD_CUT: return "cut";
    case WORKLOAD_VM: return "vm";
    case WORKLOAD_IMAGE: return "image";
    default: OVS_NOT_REACHED();
    }
}

/* Does 's' consist of 'min' to 'max' characters, all from 'alphabet'? */
static bool
is_made_of(const char *s, const char *alphabet, size_t min, size_t max)
{
    size_t len = strlen(s);

    return len >= min && len <= max && strspn(s, alphabet) == len;
}

static size_t
count_digits(const char *s)
{
    size_t n = 0;

    for (; *s; s++) {
        n += isdigit((unsigned char) *s) != 0;
    }
    return n;
}

static bool
is_random(const char *s)
{
    return is_made_of(s, random_alphabet, RANDOM_LEN, RANDOM_LEN);
}

static bool
is_index(const char *s)
{
    return is_made_of(s, digits, 1, INDEX_MAX);
}

static bool
is_number(const char *s)
{
    return is_made_of(s, digits, INDEX_MAX + 1, SIZE_MAX);
}

/* A number is taken for a hash if it is longer than an index and has only
 * digits of hash_alphabet: until 2046, a time, in minutes, begins with 1, 2 or
 * 3.  The hashes of tools other than Kubernetes have other letters, too. */
static bool
is_hash(const char *s)
{
    size_t n_digits = count_digits(s);
    size_t min = n_digits == strlen(s) ? INDEX_MAX + 1 : HASH_MIN;

    return (is_made_of(s, hash_alphabet, min, HASH_MAX)
            || (n_digits >= 2 && n_digits < strlen(s)
                && is_made_of(s, random_alphabet, 8, HASH_MAX)));
}

/* Returns what follows the last "-" of 'name', or null if that, or what
 * precedes the "-", is empty. */
static char *
last_segment(char *name)
{
    char *dash = strrchr(name, '-');

    return dash && dash > name && dash[1] ? dash + 1 : NULL;
}

/* Removes the last segment of 'name' with its dash, if 'is_such' returns true
 * for it.  Returns false if it does not. */
static bool
strip(char *name, bool (*is_such)(const char *))
{
    char *segment = last_segment(name);

    if (!segment || !is_such(segment)) {
        return false;
    }
    segment[-1] = '\0';
    return true;
}

static void
strip_dash(char *name)
{
    size_t len = strlen(name);

    if (len > 1 && name[len - 1] == '-') {
        name[len - 1] = '\0';
    }
}

/* Makes SERVICE of Knative's "SERVICE-00001-deployment". */
static void
strip_knative(char *name)
{
    char *segment = last_segment(name);
    char *revision;

    if (segment && !strcmp(segment, "deployment")) {
        segment[-1] = '\0';
        revision = last_segment(name);
        if (revision && is_made_of(revision, digits, 5, 5)) {
            revision[-1] = '\0';
        } else {
            segment[-1] = '-';
        }
    }
}

/* Removes from 'name', that of an Indexed Job, its time, if it has one.  How
 * much of a long name is left depends on the index, so it is cut to the length
 * that is always left. */
static enum workload_kind
strip_job(char *name)
{
    enum workload_kind kind = (strip(name, is_number) ? WORKLOAD_CRONJOB
                               : WORKLOAD_JOB);

    if (strlen(name) > JOB_MAX) {
        name[JOB_MAX] = '\0';
        strip_dash(name);
    }
    return kind;
}

/* Removes from 'name', that of a pod without its random suffix and the dash
 * before it, what its controller added. */
static enum workload_kind
strip_controller(char *name)
{
    if (strip(name, is_hash)) {
        strip_knative(name);
        return WORKLOAD_DEPLOYMENT;
    } else if (strip(name, is_number)) {
        return WORKLOAD_CRONJOB;
    } else if (strip(name, is_index)) {
        return strip_job(name);
    }
    return WORKLOAD_GENERATED;
}

static bool
is_part_of_hash(const char *s)
{
    return is_made_of(s, hash_alphabet, 1, HASH_MAX) || is_index(s);
}

/* Like strip_controller(), for a long 'name' that was cut to make room for the
 * random suffix, perhaps in the middle of a hash or a time. */
static enum workload_kind
strip_cut(char *name)
{
    bool whole = name[strlen(name) - 1] == '-';

    strip_dash(name);
    if (!whole && strip(name, is_part_of_hash)) {
        /* A part of HASH_MIN characters or more is known to be a hash's. */
        char *part = name + strlen(name) + 1;

        return is_hash(part) ? WORKLOAD_DEPLOYMENT : WORKLOAD_CUT;
    }
    enum workload_kind kind = strip_controller(name);
    if (kind == WORKLOAD_GENERATED) {
        strip(name, is_part_of_hash);
        return WORKLOAD_CUT;
    }
    return kind;
}

/* Only a number without leading zeros is an ordinal. */
static bool
is_ordinal(const char *s)
{
    return is_index(s) && (s[0] != '0' || !s[1]);
}

/* Removes from 'name', that of a pod, what differs among the pods of a
 * workload. */
static enum workload_kind
strip_pod(char *name)
{
    size_t len = strlen(name);

    if (len == GENERATED_MAX && is_random(name + PREFIX_MAX)) {
        name[PREFIX_MAX] = '\0';
        return strip_cut(name);
    } else if (strip(name, is_random)) {
        return strip_controller(name);
    } else if (strip(name, is_number)) {
        return WORKLOAD_WORKFLOW;
    } else if (strip(name, is_ordinal)) {
        return WORKLOAD_STATEFULSET;
    }
    return WORKLOAD_POD;
}

/* Returns the length of the UUID that 's' begins with, 0 if it does not. */
static size_t
span_uuid(const char *s)
{
    static const int parts[] = { 8, 4, 4, 4, 12 };
    const char *p = s;

    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        if (strspn(p, hex_digits) != parts[i]
            || (i < ARRAY_SIZE(parts) - 1 && p[parts[i]] != '-')) {
            return 0;
        }
        p += parts[i] + 1;
    }
    return p - 1 - s;
}

/* Does 's', a segment from the middle of a name, look as if it was generated
 * for one run of the workload?  In an Argo workflow's name it need not have a
 * digit for that. */
static bool
is_made_anew(const char *s, enum workload_kind kind)
{
    size_t n_digits = count_digits(s);
    size_t len = strlen(s);

    return (is_number(s)
            || (is_random(s) && n_digits < len
                && (n_digits || kind == WORKLOAD_WORKFLOW))
            || (n_digits && n_digits < len
                && is_made_of(s, hex_digits, 16, SIZE_MAX)));
}

/* Returns 'name', malloc()'d, with "*" in place of all generated segments, but
 * for the first segment. */
static char *
generalize(const char *name, enum workload_kind kind)
{
    char *result = xmalloc(strlen(name) + 1);
    char *out = result;
    const char *p = name;

    while (*p) {
        size_t len = p > name ? span_uuid(p) : 0;
        bool any = len > 0;

        if (!any) {
            len = strcspn(p, "-");
            char *segment = xmemdup0(p, len);
            any = p > name && is_made_anew(segment, kind);
            free(segment);
        }
        if (any) {
            *out++ = '*';
        } else {
            memcpy(out, p, len);
            out += len;
        }
        p += len;
        if (*p) {
            *out++ = *p++;
        }
    }
    *out = '\0';
    return result;
}

static void
set_none(struct workload *w, char *why)
{
    w->kind = WORKLOAD_NONE;
    w->key = NULL;
    w->why = why;
}

/* Takes ownership of 'key'. */
static void
set_key(struct workload *w, enum workload_kind kind, char *key)
{
    char *why = workload_check_key(key);

    if (why) {
        set_none(w, why);
        free(key);
        return;
    }
    w->kind = kind;
    w->key = key;
    w->why = NULL;
}

/* Is 's' a name that Kubernetes allows: up to 253 lower-case letters, digits,
 * "-" and "."? */
static bool
is_kubernetes_name(const char *s)
{
    size_t len = strlen(s);

    if (!len || len > 253 || !isalnum((unsigned char) s[0])) {
        return false;
    }
    for (; *s; s++) {
        if (!islower((unsigned char) *s) && !isdigit((unsigned char) *s)
            && *s != '-' && *s != '.') {
            return false;
        }
    }
    return true;
}

void
workload_from_pod_name(struct workload *w, const char *namespace,
                       const char *name)
{
    if (!is_kubernetes_name(namespace)) {
        set_none(w, xasprintf("\"%s\" is not a name that a Kubernetes "
                              "namespace can have", namespace));
    } else if (!is_kubernetes_name(name)) {
        set_none(w, xasprintf("\"%s\" is not a name that a Kubernetes pod can "
                              "have", name));
    } else {
        char *rest = xstrdup(name);
        enum workload_kind kind = strip_pod(rest);
        char *general = generalize(rest, kind);

        set_key(w, kind, xasprintf("%s/%s/%s", namespace,
                                   kind_to_string(kind), general));
        free(general);
        free(rest);
    }
}

/* Virtual machines whose names differ only in a number at the end are
 * instances of one workload. */
static void
from_vm(struct workload *w, const char *name)
{
    char *group = xstrdup(name);

    strip(group, is_index);
    set_key(w, WORKLOAD_VM, xasprintf("vm:%s", group));
    free(group);
}

/* The key is without tag and digest: "registry:5000/redis" for
 * "registry:5000/redis:7.2@sha256:...". */
static void
from_image(struct workload *w, const char *image)
{
    size_t len = strcspn(image, "@");
    char *name = xmemdup0(image, len);
    char *base = strrchr(name, '/');
    char *tag = strrchr(base ? base : name, ':');

    if (tag) {
        *tag = '\0';
    }
    set_key(w, WORKLOAD_IMAGE, xasprintf("image:%s", name));
    free(name);
}

void
workload_from_identity(struct workload *w, const struct identity *id)
{
    if (id->workload) {
        set_key(w, WORKLOAD_SAID, xstrdup(id->workload));
    } else if (id->namespace && id->name) {
        workload_from_pod_name(w, id->namespace, id->name);
    } else if (id->name && id->dialect && !strcmp(id->dialect, "vm")) {
        from_vm(w, id->name);
    } else if (id->image) {
        from_image(w, id->image);
    } else {
        set_none(w, xstrdup("its external_ids name neither a pod nor a "
                            "virtual machine nor an image; say its workload "
                            "with external_ids:"FP_CFG_WORKLOAD));
    }
}

static bool
says(const char *s)
{
    return s && *s;
}

/* A pod that has no name yet will get 'prefix' with a random suffix.  The
 * workload is the same for any suffix, such as "bcdfg". */
static void
from_generate_name(struct workload *w, const char *namespace,
                   const char *prefix)
{
    char *name = xasprintf("%.*sbcdfg", PREFIX_MAX, prefix);

    workload_from_pod_name(w, namespace, name);
    free(name);
}

void
workload_from_pod(struct workload *w, const struct workload_pod *pod)
{
    const char *said = says(pod->annotation) ? pod->annotation : pod->label;
    const char *namespace = says(pod->namespace) ? pod->namespace : "default";

    if (says(said)) {
        set_key(w, WORKLOAD_SAID, xstrdup(said));
    } else if (says(pod->name)) {
        workload_from_pod_name(w, namespace, pod->name);
    } else if (says(pod->generate_name)) {
        from_generate_name(w, namespace, pod->generate_name);
    } else {
        set_none(w, xstrdup("the Pod has neither metadata.name nor "
                            "metadata.generateName"));
    }
}

void
workload_destroy(struct workload *w)
{
    free(w->key);
    free(w->why);
}

char *
workload_check_key(const char *key)
{
    size_t len = strlen(key);
    char *error = utf8_validate(key, NULL);

    if (error) {
        free(error);
        return xstrdup("a workload's name must be UTF-8");
    } else if (!len) {
        return xstrdup("a workload's name must not be empty");
    } else if (len > WORKLOAD_KEY_MAX) {
        return xasprintf("a workload's name must not have more than %d bytes, "
                         "and \"%.20s...\" has %"PRIuSIZE,
                         WORKLOAD_KEY_MAX, key, len);
    }
    for (const char *p = key; *p; p++) {
        if (iscntrl((unsigned char) *p)) {
            return xasprintf("a workload's name must not have control "
                             "characters: \"%.*s\" is followed by 0x%02x",
                             (int) (p - key), key, (unsigned char) *p);
        }
    }
    if (key[0] == ' ' || key[len - 1] == ' ') {
        return xasprintf("a workload's name must not begin or end with a "
                         "space: \"%s\"", key);
    }
    return NULL;
}
