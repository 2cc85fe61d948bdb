/* SPDX-License-Identifier: Apache-2.0 */

/* The daemon's settings: one row per key. */

#include <config.h>
#include "settings/settings.h"

#include <stdlib.h>
#include <string.h>

#include "lib/printable.h"
#include "lib/problem.h"
#include "openvswitch/vlog.h"
#include "ovsdb/footprint-keys.h"
#include "settings/misspelling.h"
#include "settings/setting-amount.h"
#include "settings/setting-parsers.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(settings);

/* Every key, with the default that an absent key stands for. */
static const struct setting {
    const char *key;
    const char *def;
    setting_parser *parse;
} all_settings[] = {
    { FP_CFG_BRIDGES, "", setting_parse_bridges },
    { FP_CFG_ZONES, "auto", setting_parse_zones },
    { FP_CFG_ZONE_RANGE, "20000-49999", setting_parse_zone_range },
    /* Antrea's zones for IPv4 and IPv6 (pkg/agent/openflow/fields.go). */
    { FP_CFG_SHARED_ZONES, "65520,65510", setting_parse_shared_zones },
    { FP_CFG_FIRST_TABLE, "250", setting_parse_first_table },
    { FP_CFG_REGISTER, "any", setting_parse_register },
    { FP_CFG_PIPELINE, "auto", setting_parse_pipeline },
    { FP_CFG_TRACKING, "adaptive", setting_parse_tracking },
    { FP_CFG_POLICY, "none", setting_parse_policy },
    { FP_CFG_DETECTOR, "auto", setting_parse_detector },
    { FP_CFG_ELEPHANT_BYTES, "10000000", setting_parse_elephant_bytes },
    { FP_CFG_ELEPHANT_RATE, "10000000", setting_parse_elephant_rate },
    { FP_CFG_ELEPHANT_HOLD, "30", setting_parse_elephant_hold },
    { FP_CFG_VOLUME_RATE, "auto", setting_parse_volume_rate },
    { FP_CFG_HEAVY_HOLD, "60", setting_parse_heavy_hold },
    { FP_CFG_TRACK_UNASSURED, "false", setting_parse_track_unassured },
    { FP_CFG_POLL_INTERVAL, "5000", setting_parse_poll_interval },
    { FP_CFG_SCAN_INTERVAL, "1000", setting_parse_scan_interval },
    { FP_CFG_REMOTE, "", setting_parse_remote },
    { FP_CFG_NODE_NAME, "", setting_parse_node_name },
    { FP_CFG_HEARTBEAT, "30", setting_parse_heartbeat },
    { FP_CFG_MEMORY_HALF_LIFE, "7d", setting_parse_memory_half_life },
    { FP_CFG_UPLINKS, "", setting_parse_uplinks },
};

/* Our other keys in external_ids of Open_vSwitch.  The first two are settings:
 * an address and a path, which can only be checked by use, so that
 * publish/metrics-server.h and publish/nfd-file.h read them.  The rest is
 * published there. */
static const char *const other_keys[] = {
    FP_CFG_METRICS_LISTEN, FP_CFG_NFD_FILE,
    FP_KEY_NODE_ELEPHANTS, FP_KEY_NODE_HEAVY, FP_KEY_DETECTOR_IN_USE,
};

/* What our keys begin with. */
#define PREFIX "footprint-"

/* A key that differs from a known one by at most this many letters is taken
 * for a misspelling of it. */
#define MAX_MISSPELLING 3

void
settings_init(struct settings *s)
{
    memset(s, 0, sizeof *s);
    sset_init(&s->bridges);
    shash_init(&s->problems);
    shash_init(&s->unknown);
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
    shash_destroy_free_data(&s->unknown);
}

/* Notes, and logs, that 'problem' is wrong with 'key', or nothing if it is
 * null.  Takes ownership of 'problem'. */
static void
set_problem(struct settings *s, const char *key, char *problem)
{
    char *current = shash_find_and_delete(&s->problems, key);
    bool was_bad = current != NULL;

    if (problem_set(&current, problem)) {
        VLOG_WARN("%s; the last good value stays in force", current);
    } else if (was_bad && !current) {
        VLOG_INFO("%s is valid again", key);
    }
    if (current) {
        shash_add(&s->problems, key, current);
    }
}

/* Returns a malloc()'d sentence that says that 'key'='value' is invalid, and
 * 'reason', of which it takes ownership. */
