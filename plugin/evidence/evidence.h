/* SPDX-License-Identifier: Apache-2.0 */

#ifndef EVIDENCE_H
#define EVIDENCE_H 1

/* What a port is judged by: its flows, if the detector sees them all, or else
 * its interface's byte counters, if there are any.  Where there is neither, a
 * container's footprint is unknown; it is never light for want of evidence.
 *
 * evidence-collector.h brings that up to date. */

#include <stdbool.h>
#include <stdint.h>

#include "detector/detector.h"
#include "evidence/counter-judge.h"
#include "evidence/tracking.h"
#include "evidence/volume.h"
#include "evidence/wire-evidence.h"
#include "lib/footprint-class.h"
#include "openvswitch/list.h"

struct ovs_counter;
struct pipeline;
struct port;

/* Why flows say nothing on a bridge whose datapath is in user space. */
#define EVIDENCE_USERSPACE "datapath_type is netdev: its conntrack is in " \
                           "user space, where no detector can see it"

/* Why a port whose device is not here has no flows at all. */
#define EVIDENCE_ELSEWHERE "its network device is in another network " \
                           "namespace than this daemon"

/* Why flows say nothing, or not everything, of an adaptive port: in the state
 * TRACKING_QUIET of tracking.h, before they tell all, and while
 * tracking_stands(). */
#define EVIDENCE_QUIET "its interface moves too little to have an elephant"
#define EVIDENCE_STARTING "its flows were added just now"
#define EVIDENCE_BEFORE "it moved as much as an elephant before its flows " \
                        "were added"

/* What an evidence counts as in the collector's sums. */
struct evidence_tally {
    bool waits;                 /* Is more to be found out soon? */
    bool needs_flows;           /* Is it a container's that needs flows? */
    bool needs_link;            /* Must its network device be read? */
    bool needs_link_often;      /* Every EVIDENCE_READ_INTERVAL? */
};

/* A port's. */
struct evidence {
    /* Set by whoever owns the evidence, by the functions below. */
    struct ovs_list node;       /* In the list of all. */
    struct ovs_list stale_node; /* In the list of those that the collector is
                                 * to look at, or in none. */
    const struct port *port;
    struct evidence *parent;    /* Of an endpoint: its Interface's. */
    unsigned int n_elephants;   /* The port's, as last counted. */

    /* Set by the wire check. */
    struct wire_evidence wire;

    /* Set by the evidence collector. */
    enum evidence_kind kind;
    const char *fault;          /* Why not EVIDENCE_FLOWS, or null: ask
                                 * evidence_get_reason(). */
    bool wire_fault;            /* Does 'wire.reason', which may be null, say
                                 * why not?  Then 'fault' is null. */
    bool awaits_flows;          /* Will flows perhaps be evidence soon? */
    bool pending;               /* There is evidence, but not enough of it to
                                 * judge by, yet. */
    bool restoring;             /* A previous run published what
                                 * it knew of the port, and this one may not
                                 * know as much yet. */
    struct tracking tracking;   /* Do its packets pass conntrack? */
    bool is_adaptive;           /* Does 'tracking' decide that?  Otherwise they
                                 * always do. */
    bool has_counted;           /* Is it like one with an elephant, by
                                 * counters? */
    struct counter_judge judge; /* Of all that the interface moves. */
    struct volume volume;       /* Likewise. */
    long long int since;        /* When the port was first seen. */
    long long int flows_since;  /* When flows of ours became possible. */
    bool may_have_flows;        /* Are they possible? */
    int checked_ifindex;        /* Which 'elsewhere' is about. */
    bool elsewhere;             /* Is its device in another network
                                 * namespace? */
    bool needs_counters;        /* Is it judged by bytes, or checked by them,
                                 * now? */
    struct ovs_counter *statistics; /* ovs-vswitchd's counters, if its device
                                     * is not here, or null. */
    long long int counters_at;  /* When there last were enough of them, or
                                 * 0. */
    struct evidence_tally tally;
};

/* Makes an 'evidence' that is all zeros part of 'list', which is to be given
 * to the evidence collector. */
void evidence_init(struct evidence *, struct ovs_list *list);
void evidence_destroy(struct evidence *);

/* Has the collector look at it the next time, which is given 'stale'. */
void evidence_add_stale(struct evidence *, struct ovs_list *stale);

/* All in 'stale' have been looked at. */
void evidence_clear_stale(struct ovs_list *stale);

/* The port is 'port' now, and its Interface's evidence 'parent', null unless
 * it is an endpoint. */
void evidence_set_port(struct evidence *, const struct port *port,
                       struct evidence *parent);

/* For the port's elephants to be counted anew, one by one. */
void evidence_reset_elephants(struct evidence *);
void evidence_add_elephant(struct evidence *);

/* Returns why the port is not judged by its flows: a phrase, owned by
 * 'evidence' until the collector runs, or null. */
const char *evidence_get_reason(const struct evidence *);

/* What can see flows, and what keeps it from that.  The functions are called
 * with 'aux'. */
struct detector_view {
    const struct detector *detector;
    bool track_unassured;       /* Flows that were never answered as well? */

    /* Returns a positive errno if the detector does not watch 'zone', which a
     * port has, otherwise 0. */
    int (*get_watch_error)(uint16_t zone, const void *aux);

    /* Does the container with 'zone' have no flows because conntrack's table
     * would become full? */
    bool (*is_withdrawn)(uint16_t zone, const void *aux);

    /* Are the flows of 'port', that were last said to be needed, in the
     * switch? */
    bool (*has_flows)(const struct port *, const void *aux);

    /* Did a previous run of the daemon leave flows with 'zone'?  Null as long
     * as that is not known of all. */
    bool (*had_flows)(uint16_t zone, const void *aux);

    /* Returns how many bytes of frames the elephants in 'zone' have counted,
     * just now. */
    uint64_t (*count_elephants)(uint16_t zone, const void *aux);

    /* Returns the pipeline of the bridge with that name, or null. */
    const struct pipeline *(*find_pipeline)(const char *bridge,
                                            const void *aux);

    const void *aux;
};

/* Should packets of the port pass conntrack?  If its device is in another
 * network namespace, they never should. */
bool evidence_needs_flows(const struct evidence *);

/* Has it been found out how the port begins?  Before that, one that is
 * adaptive needs no flows. */
bool evidence_has_begun(const struct evidence *);

/* Are counters what it should be judged by at present, since its packets do
 * not pass conntrack, or have not for long? */
bool evidence_is_as_wished(const struct evidence *);

/* Does its interface move so much less than the elephants in its zone that
 * they cannot be the port's?  Then 'wire.reason' says so. */
bool evidence_is_denied(const struct evidence *);

/* How many elephants does the port have, of those in its zone? */
unsigned int evidence_count_elephants(const struct evidence *);

#endif /* evidence.h */
