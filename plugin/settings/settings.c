/* SPDX-License-Identifier: Apache-2.0 */

/* The daemon's settings: one row per key, one parser per kind of value. */

#include <config.h>
#include "settings/settings.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "ovsdb/footprint-keys.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(settings);

/* A parser takes a value and stores what it means in 'settings'.  It returns
 * null, or a malloc()'d phrase that says what is wrong and what would be
 * right; it has then changed nothing. */
typedef char *settings_parser(struct settings *, const char *value);

static settings_parser parse_bridges;
static settings_parser parse_zones;
static settings_parser parse_zone_range;
static settings_parser parse_shared_zones;
static settings_parser parse_first_table;
static settings_parser parse_register;
static settings_parser parse_pipeline;
static settings_parser parse_detector;
static settings_parser parse_elephant_bytes;
static settings_parser parse_elephant_rate;
static settings_parser parse_elephant_hold;
static settings_parser parse_heavy_hold;
static settings_parser parse_track_unassured;
static settings_parser parse_poll_interval;
static settings_parser parse_scan_interval;

/* Every key, with the default that an absent key stands for. */
static const struct setting {
    const char *key;
    const char *def;
    settings_parser *parse;
} all_settings[] = {
    { FP_CFG_BRIDGES, "", parse_bridges },
    { FP_CFG_ZONES, "auto", parse_zones },
    { FP_CFG_ZONE_RANGE, "20000-49999", parse_zone_range },
    /* Antrea's zones for IPv4 and IPv6 (pkg/agent/openflow/fields.go). */
    { FP_CFG_SHARED_ZONES, "65520,65510", parse_shared_zones },
    { FP_CFG_FIRST_TABLE, "250", parse_first_table },
    { FP_CFG_REGISTER, "any", parse_register },
    { FP_CFG_PIPELINE, "inline", parse_pipeline },
    { FP_CFG_DETECTOR, "auto", parse_detector },
    { FP_CFG_ELEPHANT_BYTES, "10000000", parse_elephant_bytes },
    { FP_CFG_ELEPHANT_RATE, "10000000", parse_elephant_rate },
    { FP_CFG_ELEPHANT_HOLD, "30", parse_elephant_hold },
    { FP_CFG_HEAVY_HOLD, "60", parse_heavy_hold },
    { FP_CFG_TRACK_UNASSURED, "false", parse_track_unassured },
    { FP_CFG_POLL_INTERVAL, "5000", parse_poll_interval },
    { FP_CFG_SCAN_INTERVAL, "1000", parse_scan_interval },
};

/* Longest hold that is accepted, in seconds: a day. */
#define MAX_HOLD 86400

/* Least and greatest number of milliseconds between two polls or walks. */
#define MIN_INTERVAL 100
#define MAX_INTERVAL 3600000

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

const char *
zones_mode_to_string(enum zones_mode mode)
{
    switch (mode) {
    case ZONES_AUTO: return "auto";
    case ZONES_MANAGED: return "managed";
    case ZONES_OVN: return "ovn";
    case ZONES_SHARED: return "shared";
    default: OVS_NOT_REACHED();
    }
}

