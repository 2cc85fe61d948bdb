/*
 * Copyright (c) 2026 The ovs-footprint Authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at:
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */


/* The daemon's settings: one row per key, one parser per kind of value. */

#include <config.h>
#include "settings.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "footprint-keys.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(settings);

/* A parser takes a value and stores what it means in 'settings'.  It returns
 * null, or a malloc()'d phrase that says what is wrong and what would be
 * right; it has then changed nothing. */
typedef char *settings_parser(struct settings *, const char *value);

static settings_parser parse_bridges;
static settings_parser parse_zones;
static settings_parser parse_zone_range;
static settings_parser parse_detector;
static settings_parser parse_elephant_bytes;
static settings_parser parse_elephant_rate;
static settings_parser parse_elephant_hold;
static settings_parser parse_heavy_hold;

/* Every key, with the default that an absent key stands for. */
static const struct setting {
    const char *key;
    const char *def;
    settings_parser *parse;
} all_settings[] = {
    { FP_CFG_BRIDGES, "", parse_bridges },
    { FP_CFG_ZONES, "auto", parse_zones },
    { FP_CFG_ZONE_RANGE, "20000-49999", parse_zone_range },
    { FP_CFG_DETECTOR, "auto", parse_detector },
    { FP_CFG_ELEPHANT_BYTES, "10000000", parse_elephant_bytes },
    { FP_CFG_ELEPHANT_RATE, "10000000", parse_elephant_rate },
    { FP_CFG_ELEPHANT_HOLD, "30", parse_elephant_hold },
    { FP_CFG_HEAVY_HOLD, "60", parse_heavy_hold },
};

/* Longest hold that is accepted, in seconds: a day. */
#define MAX_HOLD 86400

/* Largest byte count or rate that is accepted.  Below 2**60, so that sums and
 * the conversion from bytes to bits cannot overflow 64 bits. */
#define MAX_AMOUNT (UINT64_C(1) << 60)

/* Parses 'value', a positive decimal integer that may be followed by one of
 * the decimal suffixes k, M, G and T, into '*amount'. */
static char *
parse_amount(const char *value, const char *unit, uint64_t *amount)
{
    static const char suffixes[] = "kMGT";
    unsigned long long int n;
    char *tail;

    if (!isdigit((unsigned char) value[0])) {
        return xasprintf("not a positive number of %s, such as 10000000 "
                         "or 10M", unit);
    }
    errno = 0;
    n = strtoull(value, &tail, 10);
    if (errno == ERANGE) {
        return xasprintf("does not fit in 64 bits, use a smaller number of %s",
                         unit);
    }
    if (*tail) {
        const char *suffix = strchr(suffixes, *tail);

        if (!suffix || tail[1]) {
            return xasprintf("\"%s\" is not a unit, use a plain number of %s "
                             "or one followed by k, M, G or T", tail, unit);
        }
        for (ptrdiff_t i = suffix - suffixes; i >= 0; i--) {
            n = n > MAX_AMOUNT / 1000 ? MAX_AMOUNT + 1 : n * 1000;
        }
    }
    if (!n) {
        return xasprintf("zero is not allowed, use at least 1 (%s)", unit);
    }
    if (n > MAX_AMOUNT) {
        return xasprintf("too large, use at most %llu %s",
                         (unsigned long long int) MAX_AMOUNT, unit);
    }
    *amount = n;
    return NULL;
}

/* Parses 'value', a number of seconds from 'min' to MAX_HOLD. */
static char *
parse_seconds(const char *value, int min, unsigned int *seconds)
{
    int n;

    if (!isdigit((unsigned char) value[0])
        || !str_to_int(value, 10, &n) || n < min || n > MAX_HOLD) {
        return xasprintf("not a number of seconds from %d to %d",
                         min, MAX_HOLD);
    }
    *seconds = n;
    return NULL;
}

static char *
parse_bridges(struct settings *s, const char *value)
{
    sset_destroy(&s->bridges);
    sset_from_delimited_string(&s->bridges, value, ", \t\r\n");
    return NULL;
}

static char *
zones_mode_from_string(const char *value, enum zones_mode *mode)
{
    if (!strcmp(value, "auto")) {
        *mode = ZONES_AUTO;
    } else if (!strcmp(value, "managed")) {
        *mode = ZONES_MANAGED;
    } else if (!strcmp(value, "ovn")) {
        *mode = ZONES_OVN;
    } else {
        return xstrdup("use \"auto\", \"managed\" or \"ovn\"");
    }
    return NULL;
}

static char *
parse_zones(struct settings *s, const char *value)
{
    return zones_mode_from_string(value, &s->zones);
}

static char *
parse_zone_range(struct settings *s, const char *value)
{
    unsigned int min, max;
    int n = 0;

    /* Five digits are enough, and cannot overflow. */
    if (value[strspn(value, "0123456789-")]
        || !isdigit((unsigned char) value[0])
        || !ovs_scan(value, "%5u-%5u%n", &min, &max, &n) || value[n]) {
        return xstrdup("not a range of zones, such as 20000-49999");
    }
    if (!min || max > UINT16_MAX || min > max) {
        return xstrdup("the range must ascend and lie within 1-65535 "
                       "(zone 0 is everybody's)");
    }
    s->zone_min = min;
    s->zone_max = max;
    return NULL;
}

