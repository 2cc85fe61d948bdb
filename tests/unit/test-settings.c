/* SPDX-License-Identifier: Apache-2.0 */

/* Drives settings.
 *
 *     update [KEY=VALUE|...]         external_ids of Open_vSwitch from now on
 *     show                           prints all settings and problems
 *     learning                       prints those of what is learned
 *     override [KEY=VALUE|...]       external_ids of an Interface, always the
 *                                    same: prints the threshold that is in
 *                                    force for it
 *     link bps=SPEED                 that Interface's link speed, 0 for none
 *     volume [KEY=VALUE|...]         likewise: prints the rate above which it
 *                                    is heavy anyway
 *     mode [KEY=VALUE|...]           external_ids of a Bridge: prints how its
 *                                    ports get zones
 *     tracking [KEY=VALUE|...]       external_ids of a Bridge or Interface,
 *                                    always the same one
 *     policy [KEY=VALUE|...]         the same
 *     options [KEY=VALUE|...]        external_ids of a Bridge, always the
 *                                    same: prints where its flows are */

#include <config.h>
#include "settings/settings.h"
#include "tests/unit/test-pure.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

static struct settings settings;
static bool initialized;

/* What is in force for the Interface. */
static struct elephant_threshold threshold;
static uint64_t link_speed;

/* What is in force for the Bridge. */
static struct pipeline_options options;
static enum tracking_mode own_tracking;
static struct policy own_policy = { .inherit = true };

static const char *
mode_to_string(enum zones_mode mode)
{
    return (mode == ZONES_AUTO ? "auto"
            : mode == ZONES_MANAGED ? "managed" : "ovn");
}

static const char *
choice_to_string(enum detector_choice choice)
{
    return (choice == DETECTOR_CHOICE_AUTO ? "auto"
            : choice == DETECTOR_CHOICE_HOOK ? "hook"
            : choice == DETECTOR_CHOICE_SCAN ? "scan"
            : choice == DETECTOR_CHOICE_POLL ? "poll" : "none");
}

static void
print_threshold(const struct elephant_threshold *t)
{
    printf("elephant: %"PRIu64" bytes at %"PRIu64" bit/s, hold %u s\n",
           t->bytes, t->rate, t->hold);
}

static void
show(void)
{
    const char **bridges = sset_sort(&settings.bridges);
    const struct shash_node **nodes = shash_sort(&settings.problems);

    printf("bridges:");
    for (size_t i = 0; i < sset_count(&settings.bridges); i++) {
        printf(" %s", bridges[i]);
    }
    printf("\nzones: %s from %"PRIu16" to %"PRIu16"\n",
           mode_to_string(settings.zones), settings.zone_min,
           settings.zone_max);
    printf("detector: %s\n", choice_to_string(settings.detector));
    if (settings.detector_options.track_unassured
        || settings.detector_options.poll_interval != 5000) {
        printf("detector: unassured %d, every %u ms\n",
               settings.detector_options.track_unassured,
               settings.detector_options.poll_interval);
    }
    print_threshold(&settings.elephant);
    if (settings.elephant_percent) {
        printf("elephant: at %g%% of the link\n", settings.elephant_percent);
    }
    printf("heavy: hold %u s\n", settings.heavy_hold);
    for (size_t i = 0; i < shash_count(&settings.problems); i++) {
        printf("problem: %s\n", (char *) nodes[i]->data);
    }
    free(nodes);
    nodes = shash_sort(&settings.unknown);
    for (size_t i = 0; i < shash_count(&settings.unknown); i++) {
        printf("problem: %s\n", (char *) nodes[i]->data);
    }
    free(nodes);
    free(bridges);
}

static void
show_learning(void)
{
    const struct learning_settings *l = &settings.learning;

    printf("remote \"%s\", name \"%s\", uplinks \"%s\", heartbeat %u s, "
           "half-life %lld s\n", l->remote, l->node_name, l->uplinks,
           l->heartbeat, l->half_life);
}

static void
update(const struct smap *ids)
{
    puts(settings_update(&settings, ids) ? "changed" : "unchanged");
}

/* Prints 'problem', which may be null, and frees it. */
static void
print_problem(char *problem)
{
    if (problem) {
        printf("problem: %s\n", problem);
        free(problem);
    }
}

static void
override(const struct smap *ids)
{
    char *problem;

    settings_get_threshold(&settings, ids, link_speed, &threshold, &problem);
    print_threshold(&threshold);
    print_problem(problem);
}

static void
volume(const struct smap *ids)
{
    char *problem;

    printf("volume: %"PRIu64" bit/s\n",
           settings_get_volume_rate(&settings, ids, link_speed,
                                    settings.elephant.rate, &problem));
    print_problem(problem);
}

static void
mode(const struct smap *ids)
{
    enum zones_mode zones = settings.zones;
    char *problem = settings_parse_zones_mode(ids, &zones);

    printf("zones: %s\n", mode_to_string(zones));
    print_problem(problem);
}

static void
show_tracking(const struct smap *ids)
{
    static const char *const modes[] = {
        [TRACKING_MODE_INHERIT] = "as the node",
        [TRACKING_MODE_ALWAYS] = "always",
        [TRACKING_MODE_ADAPTIVE] = "adaptive",
    };
    char *problem;

    own_tracking = settings_get_tracking(ids, own_tracking, &problem);
    printf("node: %s; own: %s\n", modes[settings.tracking],
           modes[own_tracking]);
    print_problem(problem);
}

static void
print_policy(const char *whose, const struct policy *policy)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    if (policy->inherit) {
        ds_put_cstr(&s, "as the node");
    } else {
        policy_format(policy, &s);
    }
    printf("%s: %s", whose, ds_cstr(&s));
    ds_destroy(&s);
}

static void
show_policy(const struct smap *ids)
{
    char *problem;

    settings_get_policy(ids, &own_policy, &problem);
    print_policy("node", &settings.policy);
    print_policy("; own", &own_policy);
    putchar('\n');
    print_problem(problem);
}

static void
show_options(const struct smap *ids)
{
    char *problem;

    settings_get_pipeline_options(&settings, ids, &options, &problem);
    printf("options: table %"PRIu8", ", options.first_table);
    if (options.reg == PIPELINE_REG_ANY) {
        fputs("any register", stdout);
    } else {
        printf("register %"PRIu8, options.reg);
    }
    printf(", %s\n", pipeline_order_to_string(options.order));
    print_problem(problem);
}

static bool
run(const char *command, struct words *words)
{
    bool known = true;
    struct smap ids;

    if (!initialized) {
        settings_init(&settings);
        initialized = true;
    }
    words_take_smap(words, &ids);
    if (!strcmp(command, "update")) {
        update(&ids);
    } else if (!strcmp(command, "show")) {
        show();
    } else if (!strcmp(command, "learning")) {
        show_learning();
    } else if (!strcmp(command, "override")) {
        override(&ids);
    } else if (!strcmp(command, "link")) {
        link_speed = smap_get_ullong(&ids, "bps", 0);
    } else if (!strcmp(command, "volume")) {
        volume(&ids);
    } else if (!strcmp(command, "mode")) {
        mode(&ids);
    } else if (!strcmp(command, "tracking")) {
        show_tracking(&ids);
    } else if (!strcmp(command, "policy")) {
        show_policy(&ids);
    } else if (!strcmp(command, "options")) {
        show_options(&ids);
    } else {
        known = false;
    }
    smap_destroy(&ids);
    return known;
}

static void
finish(void)
{
    if (initialized) {
        settings_destroy(&settings);
    }
}

const struct driver test_settings = { "settings", run, finish };
