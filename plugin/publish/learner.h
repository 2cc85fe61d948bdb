/* SPDX-License-Identifier: Apache-2.0 */

#ifndef LEARNER_H
#define LEARNER_H 1

/* What this node learns of workloads, and what is known of them: gives the
 * observer (publish/observer.h) what the judge says of each container, has the
 * rows in OVS_Footprint written (publish/footprint-rows.h), and tells which
 * workload a port's container is of and what that workload is known to be,
 * before the container has sent a byte.
 *
 * Without the database, all that goes on with what this node alone has
 * seen. */

#include <stdbool.h>
#include <stdint.h>

#include "publish/port-workload.h"

struct detector;
struct footprint_db;
struct judge;
struct learner;
struct observer;
struct port;
struct settings;
struct smap;
struct sset;
struct topology;
struct tracker;
struct uuid;

struct learner_inputs {
    const struct smap *external_ids; /* Of the Open_vSwitch row. */
    const struct uuid *uuid;    /* Of the Open_vSwitch row. */
    const struct settings *settings;
    const struct topology *topology;
    const struct judge *judge;
    const struct tracker *tracker;
    struct detector *detector;
    bool renewed;               /* May OVSDB, or the settings, have changed? */
    bool all_changed;           /* May anything have changed but what
                                 * judge_get_changed() finds? */
    bool cleaning_up;           /* Is all that is ours to be removed? */
};

/* 'remote' is that of Open_vSwitch. */
struct learner *learner_create(const char *remote);
void learner_destroy(struct learner *);

/* What learner_get_workload() may say otherwise than before. */
enum learner_result {
    LEARNER_NO_CHANGE,
    LEARNER_PORTS,              /* Which workload a port is of that
                                 * judge_get_changed() finds. */
    LEARNER_CLASSES,            /* What any workload is. */
};

enum learner_result learner_run(struct learner *,
                                const struct learner_inputs *,
                                long long int now);
void learner_wait(const struct learner *);

/* The workload of 'port', null if it is no container or was not there when
 * learner_run() was last called. */
const struct port_workload *learner_get_workload(const struct learner *,
                                                 const struct port *);

/* Are the rows of ours removed, or is there no database to remove them
 * from? */
bool learner_is_clean(const struct learner *);

/* Were there any rows of ours that were removed? */
bool learner_has_cleared(const struct learner *);

/* Stores in '*learned' what is known of 'workload'. */
void learner_learn(const struct learner *, const char *workload,
                   struct learned *learned);

/* How many containers of 'workload' are on this node. */
unsigned int learner_count_instances(const struct learner *,
                                     const char *workload);

/* Adds the names of all workloads that are known to 'names'. */
void learner_get_workloads(const struct learner *, struct sset *names);

/* Forgets what this node has seen of 'workload'.  Returns false if that is
 * nothing. */
bool learner_forget(struct learner *, const char *workload);

/* For "show-node". */
const char *learner_get_node_name(const struct learner *);
const struct footprint_db *learner_get_db(const struct learner *);
const char *learner_get_problem(const struct learner *);

#endif /* learner.h */
