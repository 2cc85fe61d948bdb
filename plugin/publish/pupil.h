/* SPDX-License-Identifier: Apache-2.0 */

#ifndef PUPIL_H
#define PUPIL_H 1

/* A container, as the learner knows it: who it is, read from its port, and
 * what it was last seen to be. */

#include <stdbool.h>
#include <stdint.h>

#include "lib/footprint-class.h"
#include "lib/workload.h"
#include "openvswitch/list.h"
#include "publish/port-workload.h"

struct port;
struct verdict;

/* What a container is at the moment. */
struct pupil_state {
    enum footprint_class class;
    enum footprint_role role;
    const char *evidence;       /* A constant. */
    long long int since;        /* In seconds. */
    unsigned int elephants;
    double rate;
};

/* What is known of a port that is a container. */
struct pupil {
    struct workload workload;
    struct port_workload public;
    char *container;            /* Its name, for people. */
    char *on_node;              /* If it runs in a virtual machine that is a
                                 * Kubernetes node, that node; or null. */
    uint64_t version;           /* Of the port. */
    struct pupil_state state;
    bool known;                 /* Does the observer know 'state'? */
    double new_rate;            /* While the pupils are updated. */
    struct ovs_list workload_node; /* In the learner's list of the pupils of
                                    * 'workload'. */
};

struct pupil *pupil_create(void);
void pupil_destroy(struct pupil *);

/* Reads who the container behind 'port' is.  The class of the workload is left
 * as it was. */
void pupil_read(struct pupil *p, const struct port *port);

/* What the container with that verdict is.  'rate' is that of its elephants,
 * in bit/s. */
struct pupil_state pupil_state_of_verdict(const struct verdict *, double rate);

bool pupil_state_equal(const struct pupil_state *, const struct pupil_state *);

#endif /* pupil.h */
