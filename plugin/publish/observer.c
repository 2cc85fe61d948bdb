/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "publish/observer.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/shash.h"
#include "sset.h"
#include "util.h"

/* What was seen of a workload.  Times in 'sums' are seconds on the monotonic
 * clock plus MONO_BASE, so that none is negative. */
struct workload_record {
    struct hmap_node node;      /* In the observer, by 'name'. */
    char *name;
    struct observation sums;
    struct ovs_list instances;  /* Of struct instance: those there are now. */
    size_t n_instances;         /* In the list. */
    bool news;                  /* See struct observer_entry. */
};

/* A container on this node. */
struct instance {
    struct workload_record *workload;
    struct ovs_list node;       /* In the workload. */
    const char *name;
    enum footprint_class class;
    enum footprint_role role;
    double rate;
    bool resting;               /* As in struct sighting. */
    long long int accounted;    /* Until when it is in the sums: monotonic. */
    long long int trial_since;  /* When its trial began, likewise. */
    double watched;             /* Seconds of the trial that it was judged. */
    double counted;             /* Of the trial, in the sums. */
    bool trial_heavy;
};

/* The trial of a container in a previous run, which was not seen in this one
 * yet. */
struct old_trial {
    char *workload;
    long long int since;        /* Monotonic, in msec. */
    double counted;
    bool heavy;
};

struct observer {
    struct hmap workloads;      /* Of struct workload_record. */
    struct shash old_trials;    /* Of struct old_trial, by container. */
    struct shash instances;     /* Of struct instance, by name. */
    long long int half_life;    /* In seconds. */
};

/* Seconds; so much that what was seen long before the machine started still
 * has a positive time. */
#define MONO_BASE (100LL * 365 * 24 * 3600)

struct observer *
observer_create(void)
{
    struct observer *o = xzalloc(sizeof *o);

    hmap_init(&o->workloads);
    shash_init(&o->instances);
    shash_init(&o->old_trials);
    o->half_life = LEARNING_HALF_LIFE;
    return o;
}

static void
remove_workload(struct observer *o, struct workload_record *w)
{
    hmap_remove(&o->workloads, &w->node);
    free(w->name);
    free(w);
}

/* Forgets the old trial of the container called 'name'. */
static void
drop_old_trial(struct observer *o, const char *name)
{
    struct old_trial *old = shash_find_and_delete(&o->old_trials, name);

    if (old) {
        free(old->workload);
        free(old);
    }
}

void
observer_destroy(struct observer *o)
{
    if (o) {
        struct workload_record *w;
        struct shash_node *node;

        SHASH_FOR_EACH_SAFE (node, &o->old_trials) {
            drop_old_trial(o, node->name);
        }
        shash_destroy(&o->old_trials);
        HMAP_FOR_EACH_SAFE (w, node, &o->workloads) {
            remove_workload(o, w);
        }
        hmap_destroy(&o->workloads);
        shash_destroy_free_data(&o->instances);
        free(o);
    }
}

void
observer_set_half_life(struct observer *o, long long int half_life)
{
    o->half_life = half_life;
}

static long long int
mono_seconds(long long int mono)
{
    return MONO_BASE + mono / 1000;
}

/* Turns a wall clock time in seconds into one of 'sums', and back. */
static long long int
from_wall(long long int seconds, const struct moment *now)
{
    long long int age = now->wall / 1000 - seconds;

    return MAX(mono_seconds(now->mono) - MAX(age, 0), 0);
}

static long long int
to_wall(long long int seconds, const struct moment *now)
{
    return MAX(now->wall / 1000 - (mono_seconds(now->mono) - seconds), 0);
}

static struct workload_record *
find_workload(const struct observer *o, const char *name)
{
    struct workload_record *w;

    HMAP_FOR_EACH_WITH_HASH (w, node, hash_string(name, 0), &o->workloads) {
        if (!strcmp(w->name, name)) {
            return w;
        }
    }
    return NULL;
}

static struct workload_record *
get_workload(struct observer *o, const char *name, const struct moment *now)
{
    struct workload_record *w = find_workload(o, name);

    if (!w) {
        w = xzalloc(sizeof *w);
        w->name = xstrdup(name);
        ovs_list_init(&w->instances);
        w->sums.timestamp = mono_seconds(now->mono);
        w->sums.first_seen = w->sums.last_seen = w->sums.timestamp;
        hmap_insert(&o->workloads, &w->node, hash_string(name, 0));
    }
    return w;
}

