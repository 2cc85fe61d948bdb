/* SPDX-License-Identifier: Apache-2.0 */

/* Runs the driver of one of the modules that need neither kernel nor socket
 * nor clock:
 *
 *     test-pure MODULE < SCRIPT
 *
 * Each line of SCRIPT is a command of that module's driver, which its source
 * explains (test-MODULE.c).  It is printed after "> ", and what the driver has
 * to say follows.  Empty lines and those that begin with '#' are skipped.
 * What the modules log goes to stderr, without the time. */

#include <config.h>
#include "tests/unit/test-pure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "util.h"

static const struct driver *const drivers[] = {
    &test_counter_judge,
    &test_ct_flow,
    &test_detector_load,
    &test_endpoint,
    &test_extender,
    &test_footprint,
    &test_guard_policy,
    &test_humanize,
    &test_identity,
    &test_mac_learning_policy,
    &test_learning,
    &test_printable,
    &test_published,
    &test_openmetrics,
    &test_passage,
    &test_report,
    &test_role,
    &test_sampler,
    &test_scheduler,
    &test_settings,
    &test_top,
    &test_visibility,
    &test_volume,
    &test_tracker,
    &test_tracking,
    &test_workload,
    &test_zones,
};

bool
words_are_left(const struct words *words)
{
    return words->rest[strspn(words->rest, " ")] != '\0';
}

const char *
words_take(struct words *words)
{
    char *save = NULL;
    char *word = strtok_r(words->rest, " ", &save);

    if (!word) {
        ovs_fatal(0, "a word is missing");
    }
    words->rest = save;
    return word;
}

long long int
words_take_number(struct words *words)
{
    const char *word = words_take(words);
    long long int n;

    if (!str_to_llong(word, 10, &n)) {
        ovs_fatal(0, "%s: not a number", word);
    }
    return n;
}

void
words_take_smap(struct words *words, struct smap *smap)
{
    char *save = NULL;

    smap_init(smap);
    for (char *pair = strtok_r(words->rest, "|", &save); pair;
         pair = strtok_r(NULL, "|", &save)) {
        char *key = pair + strspn(pair, " ");
        char *equals = strchr(key, '=');

        if (!equals) {
            ovs_fatal(0, "%s: not KEY=VALUE", pair);
        }
        *equals = '\0';
        smap_replace(smap, key, equals + 1);
    }
    words->rest += strlen(words->rest);
}

/* Returns true if the address is one of IPv6. */
static bool
take_endpoint(struct words *words, struct in6_addr *addr, ovs_be16 *port)
{
    bool is_ipv6 = false;
    const char *word = words_take(words);
    char *copy = xstrdup(word);
    char *address = copy;
    ovs_be32 ip;
    int n;

    *port = 0;
    if (copy[0] == '[') {
        char *end = strchr(copy, ']');

        if (!end || end[1] != ':' || !str_to_int(end + 2, 10, &n)) {
            ovs_fatal(0, "%s: not [ADDRESS]:PORT", word);
        }
        *end = '\0';
        address = copy + 1;
        *port = htons(n);
    }
    if (ip_parse(address, &ip)) {
        in6_addr_set_mapped_ipv4(addr, ip);
    } else if (ipv6_parse(address, addr)) {
        is_ipv6 = true;
    } else {
        ovs_fatal(0, "%s: not an address", word);
    }
    free(copy);
    return is_ipv6;
}

void
words_take_tuple(struct words *words, struct ct_tuple *tuple)
{
    memset(tuple, 0, sizeof *tuple);
    tuple->is_ipv6 = take_endpoint(words, &tuple->src, &tuple->src_port);
    take_endpoint(words, &tuple->dst, &tuple->dst_port);
    tuple->nw_proto = words_take_number(words);
}

static void
run_line(const struct driver *driver, char *line)
{
    struct words words = { line };

    if (line[0] == '#' || !words_are_left(&words)) {
        return;
    }
    printf("> %s\n", line);

    const char *command = words_take(&words);
    if (!driver->run(command, &words)) {
        ovs_fatal(0, "%s: unknown command", command);
    }
    if (words_are_left(&words)) {
        ovs_fatal(0, "%s: too many words: %s", command, words.rest);
    }
}

static void
run_script(const struct driver *driver)
{
    struct ds line = DS_EMPTY_INITIALIZER;

    while (!ds_get_line(&line, stdin)) {
        run_line(driver, ds_cstr(&line));
    }
    ds_destroy(&line);
    if (driver->finish) {
        driver->finish();
    }
}

int
main(int argc, char *argv[])
{
    ovs_set_program_name(argv[0], PACKAGE_VERSION);
    setvbuf(stdout, NULL, _IOLBF, 0); /* In order with stderr. */
    vlog_set_pattern(VLF_CONSOLE, "%c|%p|%m");
    vlog_set_levels(NULL, VLF_SYSLOG, VLL_OFF);
    if (argc == 2) {
        for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
            if (!strcmp(argv[1], drivers[i]->name)) {
                run_script(drivers[i]);
                return 0;
            }
        }
    }
    ovs_fatal(0, "usage: %s MODULE < SCRIPT", program_name);
}
