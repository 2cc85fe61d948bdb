/* SPDX-License-Identifier: Apache-2.0 */

/* Drives learning and observer.
 *
 *     rule HEAVY TRIALS              the class of a workload with HEAVY heavy
 *                                    ones of TRIALS, all of one node
 *     observe TRIALS HEAVY [KEY=VALUE|...]
 *                                    another node's observation
 *     sum [NOW]                      what that amounts to; then forgets it
 *     see NAME WORKLOAD CLASS [ROLE RATE]
 *     lose NAME                      a container is there, or gone
 *     after SECONDS                  time passes
 *     jump SECONDS                   somebody sets the clock
 *     get WORKLOAD                   what was seen of it
 *     forget WORKLOAD
 *     restart                        of the daemon, which reads what it wrote
 *     late-restart SECONDS           the same, but can read only so much later
 *     early-restart SECONDS          the same, but sees the containers only so
 *                                    much later
 *     simulate DAYS NODES            a cluster (see simulate())
 *
 * The time of day is 1,000,000,000 at first. */

#include <config.h>
#include "lib/learning.h"
#include "tests/unit/test-pure.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/shash.h"
#include "publish/observer.h"
#include "random.h"
#include "util.h"

#define START 1000000000LL

static struct observation observations[10000];
static size_t n_observations;

static struct observer *observer;
static struct moment moment = { 5000, START * 1000 };

static void
print_learned(const struct learned *l)
{
    const char *role = footprint_role_to_string(l->role);

    printf("  %s", workload_class_to_string(l->class));
    if (l->class != WORKLOAD_UNKNOWN) {
        printf(" (%.2f)", l->confidence);
    }
    printf(": %.0f %% of %.2f trials, %"PRIuSIZE" node(s)",
           l->share * 100, l->trials, l->n_nodes);
    if (role) {
        printf(", %s", role);
    }
    if (l->typical_rate > 0) {
        printf(", %.0f bit/s, peak %.0f, %.0f %% of the time",
               l->typical_rate, l->peak_rate, l->duty * 100);
    }
    printf("\n");
    if (l->n_ignored) {
        printf("  ignored %"PRIuSIZE": %s\n", l->n_ignored, l->ignored);
    }
}

static void
run_rule(struct words *words)
{
    struct observation o = { .timestamp = START };
    struct learned learned;

    o.heavy_trials = atof(words_take(words));
    o.trials = atof(words_take(words));
    learning_sum(&o, 1, LEARNING_HALF_LIFE, START, &learned);
    print_learned(&learned);
}

static double
get_double(const struct smap *smap, const char *key, double value)
{
    const char *s = smap_get(smap, key);

    return s ? atof(s) : value;
}

static void
run_observe(struct words *words)
{
    struct observation *o = &observations[n_observations++];
    struct smap smap;

    o->trials = atof(words_take(words));
    o->heavy_trials = atof(words_take(words));
    words_take_smap(words, &smap);
    o->timestamp = smap_get_ullong(&smap, "at", START);
    o->seconds = get_double(&smap, "seconds", 0);
    o->heavy_seconds = get_double(&smap, "heavy", 0);
    o->source_seconds = get_double(&smap, "source", 0);
    o->sink_seconds = get_double(&smap, "sink", 0);
    o->bytes = get_double(&smap, "bytes", 0);
    o->peak_rate = get_double(&smap, "peak", 0);
    o->first_seen = get_double(&smap, "first", 0);
    o->last_seen = get_double(&smap, "last", 0);
    o->instances = get_double(&smap, "instances", 0);
    smap_destroy(&smap);
}

/* Sums the observations in the order given, and in a hundred others, which
 * must not make a difference. */
static void
run_sum(struct words *words)
{
    long long int now = (words_are_left(words) ? words_take_number(words)
                         : START);
    struct learned learned, other;

    learning_sum(observations, n_observations, LEARNING_HALF_LIFE, now,
                 &learned);
    print_learned(&learned);
    for (int i = 0; i < 100 && n_observations && !learned.n_ignored; i++) {
        struct observation *a = &observations[random_range(n_observations)];
        struct observation *b = &observations[random_range(n_observations)];
        struct observation swap = *a;

        *a = *b;
        *b = swap;
        learning_sum(observations, n_observations, LEARNING_HALF_LIFE, now,
                     &other);
        if (memcmp(&learned, &other, sizeof other)) {
            ovs_fatal(0, "in another order, the sum is another");
        }
    }
    n_observations = 0;
    memset(observations, 0, sizeof observations);
}

