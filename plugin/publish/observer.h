/* SPDX-License-Identifier: Apache-2.0 */

#ifndef OBSERVER_H
#define OBSERVER_H 1

/* What this node sees of workloads: turns the footprints of the containers on
 * it, as they come, change and go, into observations (see learning.h).
 *
 * A trial of a container begins when it is first seen, and a new one each day.
 * It is heavy as soon as the container is; until then it is light, and counts
 * more the longer the container was watched, up to 1 after an hour.
 *
 *                       heavy: counts 1
 *      +---------+ ---------------------> +---------+
 *      |  light  |                        |  heavy  |
 *      +---------+ <--------------------- +---------+
 *        counts      a day since its        counts
 *        0 to 1      beginning: anew          1
 *
 * All is kept on the clock that does not jump; wall clock time is used only to
 * say when something was, and to read what a previous run left.  Pure. */

#include <stdbool.h>
#include <stddef.h>

#include "lib/footprint-class.h"
#include "lib/learning.h"

struct observer;
struct sset;

/* After how many seconds of watching a light trial counts 1, and how many
 * seconds a trial takes. */
#define OBSERVER_LIGHT_SECONDS 3600
#define OBSERVER_TRIAL_SECONDS 86400

/* The same moment on both clocks, in milliseconds. */
struct moment {
    long long int mono;         /* time_msec(). */
    long long int wall;         /* time_wall_msec(). */
};

/* What a container is from now on. */
struct sighting {
    const char *workload;
    enum footprint_class class;
    enum footprint_role role;
    double rate;                /* Of its elephants, in bit/s. */
    bool resting;               /* Is it heavy only because it was until a
                                 * moment ago, and has no elephant now? */
};

/* How far the trial of a container is, for the next run. */
struct trial {
    long long int since;        /* Wall clock time, in seconds. */
    double counted;             /* 0 to 1. */
    bool heavy;
};

struct observer *observer_create(void);
void observer_destroy(struct observer *);

/* 'half_life' is in seconds. */
void observer_set_half_life(struct observer *, long long int half_life);

/* The container called 'name' is what 'sighting' says from now on. */
void observer_see(struct observer *, const char *name,
                  const struct sighting *, const struct moment *);

/* The container called 'name' is gone. */
void observer_lose(struct observer *, const char *name,
                   const struct moment *);

/* Stores in '*trial' how far the container's is.  Returns false if there is no
 * such container. */
bool observer_get_trial(const struct observer *, const char *name,
                        const struct moment *, struct trial *trial);

/* Stores in '*observation' what was seen of 'workload' until now.  Returns
 * false if nothing was. */
bool observer_get(struct observer *, const char *workload,
                  const struct moment *, struct observation *observation);

/* A previous run has seen this of 'workload': it is added to what this one
 * has.  If it cannot be true, nothing happens, and false is returned. */
bool observer_restore(struct observer *, const char *workload,
                      const struct observation *, const struct moment *);

/* In a previous run, the trial of the container called 'name' was this far;
 * what observer_restore() was given for 'workload' includes it.  If that trial
 * is not over, it goes on, now or as soon as the container is seen. */
void observer_restore_trial(struct observer *, const char *name,
                            const char *workload, const struct trial *,
                            const struct moment *);

/* Forgets what was seen of 'workload'.  Its containers begin new trials.
 * Returns false if there was nothing. */
bool observer_forget(struct observer *, const char *workload,
                     const struct moment *);

/* Accounts for the time until now, and forgets workloads that have no
 * container and whose evidence is not worth anything any more. */
void observer_run(struct observer *, const struct moment *);

/* Accounts for the time until now of the containers of 'workload' alone, and
 * adds their names to 'names', which may be null. */
void observer_account(struct observer *, const char *workload,
                      const struct moment *, struct sset *names);

/* A workload, for observer_next(). */
struct observer_entry {
    const char *workload;
    size_t n_instances;         /* Containers there are now. */
    bool news;                  /* Since observer_clear_news(), did it turn up,
                                 * or is more known of it than that time
                                 * passed? */
};

/* Iterates: begins with a null '*cursor', and returns false after the last
 * one.  No other function but observer_get() may be called meanwhile. */
bool observer_next(const struct observer *, void **cursor,
                   struct observer_entry *entry);

/* What is known of 'workload' has been written down. */
void observer_clear_news(struct observer *, const char *workload);

#endif /* observer.h */