static char *
parse_detector(struct settings *s, const char *value)
{
    if (!strcmp(value, "auto")) {
        s->detector = DETECTOR_CHOICE_AUTO;
    } else if (!strcmp(value, "hook")) {
        s->detector = DETECTOR_CHOICE_HOOK;
    } else if (!strcmp(value, "none")) {
        s->detector = DETECTOR_CHOICE_NONE;
    } else {
        return xstrdup("use \"auto\", \"hook\" or \"none\"");
    }
    return NULL;
}

static char *
parse_elephant_bytes(struct settings *s, const char *value)
{
    return parse_amount(value, "bytes", &s->elephant.bytes);
}

static char *
parse_elephant_rate(struct settings *s, const char *value)
{
    return parse_amount(value, "bit/s", &s->elephant.rate);
}

static char *
parse_elephant_hold(struct settings *s, const char *value)
{
    return parse_seconds(value, 1, &s->elephant.hold);
}

static char *
parse_heavy_hold(struct settings *s, const char *value)
{
    return parse_seconds(value, 0, &s->heavy_hold);
}

void
settings_init(struct settings *s)
{
    memset(s, 0, sizeof *s);
    sset_init(&s->bridges);
    shash_init(&s->problems);
    for (size_t i = 0; i < ARRAY_SIZE(all_settings); i++) {
        char *error = all_settings[i].parse(s, all_settings[i].def);
        ovs_assert(!error);
    }
}

void
settings_destroy(struct settings *s)
{
    sset_destroy(&s->bridges);
    shash_destroy_free_data(&s->problems);
}

/* Takes ownership of 'problem', which may be null: nothing is wrong. */
static void
set_problem(struct settings *s, const char *key, char *problem)
{
    const char *old = shash_find_data(&s->problems, key);

    if (problem && (!old || strcmp(old, problem))) {
        VLOG_WARN("%s; the last good value stays in force", problem);
    } else if (!problem && old) {
        VLOG_INFO("%s is good again", key);
    }

    free(shash_find_and_delete(&s->problems, key));
    if (problem) {
        shash_add(&s->problems, key, problem);
    }
}

/* Returns a malloc()'d sentence that names 'key' and 'value' as bad.  Takes
 * ownership of 'reason'. */
static char *
describe_problem(const char *key, const char *value, char *reason)
{
    char *problem = xasprintf("external_ids:%s=\"%s\" is bad: %s",
                              key, value, reason);
    free(reason);
    return problem;
}

static bool
settings_equal(const struct settings *a, const struct settings *b)
{
    return (sset_equals(&a->bridges, &b->bridges)
            && a->zones == b->zones
            && a->zone_min == b->zone_min
            && a->zone_max == b->zone_max
            && a->detector == b->detector
            && a->elephant.bytes == b->elephant.bytes
            && a->elephant.rate == b->elephant.rate
            && a->elephant.hold == b->elephant.hold
            && a->heavy_hold == b->heavy_hold);
}

bool
settings_update(struct settings *s, const struct smap *external_ids)
{
    struct settings old = *s;
    bool changed;

    sset_clone(&old.bridges, &s->bridges);
    for (size_t i = 0; i < ARRAY_SIZE(all_settings); i++) {
        const struct setting *setting = &all_settings[i];
        const char *value = smap_get_def(external_ids, setting->key,
                                         setting->def);
        char *reason = setting->parse(s, value);

        set_problem(s, setting->key,
                    reason ? describe_problem(setting->key, value, reason)
                    : NULL);
    }
    changed = !settings_equal(&old, s);
    sset_destroy(&old.bridges);
    return changed;
}

void
settings_override_threshold(struct elephant_threshold *threshold,
                            const struct smap *external_ids, char **problem)
{
    const struct {
        const char *key;
        settings_parser *parse;
    } keys[] = {
        { FP_CFG_ELEPHANT_BYTES, parse_elephant_bytes },
        { FP_CFG_ELEPHANT_RATE, parse_elephant_rate },
        { FP_CFG_ELEPHANT_HOLD, parse_elephant_hold },
    };
    struct settings s = { .elephant = *threshold };

    *problem = NULL;
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        const char *value = smap_get(external_ids, keys[i].key);
        char *reason = value ? keys[i].parse(&s, value) : NULL;

        if (reason) {
            free(*problem);
            *problem = describe_problem(keys[i].key, value, reason);
        }
    }
    *threshold = s.elephant;
}

char *
settings_parse_zones_mode(const struct smap *external_ids,
                          enum zones_mode *mode)
{
    const char *value = smap_get(external_ids, FP_CFG_ZONES);
    char *reason = value ? zones_mode_from_string(value, mode) : NULL;

    return reason ? describe_problem(FP_CFG_ZONES, value, reason) : NULL;
}