static void
run_see(struct words *words)
{
    char *name = xstrdup(words_take(words));
    char *workload = xstrdup(words_take(words));
    struct sighting s = { .workload = workload };

    if (!footprint_class_from_string(words_take(words), &s.class)) {
        ovs_fatal(0, "not a class");
    }
    if (words_are_left(words)) {
        s.role = footprint_role_from_string(words_take(words));
        s.rate = words_take_number(words);
        s.resting = words_are_left(words) && !strcmp(words_take(words),
                                                     "resting");
    }
    observer_see(observer, name, &s, &moment);
    free(workload);
    free(name);
}

static void
run_get(const char *workload)
{
    struct observation o;

    observer_run(observer, &moment);
    if (!observer_get(observer, workload, &moment, &o)) {
        printf("  nothing\n");
        return;
    }
    printf("  %.2f trials, %.2f heavy; %.0f s, %.0f heavy, %.0f source, "
           "%.0f sink; %.0f bytes, peak %.0f; %lld instance(s), "
           "first %lld, last %lld, at %lld\n",
           o.trials, o.heavy_trials, o.seconds, o.heavy_seconds,
           o.source_seconds, o.sink_seconds, o.bytes, o.peak_rate,
           o.instances, o.first_seen - START, o.last_seen - START,
           o.timestamp - START);
}

static void
pass(long long int seconds)
{
    moment.mono += seconds * 1000;
    moment.wall += seconds * 1000;
}

/* The containers that run_restart() knows. */
static const char *const names[] = { "a", "b", "c" };

static void
restore_all(struct observer *old, const struct moment *then,
            const struct trial trials[], const bool has_trial[])
{
    struct observer_entry entry;
    void *cursor = NULL;

    while (observer_next(old, &cursor, &entry)) {
        struct observation o;

        observer_get(old, entry.workload, then, &o);
        observer_restore(observer, entry.workload, &o, &moment);
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
            if (has_trial[i]) {
                observer_restore_trial(observer, names[i], entry.workload,
                                       &trials[i], &moment);
            }
        }
    }
}

/* All containers are heavy, of workload "w", until the new daemon has read
 * what the old one wrote, 'late' seconds after it began; or, if that is
 * negative, they are seen so much after it was read. */
static void
run_restart(long long int late)
{
    struct sighting heavy = { "w", FOOTPRINT_HEAVY, FOOTPRINT_SOURCE, 8e6,
                              false };
    struct trial trials[ARRAY_SIZE(names)];
    bool has_trial[ARRAY_SIZE(names)];
    struct observer *old = observer;
    struct moment then;

    observer_run(old, &moment);
    then = moment;
    observer = observer_create();
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        has_trial[i] = observer_get_trial(old, names[i], &moment, &trials[i]);
    }
    if (late < 0) {
        restore_all(old, &then, trials, has_trial);
        pass(-late);
    }
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (has_trial[i]) {
            observer_see(observer, names[i], &heavy, &moment);
        }
    }
    if (late >= 0) {
        pass(late);
        restore_all(old, &then, trials, has_trial);
    }
    observer_destroy(old);
}

/* A workload of the simulation. */
struct pattern {
    const char *name;
    int replicas;
    const char *what;           /* For people. */

    /* Is 'replica' there, and heavy, in this minute? */
    enum footprint_class (*get_class)(int replica, int day, int minute);
};

#define PATTERN(NAME, THERE, HEAVY)                                     \
    static enum footprint_class                                         \
    NAME(int replica OVS_UNUSED, int day OVS_UNUSED,                    \
         int minute OVS_UNUSED)                                         \
    {                                                                   \
        return (!(THERE) ? FOOTPRINT_UNKNOWN                            \
                : (HEAVY) ? FOOTPRINT_HEAVY : FOOTPRINT_LIGHT);         \
    }