/* Adds 'more', evidence of the time 'mono', to what is known of 'w'. */
static void
add_evidence(const struct observer *o, struct workload_record *w,
             struct observation *more, long long int mono)
{
    struct observation *sums = &w->sums;

    more->timestamp = mono_seconds(mono);
    if (more->timestamp > sums->timestamp) {
        observation_decay(sums, o->half_life, more->timestamp);
    } else {
        observation_decay(more, o->half_life, sums->timestamp);
    }
    sums->heavy_trials = MAX(sums->heavy_trials + more->heavy_trials, 0);

    /* A trial may have counted as a light one first, and lost some of its
     * worth since. */
    sums->trials = MAX(sums->trials + more->trials, sums->heavy_trials);
    sums->seconds += more->seconds;
    sums->heavy_seconds += more->heavy_seconds;
    sums->source_seconds += more->source_seconds;
    sums->sink_seconds += more->sink_seconds;
    sums->bytes += more->bytes;
    sums->peak_rate = MAX(sums->peak_rate, more->peak_rate);
}

/* Adds to 'more' how far the trial of 'i' has come. */
static void
count_trial(struct instance *i, struct observation *more)
{
    double counted = i->counted;

    if (i->class == FOOTPRINT_HEAVY && !i->trial_heavy) {
        i->trial_heavy = true;
        more->heavy_trials = 1;
        i->workload->news = true;
    }
    i->counted = (i->trial_heavy ? 1
                  : MAX(counted, MIN(i->watched / OBSERVER_LIGHT_SECONDS,
                                     1)));
    more->trials = i->counted - counted;

    /* A light trial is news when it counts for the first time. */
    if (i->counted == 1 && counted < 1) {
        i->workload->news = true;
    }
}

/* Accounts for 'i' until 'mono', which is not after the end of its trial. */
static void
account_until(const struct observer *o, struct instance *i,
              long long int mono)
{
    double seconds = MAX(mono - i->accounted, 0) / 1000.0;
    struct observation more = { .timestamp = 0 };

    if (i->class != FOOTPRINT_UNKNOWN) {
        i->watched += seconds;
        more.seconds = seconds;
    }
    if (i->class == FOOTPRINT_HEAVY && !i->resting) {
        more.heavy_seconds = seconds;
        more.source_seconds = i->role & FOOTPRINT_SOURCE ? seconds : 0;
        more.sink_seconds = i->role & FOOTPRINT_SINK ? seconds : 0;
        more.bytes = i->rate / 8 * seconds;
        more.peak_rate = i->rate;
    }
    count_trial(i, &more);
    add_evidence(o, i->workload, &more, mono);
    i->accounted = MAX(mono, i->accounted);
}

static void
begin_trial(struct instance *i, long long int mono)
{
    i->trial_since = mono;
    i->watched = i->counted = 0;
    i->trial_heavy = false;
}

/* Accounts for 'i' until 'mono', trial after trial. */
static void
account(const struct observer *o, struct instance *i, long long int mono)
{
    long long int end;

    while ((end = i->trial_since + OBSERVER_TRIAL_SECONDS * 1000LL) <= mono) {
        account_until(o, i, end);
        begin_trial(i, end);
    }
    account_until(o, i, mono);
    i->workload->sums.last_seen = mono_seconds(mono);
}

static void
remove_instance(struct observer *o, struct shash_node *node,
                const struct moment *now)
{
    struct instance *i = node->data;

    account(o, i, now->mono);
    if (i->counted > 0) {
        /* Nobody would ask again how far its trial came. */
        i->workload->news = true;
    }
    i->workload->n_instances--;
    ovs_list_remove(&i->node);
    shash_delete(&o->instances, node);
    free(i);
}

/* Has 'i', the container called 'name', go on with the trial of the previous
 * run, which is in the sums already, as the container is. */
