/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "settings/policy-setting.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/printable.h"
#include "openvswitch/dynamic-string.h"
#include "settings/misspelling.h"
#include "settings/setting-amount.h"
#include "util.h"

/* A word that differs from a known one by at most this many letters is taken
 * for a misspelling of it. */
#define MAX_MISSPELLING 2

#define MAX_DSCP 63

/* The mark that "offload" sets, for the rules of others that offload flows to
 * match, unless "mark" gives another one. */
#define OFFLOAD_MARK 0x10000000

const struct policy policy_none = { .dscp = -1 };
const struct policy policy_inherit = { .inherit = true, .dscp = -1 };

/* Parses 'value', a number of the given 'base' (see strtoul(3)), into '*n'.
 * Returns false unless it is from 'min' to 'max'. */
static bool
parse_number(const char *value, int base, unsigned int min, unsigned int max,
             unsigned int *n)
{
    return (isdigit((unsigned char) value[0]) && str_to_uint(value, base, n)
            && *n >= min && *n <= max);
}

static char *
parse_dscp(const char *value, struct policy *p)
{
    unsigned int n;

    if (!parse_number(value, 10, 0, MAX_DSCP, &n)) {
        return xasprintf("\"dscp=%s\": not a number from 0 to %d",
                         printable(value), MAX_DSCP);
    }
    p->dscp = n;
    return NULL;
}

/* Parses "MARK" and "MARK/MASK". */
static char *
parse_mark(const char *value, struct policy *p)
{
    const char *slash = strchr(value, '/');
    char *first = xmemdup0(value, slash ? slash - value : strlen(value));
    unsigned int mark, mask = UINT32_MAX;
    bool ok = (parse_number(first, 0, 1, UINT32_MAX, &mark)
               && (!slash || parse_number(slash + 1, 0, 1, UINT32_MAX, &mask))
               && !(mark & ~mask));

    free(first);
    if (!ok) {
        return xasprintf("\"mark=%s\": use a number from 1 to 0xffffffff, or "
                         "one and a mask that holds all its bits, such as "
                         "0x100/0xf00", printable(value));
    }
    p->mark = mark;
    p->mark_mask = mask;
    return NULL;
}

static char *
parse_queue(const char *value, struct policy *p)
{
    unsigned int n;

    if (!parse_number(value, 10, POLICY_MIN_QUEUE, POLICY_MAX_QUEUE, &n)) {
        return xasprintf("\"queue=%s\": not a number from %d to %d (queue 0 "
                         "is the one of all other packets)",
                         printable(value), POLICY_MIN_QUEUE, POLICY_MAX_QUEUE);
    }
    p->queue = n;
    return NULL;
}

static char *
parse_rate(const char *name, const char *value, uint64_t *rate)
{
    char *reason = setting_parse_amount(value, "bit/s", rate);
    char *error = reason ? xasprintf("\"%s=%s\": %s", name, printable(value),
                                     reason) : NULL;

    free(reason);
    return error;
}

static char *
parse_min_rate(const char *value, struct policy *p)
{
    return parse_rate("min-rate", value, &p->min_rate);
}

static char *
parse_max_rate(const char *value, struct policy *p)
{
    return parse_rate("max-rate", value, &p->max_rate);
}

static char *
parse_offload(const char *value OVS_UNUSED, struct policy *p)
{
    p->offload = true;
    return NULL;
}

static char *
parse_from_start(const char *value OVS_UNUSED, struct policy *p)
{
    p->from_start = true;
    return NULL;
}

/* Each word, whether a "=" and a value follow it, and its parser. */
static const struct policy_word {
    const char *name;
    bool has_value;
    char *(*parse)(const char *value, struct policy *);
} policy_words[] = {
    { "dscp", true, parse_dscp },
    { "from-start", false, parse_from_start },
    { "mark", true, parse_mark },
    { "max-rate", true, parse_max_rate },
    { "min-rate", true, parse_min_rate },
    { "offload", false, parse_offload },
    { "queue", true, parse_queue },
};