PATTERN(is_steady, true, true)
PATTERN(is_quiet, true, false)
PATTERN(is_odd, true, replica == 7)
PATTERN(is_on_off, true, minute % 60 < 10)
PATTERN(is_nightly, true, minute >= 120 && minute < 180)
PATTERN(is_weekly, true, day % 7 == 6 && minute < 60)
PATTERN(is_leader, true, replica == 0)
PATTERN(became_light, true, day < 30)
PATTERN(became_heavy, true, day >= 30)
PATTERN(is_gone, day < 20, true)
PATTERN(is_job, minute >= 30 * replica && minute < 30 * replica + 10, true)
PATTERN(is_light_job, minute >= 30 * replica && minute < 30 * replica + 10,
        false)

static const struct pattern patterns[] = {
    { "steady", 3, "heavy all the time", is_steady },
    { "quiet", 100, "light all the time", is_quiet },
    { "odd", 100, "one replica of a hundred is heavy", is_odd },
    { "on-off", 10, "heavy for 10 minutes an hour", is_on_off },
    { "nightly", 4, "heavy for an hour a day", is_nightly },
    { "weekly", 4, "heavy for an hour a week", is_weekly },
    { "leader", 3, "one replica of three is heavy", is_leader },
    { "became-light", 5, "heavy until day 30", became_light },
    { "became-heavy", 5, "light until day 30", became_heavy },
    { "gone", 5, "heavy until day 20, then gone", is_gone },
    { "jobs", 12, "jobs of 10 minutes, heavy", is_job },
    { "light-jobs", 12, "jobs of 10 minutes, light", is_light_job },
};
enum { N_PATTERNS = ARRAY_SIZE(patterns), MAX_NODES = 100, MAX_DAYS = 100 };

/* A node of the simulation, with a clock of its own. */
struct sim_node {
    struct observer *observer;
    long long int clock_error;  /* In seconds. */
    struct observation rows[N_PATTERNS];
};

static struct sim_node nodes[MAX_NODES];

/* Returns the node of a replica, which moves every five days. */
static struct sim_node *
node_of(int pattern, int replica, int day, int n_nodes)
{
    return &nodes[(pattern * 7 + replica * 3 + (day + replica) / 5 * 11)
                  % n_nodes];
}

static struct moment
moment_of(const struct sim_node *node, long long int seconds)
{
    return (struct moment) {
        .mono = seconds * 1000,
        .wall = (START + seconds + node->clock_error) * 1000,
    };
}

/* Has 'node' see, or lose, a replica. */
static void
step_replica(struct sim_node *node, const struct pattern *p, int replica,
             enum footprint_class class, long long int now)
{
    struct sighting s = { p->name, class, FOOTPRINT_SOURCE, 1e8, false };
    struct moment m = moment_of(node, now);
    char name[32];

    snprintf(name, sizeof name, "%s-%d", p->name, replica);
    if (class != FOOTPRINT_UNKNOWN) {
        observer_see(node->observer, name, &s, &m);
    } else {
        observer_lose(node->observer, name, &m);
    }
}

static void
step_pattern(int pattern, int day, int minute, int n_nodes)
{
    static enum footprint_class last[N_PATTERNS][100];
    const struct pattern *p = &patterns[pattern];
    long long int now = (day * 1440LL + minute) * 60;

    for (int i = 0; i < p->replicas; i++) {
        enum footprint_class class = p->get_class(i, day, minute);
        struct sim_node *node = node_of(pattern, i, day, n_nodes);
        struct sim_node *before = node_of(pattern, i, MAX(day - 1, 0),
                                          n_nodes);

        if (!minute && before != node) {
            step_replica(before, p, i, FOOTPRINT_UNKNOWN, now);
            last[pattern][i] = FOOTPRINT_UNKNOWN;
        }
        if (class != last[pattern][i]) {
            step_replica(node, p, i, class, now);
            last[pattern][i] = class;
        }
    }
}

/* At the end of a day, each node writes what it saw; one of them writes
 * nonsense. */
static void
write_rows(int n_nodes, long long int now)
{
    for (int i = 0; i < n_nodes; i++) {
        struct moment m = moment_of(&nodes[i], now);

        observer_run(nodes[i].observer, &m);
        for (int j = 0; j < N_PATTERNS; j++) {
            if (!observer_get(nodes[i].observer, patterns[j].name, &m,
                              &nodes[i].rows[j])) {
                memset(&nodes[i].rows[j], 0, sizeof nodes[i].rows[j]);
            }
        }
    }
    for (int j = 0; j < N_PATTERNS; j++) {
        nodes[0].rows[j] = (struct observation) {
            .timestamp = START + now, .trials = 1e15,
            .heavy_trials = j % 2 ? 1e15 : 0,
        };
    }
}

