/* SPDX-License-Identifier: Apache-2.0 */

#ifndef TEST_PURE_H
#define TEST_PURE_H 1

/* What the drivers of the pure modules have in common.
 *
 * Each driver reads a script from stdin, one command per line, and prints what
 * the module answers, so that a test is a conversation. */

#include <stdbool.h>
#include <stdint.h>

#include "conntrack/ct-flow.h"
#include "smap.h"

/* The words of a line, for a driver to take one after the other. */
struct words {
    char *rest;                 /* What was not taken yet. */
};

/* Takes the next word.  Ends the program if there is none. */
const char *words_take(struct words *);
long long int words_take_number(struct words *);
bool words_are_left(const struct words *);

/* Takes all that is left: pairs "KEY=VALUE" separated by '|', which may
 * contain spaces.  The caller must destroy 'smap'. */
void words_take_smap(struct words *, struct smap *);

/* Takes "SRC DST" or "[SRC]:SPORT [DST]:DPORT", and the protocol's number. */
void words_take_tuple(struct words *, struct ct_tuple *);

/* The driver of one module. */
struct driver {
    const char *name;           /* Of the module. */

    /* Does 'command' with the words that follow it on its line, or returns
     * false if there is no such command. */
    bool (*run)(const char *command, struct words *);

    /* Called after the last line; may be null. */
    void (*finish)(void);
};

extern const struct driver test_counter_judge;
extern const struct driver test_ct_flow;
extern const struct driver test_detector_load;
extern const struct driver test_endpoint;
extern const struct driver test_extender;
extern const struct driver test_footprint;
extern const struct driver test_guard_policy;
extern const struct driver test_humanize;
extern const struct driver test_identity;
extern const struct driver test_mac_learning_policy;
extern const struct driver test_learning;
extern const struct driver test_printable;
extern const struct driver test_published;
extern const struct driver test_openmetrics;
extern const struct driver test_passage;
extern const struct driver test_report;
extern const struct driver test_role;
extern const struct driver test_sampler;
extern const struct driver test_scheduler;
extern const struct driver test_settings;
extern const struct driver test_top;
extern const struct driver test_visibility;
extern const struct driver test_volume;
extern const struct driver test_tracker;
extern const struct driver test_tracking;
extern const struct driver test_workload;
extern const struct driver test_zones;

#endif /* test-pure.h */