static char *
describe_problem(const char *key, const char *value, char *reason)
{
    char *problem = xasprintf("external_ids:%s=\"%s\" is invalid: %s",
                              key, printable(value), reason);
    free(reason);
    return problem;
}

/* Returns a malloc()'d sentence that says that 'key' is not a setting, but
 * resembles one of the 'n' keys 'known', or null if it does not, or is one. */
static char *
describe_misspelling(const char *key, const char *const *known, size_t n)
{
    const char *meant = misspelling_find(key, known, n, MAX_MISSPELLING);

    return (meant && strcmp(meant, key)
            ? xasprintf("external_ids:%s is not a setting: did you mean %s?",
                        printable(key), meant)
            : NULL);
}

/* Stores in 'known', which has room for all, our keys in external_ids of
 * Open_vSwitch.  Returns how many. */
static size_t
get_known_keys(const char *known[])
{
    size_t n = 0;

    for (size_t i = 0; i < ARRAY_SIZE(all_settings); i++) {
        known[n++] = all_settings[i].key;
    }
    for (size_t i = 0; i < ARRAY_SIZE(other_keys); i++) {
        known[n++] = other_keys[i];
    }
    return n;
}

/* Warns, once each, of the keys in 'external_ids' that begin like ours, but
 * are none of them. */
static void
update_unknown_keys(struct settings *s, const struct smap *external_ids)
{
    const char *known[ARRAY_SIZE(all_settings) + ARRAY_SIZE(other_keys)];
    size_t n = get_known_keys(known);
    const struct smap_node **ids = smap_sort(external_ids);
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &s->unknown) {
        if (!smap_get(external_ids, node->name)) {
            free(node->data);
            shash_delete(&s->unknown, node);
        }
    }
    for (size_t i = 0; i < smap_count(external_ids); i++) {
        const char *key = ids[i]->key;
        char *problem;

        if (strncmp(key, PREFIX, strlen(PREFIX))
            || misspelling_find(key, known, n, 0)
            || shash_find(&s->unknown, key)) {
            continue;
        }
        problem = describe_misspelling(key, known, n);
        if (!problem) {
            problem = xasprintf("external_ids:%s is not a setting",
                                printable(key));
        }
        VLOG_WARN("%s", problem);
        shash_add(&s->unknown, key, problem);
    }
    free(ids);
}

/* Logs which bridges are not served any more: all flows and keys of ours are
 * removed from them, which the user may not expect. */
static void
log_dropped_bridges(const struct sset *old, const struct sset *new)
{
    const char **names = sset_sort(old);

    for (size_t i = 0; i < sset_count(old); i++) {
        if (!sset_contains(new, names[i])) {
            VLOG_INFO("%s: not named in external_ids:"FP_CFG_BRIDGES" any "
                      "more, so all flows and keys of ours are removed from it"
                      "",
                      printable(names[i]));
        }
    }
    free(names);
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
            && a->tracking == b->tracking
            && policy_equal(&a->policy, &b->policy)
            && a->detector == b->detector
            && detector_options_equal(&a->detector_options,
                                      &b->detector_options)
            && elephant_threshold_equals(&a->elephant, &b->elephant)
            && a->elephant_percent == b->elephant_percent
            && a->volume.kind == b->volume.kind
            && a->volume.rate == b->volume.rate
            && a->volume.percent == b->volume.percent
            && a->heavy_hold == b->heavy_hold
            && !memcmp(&a->learning, &b->learning, sizeof a->learning));
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
    update_unknown_keys(s, external_ids);
    log_dropped_bridges(&old.bridges, &s->bridges);
    changed = !settings_equal(&old, s);
    sset_destroy(&old.bridges);
    return changed;
}

