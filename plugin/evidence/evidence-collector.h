/* SPDX-License-Identifier: Apache-2.0 */

#ifndef EVIDENCE_COLLECTOR_H
#define EVIDENCE_COLLECTOR_H 1

/* Brings the evidence of all ports up to date (evidence.h).
 *
 * This module decides what each port is judged by, names the reason if it is
 * not the flows, and reads the counters of all containers, every
 * EVIDENCE_INTERVAL: they have the last word when they tell of more than the
 * flows do (visibility.h). */

#include <stdbool.h>
#include <stdint.h>

struct detector_view;
struct evidence;
struct evidence_collector;
struct ovs_list;
struct published;
struct topology;

/* In milliseconds: between two readings of all counters. */
#define EVIDENCE_INTERVAL 2000

/* In milliseconds: between two readings of the counters of network devices
 * here, if these decide whose packets pass conntrack. */
#define EVIDENCE_READ_INTERVAL 500

/* 'remote' is the database's. */
struct evidence_collector *evidence_collector_create(const char *remote);
void evidence_collector_destroy(struct evidence_collector *);

/* A previous run of the daemon judged the port of that evidence, as 'previous'
 * says. */
void evidence_collector_restore(struct evidence *,
                                const struct published *previous);

/* Forgets what the evidence counts for, before it is destroyed. */
void evidence_collector_forget(struct evidence_collector *, struct evidence *);

/* What the evidence collector looks at. */
struct evidence_inputs {
    struct ovs_list *evidences; /* "struct evidence"s, through 'node', of all
                                 * ports of 'topology'. */
    struct ovs_list *stale;     /* Those, through 'stale_node', that have to be
                                 * looked at even if nothing is due. */
    const struct topology *topology;
    const struct detector_view *view;
    bool force;                 /* Have all to be? */
};

/* Which evidences were brought up to date. */
enum evidence_extent {
    EVIDENCE_NO_CHANGE,         /* Perhaps all, and no verdict can differ. */
    EVIDENCE_STALE,             /* Those in 'stale'. */
    EVIDENCE_ALL,
};

/* Brings the evidence of all ports up to date, if something is due or forced,
 * or otherwise that of the ports that are in 'in->stale'. */
enum evidence_extent evidence_collector_run(struct evidence_collector *,
                            const struct evidence_inputs *,
                            long long int now);
void evidence_collector_wait(const struct evidence_collector *);

/* Is there any container that needs flows?  True until that is known. */
bool evidence_collector_is_anybody_tracked(const struct evidence_collector *);

/* A number that changes when the answer of evidence_needs_flows() may have
 * changed for any port; 0 until it is known for all. */
uint64_t evidence_collector_get_tracking_seq(
    const struct evidence_collector *);

#endif /* evidence-collector.h */