static char *
zones_mode_from_string(const char *value, enum zones_mode *mode)
{
    for (int i = ZONES_AUTO; i <= ZONES_SHARED; i++) {
        if (!strcmp(value, zones_mode_to_string(i))) {
            *mode = i;
            return NULL;
        }
    }
    return xstrdup("use \"auto\", \"managed\", \"ovn\" or \"shared\"");
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

/* Parses a list of zones.  Zone 0 is allowed, since somebody else chose. */
static char *
parse_shared_zones(struct settings *s, const char *value)
{
    uint16_t zones[SETTINGS_MAX_SHARED_ZONES];
    char *copy = xstrdup(value);
    char *save = NULL;
    bool ok = true;
    size_t n = 0;

    for (char *token = strtok_r(copy, ", ", &save); token && ok;
         token = strtok_r(NULL, ", ", &save)) {
        unsigned int zone;

        ok = (n < ARRAY_SIZE(zones) && isdigit((unsigned char) token[0])
              && str_to_uint(token, 10, &zone) && zone <= UINT16_MAX);
        if (ok) {
            zones[n++] = zone;
        }
    }
    free(copy);
    if (!ok || !n) {
        return xasprintf("not a list of 1 to %d zones, such as 65520,65510",
                         SETTINGS_MAX_SHARED_ZONES);
    }
    memcpy(s->shared_zones, zones, n * sizeof *zones);
    s->n_shared_zones = n;
    return NULL;
}

/* Parses 'value', a number from 'min' to 'max', both below 256, into '*n'.
 * Returns false if it is not. */
static bool
parse_byte(const char *value, int min, int max, uint8_t *n)
{
    int i;

    if (!isdigit((unsigned char) value[0]) || !str_to_int(value, 10, &i)
        || i < min || i > max) {
        return false;
    }
    *n = i;
    return true;
}

static char *
parse_first_table(struct settings *s, const char *value)
{
    return (parse_byte(value, PIPELINE_MIN_TABLE, PIPELINE_MAX_TABLE,
                       &s->pipeline.first_table)
            ? NULL
            : xasprintf("not the number of a table from %d to %d that is "
                        "unused, and the next one as well",
                        PIPELINE_MIN_TABLE, PIPELINE_MAX_TABLE));
}

static char *
parse_register(struct settings *s, const char *value)
{
    if (!strcmp(value, "any")) {
        s->pipeline.reg = PIPELINE_REG_ANY;
        return NULL;
    }
    return (parse_byte(value, 0, PIPELINE_MAX_REG, &s->pipeline.reg)
            ? NULL
            : xasprintf("use \"any\" or the number of an unused register, from "
                        "0 to %d", PIPELINE_MAX_REG));
}

static char *
parse_pipeline(struct settings *s, const char *value)
{
    bool isolated = !strcmp(value, "isolated");

    if (!isolated && strcmp(value, "inline")) {
        return xstrdup("use \"inline\" or \"isolated\"");
    }
    s->pipeline.isolated = isolated;
    return NULL;
}

static char *
parse_detector(struct settings *s, const char *value)
{
    if (!strcmp(value, "auto")) {
        s->detector = DETECTOR_CHOICE_AUTO;
    } else if (!strcmp(value, "hook")) {
        s->detector = DETECTOR_CHOICE_HOOK;
    } else if (!strcmp(value, "scan")) {
        s->detector = DETECTOR_CHOICE_SCAN;
    } else if (!strcmp(value, "poll")) {
        s->detector = DETECTOR_CHOICE_POLL;
    } else if (!strcmp(value, "none")) {
        s->detector = DETECTOR_CHOICE_NONE;
    } else {
        return xstrdup("use \"auto\", \"hook\", \"scan\", \"poll\" or \"none\"");
    }
    return NULL;
}

static char *
parse_elephant_bytes(struct settings *s, const char *value)
{
    return parse_amount(value, "bytes", &s->elephant.bytes);
}

/* Parses 'value', a decimal number followed by "%", into '*percent'. */
static char *
parse_percent(const char *value, double *percent)
{
    size_t n = strspn(value, "0123456789.");
    char *tail;
    double x;

    x = strtod(value, &tail);
    if (!isdigit((unsigned char) value[0]) || tail != value + n
        || strcmp(tail, "%")) {
        return xstrdup("not a percentage of the link's speed, such as 10%");
    }
    if (x <= 0 || x > 100) {
        return xstrdup("a percentage of the link's speed must be more than 0% "
                       "and at most 100%");
    }
    *percent = x;
    return NULL;
}

static char *
parse_elephant_rate(struct settings *s, const char *value)
{
    char *reason;

    if (strchr(value, '%')) {
        return parse_percent(value, &s->elephant_percent);
    }
    reason = parse_amount(value, "bit/s", &s->elephant.rate);
    if (!reason) {
        s->elephant_percent = 0;
    }
    return reason;
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

static char *
parse_track_unassured(struct settings *s, const char *value)
{
    bool *track = &s->detector_options.track_unassured;

    if (!strcmp(value, "true")) {
        *track = true;
    } else if (!strcmp(value, "false")) {
        *track = false;
    } else {
        return xstrdup("use \"true\" or \"false\"");
    }
    return NULL;
}

/* Parses 'value' into '*interval', a number of milliseconds. */
static char *
parse_interval(const char *value, unsigned int *interval)
{
    int n;

    if (!isdigit((unsigned char) value[0]) || !str_to_int(value, 10, &n)
        || n < MIN_INTERVAL || n > MAX_INTERVAL) {
        return xasprintf("not a number of milliseconds from %d to %d",
                         MIN_INTERVAL, MAX_INTERVAL);
    }
    *interval = n;
    return NULL;
}

static char *
parse_poll_interval(struct settings *s, const char *value)
{
    return parse_interval(value, &s->detector_options.poll_interval);
}

static char *
parse_scan_interval(struct settings *s, const char *value)
{
    return parse_interval(value, &s->detector_options.scan_interval);
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
    char *current = shash_find_and_delete(&s->problems, key);
    bool was_bad = current != NULL;

    if (problem_set(&current, problem)) {
        VLOG_WARN("%s; the last good value stays in force", current);
    } else if (was_bad && !current) {
        VLOG_INFO("%s is good again", key);
    }
    if (current) {
        shash_add(&s->problems, key, current);
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
            && a->n_shared_zones == b->n_shared_zones
            && !memcmp(a->shared_zones, b->shared_zones,
                       a->n_shared_zones * sizeof *a->shared_zones)
            && pipeline_options_equal(&a->pipeline, &b->pipeline)
            && a->detector == b->detector
            && detector_options_equal(&a->detector_options,
                                      &b->detector_options)
            && elephant_threshold_equals(&a->elephant, &b->elephant)
            && a->elephant_percent == b->elephant_percent
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

/* A key that another row than Open_vSwitch may override. */
struct override {
    const char *key;
    settings_parser *parse;
};

/* Takes from 'external_ids' of that row the 'n' keys 'overrides' into 's'.
 * Returns a malloc()'d sentence if any is bad, otherwise null. */
static char *
override_settings(struct settings *s, const struct override *overrides,
                  size_t n, const struct smap *external_ids)
{
    char *problem = NULL;

    for (size_t i = 0; i < n; i++) {
        const char *value = smap_get(external_ids, overrides[i].key);
        char *reason = value ? overrides[i].parse(s, value) : NULL;

        if (reason) {
            free(problem);
            problem = describe_problem(overrides[i].key, value, reason);
        }
    }
    return problem;
}

/* Returns 'percent' of 'speed', but never 0. */
static uint64_t
percent_of(double percent, uint64_t speed)
{
    double rate = MIN(speed, MAX_AMOUNT) * percent / 100;

    return rate < 1 ? 1 : rate;
}

void
settings_get_threshold(const struct settings *settings,
                       const struct smap *external_ids, uint64_t link_speed,
                       struct elephant_threshold *threshold, char **problem)
{
    static const struct override overrides[] = {
        { FP_CFG_ELEPHANT_BYTES, parse_elephant_bytes },
        { FP_CFG_ELEPHANT_RATE, parse_elephant_rate },
        { FP_CFG_ELEPHANT_HOLD, parse_elephant_hold },
    };
    struct settings s = {
        .elephant = settings->elephant,
        .elephant_percent = settings->elephant_percent,
    };
    uint64_t last_rate = threshold->rate;

    *problem = override_settings(&s, overrides, ARRAY_SIZE(overrides),
                                 external_ids);
    if (s.elephant_percent && link_speed) {
        s.elephant.rate = percent_of(s.elephant_percent, link_speed);
    } else if (s.elephant_percent) {
        if (last_rate) {
            s.elephant.rate = last_rate;
        }
        if (!*problem) {
            *problem = xasprintf("external_ids:%s=\"%g%%\" needs a link speed, "
                                 "which this interface does not have: give it "
                                 "a rate in bit/s (%"PRIu64" is in force)",
                                 FP_CFG_ELEPHANT_RATE, s.elephant_percent,
                                 s.elephant.rate);
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

void
settings_get_pipeline_options(const struct settings *settings,
                              const struct smap *external_ids,
                              struct pipeline_options *options, char **problem)
{
    static const struct override overrides[] = {
        { FP_CFG_FIRST_TABLE, parse_first_table },
        { FP_CFG_REGISTER, parse_register },
        { FP_CFG_PIPELINE, parse_pipeline },
    };
    struct settings s = { .pipeline = settings->pipeline };

    *problem = override_settings(&s, overrides, ARRAY_SIZE(overrides),
                                 external_ids);
    if (!*problem) {
        *options = s.pipeline;
    }
}