static void
resume_trial(struct observer *o, struct instance *i, const char *name,
             long long int mono)
{
    struct old_trial *old = shash_find_data(&o->old_trials, name);

    if (old && !strcmp(old->workload, i->workload->name)) {
        i->workload->sums.instances--;
        if (mono - old->since < OBSERVER_TRIAL_SECONDS * 1000LL) {
            i->trial_since = old->since;
            i->counted = old->counted;
            i->watched = old->counted * OBSERVER_LIGHT_SECONDS;
            i->trial_heavy = old->heavy;
        }
    }
    drop_old_trial(o, name);
}

static struct instance *
add_instance(struct observer *o, const char *name, const char *workload,
             const struct moment *now)
{
    struct instance *i = xzalloc(sizeof *i);
    bool new = !find_workload(o, workload);

    i->workload = get_workload(o, workload, now);
    i->workload->news |= new;
    i->workload->n_instances++;
    ovs_list_push_back(&i->workload->instances, &i->node);
    i->workload->sums.instances++;
    i->accounted = now->mono;
    begin_trial(i, now->mono);
    resume_trial(o, i, name, now->mono);
    i->name = shash_add(&o->instances, name, i)->name;
    return i;
}

void
observer_see(struct observer *o, const char *name,
             const struct sighting *s, const struct moment *now)
{
    struct shash_node *node = shash_find(&o->instances, name);
    struct instance *i = node ? node->data : NULL;

    if (i && strcmp(i->workload->name, s->workload)) {
        remove_instance(o, node, now);
        i = NULL;
    }
    if (!i) {
        i = add_instance(o, name, s->workload, now);
    }
    account(o, i, now->mono);
    i->class = s->class;
    i->role = s->class == FOOTPRINT_HEAVY ? s->role : FOOTPRINT_NONE;
    i->rate = s->rate;
    i->resting = s->resting;
    account(o, i, now->mono);
}

void
observer_lose(struct observer *o, const char *name, const struct moment *now)
{
    struct shash_node *node = shash_find(&o->instances, name);

    if (node) {
        remove_instance(o, node, now);
    }
}

bool
observer_get_trial(const struct observer *o, const char *name,
                   const struct moment *now, struct trial *trial)
{
    const struct instance *i = shash_find_data(&o->instances, name);

    if (!i) {
        return false;
    }
    trial->since = to_wall(mono_seconds(i->trial_since), now);
    trial->counted = i->counted;
    trial->heavy = i->trial_heavy;
    return true;
}

bool
observer_get(struct observer *o, const char *workload,
             const struct moment *now, struct observation *observation)
{
    const struct workload_record *w = find_workload(o, workload);

    if (!w) {
        return false;
    }
    *observation = w->sums;
    observation_decay(observation, o->half_life, mono_seconds(now->mono));
    observation->timestamp = to_wall(observation->timestamp, now);
    observation->first_seen = to_wall(observation->first_seen, now);
    observation->last_seen = to_wall(observation->last_seen, now);
    return true;
}

bool
observer_restore(struct observer *o, const char *workload,
                 const struct observation *old, const struct moment *now)
{
    struct observation more = *old;
    struct workload_record *w;

    if (observation_check(old, now->wall / 1000)) {
        return false;
    }
    observation_decay(&more, o->half_life, now->wall / 1000);
    w = get_workload(o, workload, now);
    w->sums.instances += MIN(old->instances, INT32_MAX);
    w->sums.first_seen = MIN(w->sums.first_seen,
                             from_wall(old->first_seen, now));
    if (!w->n_instances) {
        w->sums.last_seen = from_wall(old->last_seen, now);
    }
    add_evidence(o, w, &more, now->mono);
    return true;
}

/* Remembers the trial 'old', which began at 'since', for when the container
 * called 'name' is seen. */
static void
keep_old_trial(struct observer *o, const char *name, const char *workload,
               const struct trial *old, long long int since)
{
    struct old_trial *copy = xmalloc(sizeof *copy);

    copy->workload = xstrdup(workload);
    copy->since = since;
    copy->counted = old->counted;
    copy->heavy = old->heavy;
    drop_old_trial(o, name);
    shash_add(&o->old_trials, name, copy);
}

/* Makes one of the trial of 'i' and the trial 'old', which began at 'since':
 * both runs counted it. */
