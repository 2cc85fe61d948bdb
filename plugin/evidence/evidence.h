/* SPDX-License-Identifier: Apache-2.0 */

#ifndef EVIDENCE_H
#define EVIDENCE_H 1

/* What a port is judged by: its flows, if the detector sees them all, or else
 * its interface's byte counters, if there are any.  Where there is neither, a
 * container's footprint is unknown; it is never light for want of evidence.
 *
 * This module decides which it is, names the reason if it is not the flows,
 * and reads the counters, every EVIDENCE_INTERVAL, while any port needs it.
 * While all are judged by flows there is nothing to do. */

#include <stdbool.h>
#include <stdint.h>

#include "detector/detector.h"
#include "evidence/counter-judge.h"
#include "evidence/visibility.h"
#include "lib/footprint-class.h"
#include "openvswitch/list.h"

struct evidence_collector;
struct pipeline;
struct port;
struct published;
struct topology;

/* In milliseconds. */
#define EVIDENCE_INTERVAL 2000

/* Why there is none of flows on a bridge whose datapath is in user space. */
#define EVIDENCE_USERSPACE "datapath_type is netdev: its conntrack is in " \
                           "user space, where no detector can see it"

/* A port's. */
struct evidence {
    /* Set by whoever owns the evidence. */
    struct ovs_list node;       /* In the list of all. */
    const struct port *port;
    unsigned int n_elephants;   /* That are the port's, as last counted. */

    /* Set by this module. */
    enum evidence_kind kind;
    const char *reason;         /* Why not EVIDENCE_FLOWS: a static phrase. */
    bool pending;               /* There is evidence, but not enough of it to
                                 * judge by, yet. */
    bool restoring;             /* A previous run published what
                                 * it knew of the port, and this one may not
                                 * know as much yet. */
    struct counter_judge judge; /* Not used with EVIDENCE_FLOWS, unless there
                                 * is something to doubt. */
    struct visibility visibility; /* Of 'zone', if that is not ours to fill, */
    bool has_visibility;        /* which this says. */
    uint16_t zone;
    long long int since;        /* When the port was first seen. */
    bool needs_counters;
};

void evidence_destroy(struct evidence *);

/* A previous run of the daemon judged the port, as 'previous' says. */
void evidence_restore(struct evidence *, const struct published *previous);

/* 'remote' is the database's. */
struct evidence_collector *evidence_collector_create(const char *remote);
void evidence_collector_destroy(struct evidence_collector *);

/* What can see flows, and what keeps it from that.  The functions are called
 * with 'aux'. */
struct detector_view {
    const struct detector *detector;
    bool track_unassured;       /* Flows that were never answered as well? */

    /* Returns a positive errno if the detector does not watch 'zone', which a
     * port has, otherwise 0. */
    int (*get_watch_error)(uint16_t zone, const void *aux);

    /* Are there no flows for the container with 'zone', lest conntrack's table
     * become full? */
    bool (*is_withdrawn)(uint16_t zone, const void *aux);

    /* Returns the pipeline of the bridge with that name, or null. */
    const struct pipeline *(*find_pipeline)(const char *bridge,
                                            const void *aux);

    const void *aux;
};

/* What the evidence collector looks at. */
struct evidence_inputs {
    struct ovs_list *evidences; /* "struct evidence"s, through 'node', of all
                                 * ports of 'topology'. */
    const struct topology *topology;
    const struct detector_view *view;
    bool force;                 /* May anything else have changed? */
};

/* Brings the evidence of all ports up to date, if something is due or forced.
 * Returns true if the verdict on any port may have changed. */
bool evidence_collector_run(struct evidence_collector *,
                            const struct evidence_inputs *,
                            long long int now);
void evidence_collector_wait(const struct evidence_collector *);

#endif /* evidence.h */