/* Is 'key' one of ours for external_ids of an Interface, Port or Bridge? */
static bool
is_ours(const char *key)
{
    static const char *const keys[] = {
        FP_CFG_ZONES, FP_CFG_FIRST_TABLE, FP_CFG_REGISTER, FP_CFG_PIPELINE,
        FP_CFG_TRACKING, FP_CFG_POLICY, FP_CFG_PORT,
        FP_CFG_ELEPHANT_BYTES, FP_CFG_ELEPHANT_RATE, FP_CFG_ELEPHANT_HOLD,
        FP_CFG_VOLUME_RATE,
        FP_KEY_ROLE, FP_KEY_ELEPHANTS, FP_KEY_SINCE, FP_KEY_ZONE,
        FP_KEY_EVIDENCE, FP_KEY_HINTS,
        FP_KEY_WORKLOAD, FP_KEY_WORKLOAD_DERIVED, FP_KEY_WORKLOAD_CLASS,
        FP_CFG_IMAGE, FP_CFG_K8S_NODE,
        FP_ID_NAMESPACE, FP_ID_POD, FP_ID_CONTAINER, FP_ID_ADDRESSES,
        FP_CNI_DID, FP_CNI_NETWORK, FP_CNI_IFNAME, FP_CNI_IPAM, FP_CNI_VF,
    };

    static struct sset ours = SSET_INITIALIZER(&ours);

    /* This is called for each key of each container whenever a bridge changes,
     * so it looks into a hash table instead of comparing all keys. */
    if (sset_is_empty(&ours)) {
        sset_add_array(&ours, (char **) keys, ARRAY_SIZE(keys));
    }
    return sset_contains(&ours, key);
}

/* A key of Open_vSwitch that a Bridge or an Interface may override. */
struct override {
    const char *key;
    setting_parser *parse;
};

/* Returns a malloc()'d sentence if a key in 'external_ids' looks like one of
 * the 'n' keys 'overrides', but is none of ours at all, otherwise null. */
static char *
find_misspelling(const struct override *overrides, size_t n,
                 const struct smap *external_ids)
{
    const char *keys[8];
    const struct smap_node *node;
    char *problem = NULL;

    ovs_assert(n <= ARRAY_SIZE(keys));
    for (size_t i = 0; i < n; i++) {
        keys[i] = overrides[i].key;
    }
    SMAP_FOR_EACH (node, external_ids) {
        if (!problem && !strncmp(node->key, PREFIX, strlen(PREFIX))
            && !is_ours(node->key)) {
            problem = describe_misspelling(node->key, keys, n);
        }
    }
    return problem;
}

/* Parses the 'n' keys 'overrides' of 'external_ids', where these have them,
 * into 's'.  Returns a malloc()'d sentence if any is invalid, otherwise
 * null. */
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
    double rate = MIN(speed, SETTING_MAX_AMOUNT) * percent / 100;

    return rate < 1 ? 1 : rate;
}

void
settings_get_threshold(const struct settings *settings,
                       const struct smap *external_ids, uint64_t link_speed,
                       struct elephant_threshold *threshold, char **problem)
{
    static const struct override overrides[] = {
        { FP_CFG_ELEPHANT_BYTES, setting_parse_elephant_bytes },
        { FP_CFG_ELEPHANT_RATE, setting_parse_elephant_rate },
        { FP_CFG_ELEPHANT_HOLD, setting_parse_elephant_hold },
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
            *problem = xasprintf("external_ids:%s=\"%g%%\" needs a link "
                                 "speed, which this interface does not have: "
                                 "give it a rate in bit/s (%"PRIu64" is "
                                 "in force)",
                                 FP_CFG_ELEPHANT_RATE, s.elephant_percent,
                                 s.elephant.rate);
        }
    }
    *threshold = s.elephant;
    if (!*problem) {
        *problem = find_misspelling(overrides, ARRAY_SIZE(overrides),
                                    external_ids);
    }
}

uint64_t
settings_get_volume_rate(const struct settings *settings,
                         const struct smap *external_ids, uint64_t link_speed,
                         uint64_t elephant_rate, char **problem)
{
    static const struct override overrides[] = {
        { FP_CFG_VOLUME_RATE, setting_parse_volume_rate },
    };
    struct settings s = { .volume = settings->volume };

    *problem = override_settings(&s, overrides, ARRAY_SIZE(overrides),
                                 external_ids);
    if (!*problem) {
        *problem = find_misspelling(overrides, ARRAY_SIZE(overrides),
                                    external_ids);
    }
    switch (s.volume.kind) {
    case VOLUME_OFF:
        return 0;
    case VOLUME_RATE:
        return s.volume.rate;
    case VOLUME_PERCENT:
        if (link_speed) {
            return percent_of(s.volume.percent, link_speed);
        }
        break;
    case VOLUME_AUTO:
        break;
    default:
        OVS_NOT_REACHED();
    }
    return (MIN(elephant_rate, SETTING_MAX_AMOUNT / VOLUME_FACTOR)
            * VOLUME_FACTOR);
}

