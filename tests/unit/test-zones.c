/* SPDX-License-Identifier: Apache-2.0 */

/* Drives zones.
 *
 *     range MIN MAX
 *     reserve [ZONE]...              exactly these from now on
 *     claim OWNER ZONE
 *     get OWNER...                   prints each owner's zone, and flushes
 *     fill PREFIX N                  gets N zones, prints the first and last
 *     release OWNER
 *     state ZONE...
 *     count */

#include <config.h>
#include "tests/unit/test-pure.h"
#include "zones/zones.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bitmap.h"
#include "util.h"

static struct zones *zones;

static void
flush_loudly(uint16_t id, void *aux OVS_UNUSED)
{
    printf("flush %"PRIu16"\n", id);
}

static void
flush_quietly(uint16_t id OVS_UNUSED, void *aux OVS_UNUSED)
{
}

static void
get(struct words *words)
{
    while (words_are_left(words)) {
        const char *owner = words_take(words);
        uint16_t id = zones_get(zones, owner, flush_loudly, NULL);

        if (id) {
            printf("%s: %"PRIu16"\n", owner, id);
        } else {
            printf("%s: none left\n", owner);
        }
    }
}

static void
fill(const char *prefix, long long int n)
{
    uint16_t first = 0, last = 0;
    long long int n_given = 0;

    for (long long int i = 0; i < n; i++) {
        char *owner = xasprintf("%s%lld", prefix, i);
        uint16_t id = zones_get(zones, owner, flush_quietly, NULL);

        if (id) {
            first = n_given++ ? first : id;
            last = id;
        }
        free(owner);
    }
    printf("%lld given, from %"PRIu16" to %"PRIu16"\n", n_given, first, last);
}

static void
reserve(struct words *words)
{
    unsigned long *ids = bitmap_allocate(UINT16_MAX + 1);

    while (words_are_left(words)) {
        bitmap_set1(ids, words_take_number(words) & UINT16_MAX);
    }
    zones_set_reserved(zones, ids);
    bitmap_free(ids);
}

static void
show_states(struct words *words)
{
    while (words_are_left(words)) {
        uint16_t id = words_take_number(words);
        enum zone_state state = zones_get_state(zones, id);

        printf("%"PRIu16": %s\n", id,
               state == ZONE_FREE ? "free"
               : state == ZONE_OWNED ? "owned"
               : state == ZONE_RESERVED ? "reserved" : "?");
    }
}

static bool
run(const char *command, struct words *words)
{
    if (!zones) {
        zones = zones_create();
    }
    if (!strcmp(command, "range")) {
        uint16_t min = words_take_number(words);

        zones_set_range(zones, min, words_take_number(words));
    } else if (!strcmp(command, "reserve")) {
        reserve(words);
    } else if (!strcmp(command, "claim")) {
        const char *owner = words_take(words);

        puts(zones_claim(zones, owner, words_take_number(words))
             ? "yes" : "no");
    } else if (!strcmp(command, "get")) {
        get(words);
    } else if (!strcmp(command, "fill")) {
        const char *prefix = words_take(words);

        fill(prefix, words_take_number(words));
    } else if (!strcmp(command, "release")) {
        zones_release(zones, words_take(words));
    } else if (!strcmp(command, "state")) {
        show_states(words);
    } else if (!strcmp(command, "count")) {
        unsigned int n_range, n_owned;

        zones_count(zones, &n_range, &n_owned);
        printf("%u owned, range of %u\n", n_owned, n_range);
    } else {
        return false;
    }
    return true;
}

static void
finish(void)
{
    zones_destroy(zones);
}

const struct driver test_zones = { "zones", run, finish };