static char *
describe_unknown(const char *name)
{
    const char *names[ARRAY_SIZE(policy_words)];
    const char *meant;

    for (size_t i = 0; i < ARRAY_SIZE(policy_words); i++) {
        names[i] = policy_words[i].name;
    }
    meant = misspelling_find(name, names, ARRAY_SIZE(names), MAX_MISSPELLING);
    return (meant
            ? xasprintf("\"%s\" is unknown: did you mean \"%s\"?",
                        printable(name), meant)
            : xasprintf("\"%s\" is unknown: use \"none\" or some of dscp=N, "
                        "mark=N, queue=N, min-rate=BIT/S, max-rate=BIT/S, "
                        "offload and from-start", printable(name)));
}

/* Parses 'word', which may be changed.  '*seen' has a bit for each of
 * 'policy_words' that there was. */
static char *
parse_word(char *word, struct policy *p, unsigned int *seen)
{
    char *value = strchr(word, '=');

    if (value) {
        *value++ = '\0';
    }
    for (size_t i = 0; i < ARRAY_SIZE(policy_words); i++) {
        const struct policy_word *w = &policy_words[i];

        if (strcmp(word, w->name)) {
            continue;
        } else if (*seen & (1u << i)) {
            return xasprintf("\"%s\" is there twice: leave one out", w->name);
        } else if (w->has_value != (value != NULL)) {
            return xasprintf("\"%s\" %s", w->name,
                             value ? "takes no value" : "needs a value");
        }
        *seen |= 1u << i;
        return w->parse(value, p);
    }
    return describe_unknown(word);
}

/* Returns what is wrong with 'p' as a whole, or null. */
static char *
check_policy(const struct policy *p)
{
    if ((p->min_rate || p->max_rate) && !p->queue) {
        return xstrdup("a rate is a queue's: add queue=N");
    } else if (p->max_rate && p->min_rate > p->max_rate) {
        return xasprintf("min-rate, %"PRIu64", is above max-rate, %"PRIu64,
                         p->min_rate, p->max_rate);
    } else if (p->from_start && p->dscp < 0 && !p->mark_mask && !p->queue
               && !p->offload) {
        return xstrdup("\"from-start\" says when and not what: add dscp=N, "
                       "mark=N or queue=N");
    }
    return NULL;
}

char *
policy_parse(const char *value, struct policy *policy)
{
    struct policy p = policy_none;
    unsigned int seen = 0;
    char *save = NULL;
    char *error = NULL;
    char *copy;

    if (!strcmp(value, "none")) {
        *policy = p;
        return NULL;
    }
    copy = xstrdup(value);
    for (char *word = strtok_r(copy, ", ", &save); word && !error;
         word = strtok_r(NULL, ", ", &save)) {
        error = parse_word(word, &p, &seen);
    }
    free(copy);
    if (!error) {
        error = check_policy(&p);
    }
    if (!error) {
        if (p.offload && !p.mark_mask) {
            p.mark = p.mark_mask = OFFLOAD_MARK;
        }
        *policy = p;
    }
    return error;
}

bool
policy_equal(const struct policy *a, const struct policy *b)
{
    return (a->inherit == b->inherit
            && a->dscp == b->dscp
            && a->offload == b->offload
            && a->from_start == b->from_start
            && a->queue == b->queue
            && a->mark == b->mark
            && a->mark_mask == b->mark_mask
            && a->min_rate == b->min_rate
            && a->max_rate == b->max_rate);
}

bool
policy_is_none(const struct policy *p)
{
    return policy_equal(p, &policy_none);
}

void
policy_format(const struct policy *p, struct ds *s)
{
    size_t start = s->length;

    if (p->dscp >= 0) {
        ds_put_format(s, "dscp=%"PRId8",", p->dscp);
    }
    if (p->mark_mask) {
        ds_put_format(s, "mark=0x%"PRIx32, p->mark);
        if (p->mark_mask != UINT32_MAX) {
            ds_put_format(s, "/0x%"PRIx32, p->mark_mask);
        }
        ds_put_char(s, ',');
    }
    if (p->queue) {
        ds_put_format(s, "queue=%"PRIu16",", p->queue);
    }
    if (p->min_rate) {
        ds_put_format(s, "min-rate=%"PRIu64",", p->min_rate);
    }
    if (p->max_rate) {
        ds_put_format(s, "max-rate=%"PRIu64",", p->max_rate);
    }
    ds_put_cstr(s, p->offload ? "offload," : "");
    ds_put_cstr(s, p->from_start ? "from-start," : "");
    if (s->length == start) {
        ds_put_cstr(s, "none");
    } else {
        ds_chomp(s, ',');
    }
}