static void
merge_trials(struct observer *o, struct instance *i, const struct trial *old,
             long long int since, long long int mono)
{
    struct observation twice = { .timestamp = 0 };

    account(o, i, mono);
    twice.trials = -MIN(i->counted, old->counted);
    twice.heavy_trials = i->trial_heavy && old->heavy ? -1 : 0;
    add_evidence(o, i->workload, &twice, mono);

    i->trial_since = MIN(i->trial_since, since);
    i->watched = MAX(i->watched, old->counted * OBSERVER_LIGHT_SECONDS);
    i->counted = MAX(i->counted, old->counted);
    i->trial_heavy = i->trial_heavy || old->heavy;
}

void
observer_restore_trial(struct observer *o, const char *name,
                       const char *workload, const struct trial *old,
                       const struct moment *now)
{
    struct instance *i = shash_find_data(&o->instances, name);
    long long int age = MAX(now->wall / 1000 - MAX(old->since, 0), 0);
    long long int since = now->mono - MIN(age, INT32_MAX) * 1000;

    if (!(old->counted >= 0 && old->counted <= 1) || old->since < 0) {
        return;
    } else if (!i) {
        keep_old_trial(o, name, workload, old, since);
    } else if (!strcmp(i->workload->name, workload)) {
        i->workload->sums.instances = MAX(i->workload->sums.instances - 1, 1);
        if (age < OBSERVER_TRIAL_SECONDS) {
            merge_trials(o, i, old, since, now->mono);
        }
    }
}

bool
observer_forget(struct observer *o, const char *workload,
                const struct moment *now)
{
    struct workload_record *w = find_workload(o, workload);
    struct shash_node *node;
    struct instance *i;

    if (!w) {
        return false;
    }
    LIST_FOR_EACH (i, node, &w->instances) {
        i->accounted = now->mono;
        begin_trial(i, now->mono);
    }
    SHASH_FOR_EACH_SAFE (node, &o->old_trials) {
        const struct old_trial *old = node->data;

        if (!strcmp(old->workload, workload)) {
            drop_old_trial(o, node->name);
        }
    }
    memset(&w->sums, 0, sizeof w->sums);
    w->sums.timestamp = mono_seconds(now->mono);
    w->sums.first_seen = w->sums.last_seen = w->sums.timestamp;
    w->sums.instances = w->n_instances;
    w->news = true;
    if (!w->n_instances) {
        remove_workload(o, w);
    }
    return true;
}

static bool
is_forgotten(const struct observer *o, const struct workload_record *w,
             const struct moment *now)
{
    long long int age = mono_seconds(now->mono) - w->sums.last_seen;

    return (!w->n_instances
            && (w->sums.trials < LEARNING_FORGOTTEN
                || age / LEARNING_MAX_HALF_LIVES > o->half_life));
}

void
observer_run(struct observer *o, const struct moment *now)
{
    struct workload_record *w;
    struct shash_node *node;

    SHASH_FOR_EACH (node, &o->instances) {
        account(o, node->data, now->mono);
    }
    HMAP_FOR_EACH_SAFE (w, node, &o->workloads) {
        observation_decay(&w->sums, o->half_life, mono_seconds(now->mono));
        if (is_forgotten(o, w, now)) {
            remove_workload(o, w);
        }
    }
}

void
observer_account(struct observer *o, const char *workload,
                 const struct moment *now, struct sset *names)
{
    struct workload_record *w = find_workload(o, workload);
    struct instance *i;

    if (w) {
        LIST_FOR_EACH (i, node, &w->instances) {
            account(o, i, now->mono);
            if (names) {
                sset_add(names, i->name);
            }
        }
    }
}

bool
observer_next(const struct observer *o, void **cursor,
              struct observer_entry *entry)
{
    struct hmap_node *node = (*cursor ? hmap_next(&o->workloads, *cursor)
                              : hmap_first(&o->workloads));
    const struct workload_record *w;

    *cursor = node;
    if (!node) {
        return false;
    }
    w = CONTAINER_OF(node, struct workload_record, node);
    entry->workload = w->name;
    entry->n_instances = w->n_instances;
    entry->news = w->news;
    return true;
}

void
observer_clear_news(struct observer *o, const char *workload)
{
    struct workload_record *w = find_workload(o, workload);

    if (w) {
        w->news = false;
    }
}