char *
settings_parse_zones_mode(const struct smap *external_ids,
                          enum zones_mode *mode)
{
    const char *value = smap_get(external_ids, FP_CFG_ZONES);
    char *reason = value ? zones_mode_from_string(value, mode) : NULL;

    return reason ? describe_problem(FP_CFG_ZONES, value, reason) : NULL;
}

enum tracking_mode
settings_get_tracking(const struct smap *external_ids,
                      enum tracking_mode last, char **problem)
{
    static const struct override overrides[] = {
        { FP_CFG_TRACKING, setting_parse_tracking },
    };
    struct settings s = { .tracking = TRACKING_MODE_INHERIT };

    *problem = override_settings(&s, overrides, ARRAY_SIZE(overrides),
                                 external_ids);
    if (*problem) {
        return last;
    }
    *problem = find_misspelling(overrides, ARRAY_SIZE(overrides),
                                external_ids);
    return s.tracking;
}

bool
settings_find_uplink(const struct settings *settings, const char *name,
                     uint64_t *speed)
{
    char *copy = xstrdup(settings->learning.uplinks);
    char *save = NULL;
    bool found = false;

    *speed = 0;
    for (char *p = strtok_r(copy, ", ", &save); p && !found;
         p = strtok_r(NULL, ", ", &save)) {
        char *value = strchr(p, '=');

        if (value) {
            *value++ = '\0';
        }
        found = !strcmp(p, name);
        if (found && value) {
            free(setting_parse_amount(value, "bit/s", speed));
        }
    }
    free(copy);
    return found;
}

/* Parses 'value' into '*choice'.  Returns a malloc()'d phrase if it is
 * invalid, otherwise null. */
static char *
parse_port_choice(const char *value, enum port_choice *choice)
{
    if (!strcmp(value, "container")) {
        *choice = PORT_CHOICE_CONTAINER;
    } else if (!strcmp(value, "uplink")) {
        *choice = PORT_CHOICE_UPLINK;
    } else if (!strcmp(value, "ignore")) {
        *choice = PORT_CHOICE_IGNORE;
    } else {
        return xstrdup("use \"container\", \"uplink\" or \"ignore\"");
    }
    return NULL;
}

enum port_choice
settings_get_port_choice(const struct smap *iface_ids,
                         const struct smap *port_ids, enum port_choice last,
                         char **problem)
{
    static const struct override known[] = { { FP_CFG_PORT, NULL } };
    enum port_choice choice = PORT_CHOICE_NONE;
    const char *value = smap_get(iface_ids, FP_CFG_PORT);
    char *reason;

    if (!value) {
        value = smap_get(port_ids, FP_CFG_PORT);
    }
    reason = value ? parse_port_choice(value, &choice) : NULL;
    if (reason) {
        *problem = describe_problem(FP_CFG_PORT, value, reason);
        return last;
    }
    *problem = find_misspelling(known, ARRAY_SIZE(known), iface_ids);
    if (!*problem) {
        *problem = find_misspelling(known, ARRAY_SIZE(known), port_ids);
    }
    return choice;
}

void
settings_get_policy(const struct smap *external_ids, struct policy *policy,
                    char **problem)
{
    static const struct override overrides[] = {
        { FP_CFG_POLICY, setting_parse_policy },
    };
    struct settings s = { .policy = policy_inherit };

    *problem = override_settings(&s, overrides, ARRAY_SIZE(overrides),
                                 external_ids);
    if (!*problem) {
        *policy = s.policy;
        *problem = find_misspelling(overrides, ARRAY_SIZE(overrides),
                                    external_ids);
    }
}

void
settings_get_pipeline_options(const struct settings *settings,
                              const struct smap *external_ids,
                              struct pipeline_options *options, char **problem)
{
    static const struct override overrides[] = {
        { FP_CFG_FIRST_TABLE, setting_parse_first_table },
        { FP_CFG_REGISTER, setting_parse_register },
        { FP_CFG_PIPELINE, setting_parse_pipeline },
    };
    struct settings s = { .pipeline = settings->pipeline };

    *problem = override_settings(&s, overrides, ARRAY_SIZE(overrides),
                                 external_ids);
    if (!*problem) {
        *options = s.pipeline;
        *problem = find_misspelling(overrides, ARRAY_SIZE(overrides),
                                    external_ids);
    }
}