static void
learn_pattern(int pattern, int n_nodes, long long int now,
              struct learned *learned)
{
    struct observation rows[MAX_NODES];
    size_t n = 0;

    for (int i = 0; i < n_nodes; i++) {
        if (nodes[i].rows[pattern].trials > 0) {
            rows[n++] = nodes[i].rows[pattern];
        }
    }
    learning_sum(rows, n, LEARNING_HALF_LIFE, START + now, learned);
}

/* Nodes' clocks are wrong by up to ten minutes, those of two by a year. */
static void
create_nodes(int n_nodes)
{
    for (int i = 0; i < n_nodes; i++) {
        nodes[i].observer = observer_create();
        nodes[i].clock_error = i * 37 % 1200 - 600;
    }
    nodes[1].clock_error = 365 * 86400;
    nodes[2].clock_error = -365 * 86400;
}

static void
print_curves(int n_days, char classes[N_PATTERNS][MAX_DAYS + 1],
             char shares[N_PATTERNS][MAX_DAYS + 1])
{
    for (int i = 0; i < N_PATTERNS; i++) {
        printf("  %s: %s\n    class |%.*s|\n    share |%.*s|\n",
               patterns[i].name, patterns[i].what,
               n_days, classes[i], n_days, shares[i]);
    }
}

/* Simulates some workloads on a cluster, and draws what a reader knows of each
 * at the end of each day: the class (H, M, L or ?), and the share of heavy
 * trials (0 is less than 10 %, 9 is 90 % or more). */
static void
run_simulate(struct words *words)
{
    static char classes[N_PATTERNS][MAX_DAYS + 1];
    static char shares[N_PATTERNS][MAX_DAYS + 1];
    int n_days = words_take_number(words);
    int n_nodes = words_take_number(words);

    create_nodes(n_nodes);
    for (int day = 0; day < n_days; day++) {
        for (int minute = 0; minute < 1440; minute += 10) {
            for (int i = 0; i < N_PATTERNS; i++) {
                step_pattern(i, day, minute, n_nodes);
            }
        }
        long long int now = (day + 1) * 86400LL - 1;
        write_rows(n_nodes, now);
        for (int i = 0; i < N_PATTERNS; i++) {
            struct learned l;

            learn_pattern(i, n_nodes, now, &l);
            classes[i][day] = "?LMH"[l.class];
            shares[i][day] = "0123456789"[(int) MIN(l.share * 10, 9)];
        }
    }
    print_curves(n_days, classes, shares);
    for (int i = 0; i < n_nodes; i++) {
        observer_destroy(nodes[i].observer);
    }
}

static bool
run_observer(const char *command, struct words *words)
{
    if (!observer) {
        observer = observer_create();
    }
    if (!strcmp(command, "see")) {
        run_see(words);
    } else if (!strcmp(command, "lose")) {
        observer_lose(observer, words_take(words), &moment);
    } else if (!strcmp(command, "after")) {
        pass(words_take_number(words));
    } else if (!strcmp(command, "jump")) {
        moment.wall += words_take_number(words) * 1000;
    } else if (!strcmp(command, "get")) {
        run_get(words_take(words));
    } else if (!strcmp(command, "forget")) {
        printf("  %s\n", observer_forget(observer, words_take(words), &moment)
               ? "forgotten" : "nothing");
    } else if (!strcmp(command, "restart")) {
        run_restart(0);
    } else if (!strcmp(command, "late-restart")) {
        run_restart(words_take_number(words));
    } else if (!strcmp(command, "early-restart")) {
        run_restart(-words_take_number(words));
    } else {
        return false;
    }
    return true;
}

static bool
run(const char *command, struct words *words)
{
    if (!strcmp(command, "rule")) {
        run_rule(words);
    } else if (!strcmp(command, "observe")) {
        run_observe(words);
    } else if (!strcmp(command, "sum")) {
        run_sum(words);
    } else if (!strcmp(command, "simulate")) {
        run_simulate(words);
    } else {
        return run_observer(command, words);
    }
    return true;
}

static void
finish(void)
{
    observer_destroy(observer);
}

const struct driver test_learning = { "learning", run, finish };
