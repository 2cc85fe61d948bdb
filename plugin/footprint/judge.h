/* SPDX-License-Identifier: Apache-2.0 */

#ifndef JUDGE_H
#define JUDGE_H 1

/* The footprints of all ports: puts together whose elephants there are
 * (tracker.h, attribution.h), what else a port may be judged by (evidence.h),
 * and when that makes a container heavy or light (footprint.h). */

#include <stdbool.h>

#include "evidence/evidence.h"
#include "footprint/footprint.h"
#include "openvswitch/hmap.h"
#include "openvswitch/uuid.h"

struct judge;
struct port;
struct topology;
struct tracker;

/* What is known of a port.  It begins with what a previous run of the daemon
 * published, if anything, and is otherwise unknown at first. */
struct verdict {
    struct footprint footprint;
    struct evidence evidence;   /* What 'footprint' is judged by. */
    enum evidence_kind kind;    /* What is published of 'evidence': a different
                                 * kind is not published while the class is the
                                 * same, unless flows show an elephant now. */
    bool restoring;             /* 'evidence.restoring' when last judged. */
    enum footprint_role role;   /* What the port does with its elephants, as
                                 * last counted. */

    /* Whose it is. */
    struct hmap_node node;      /* In the judge's, by 'name'. */
    char *name;                 /* The port's. */
    struct uuid uuid;           /* Of its Interface's row. */
    bool seen;                  /* For mark and sweep. */
};

/* 'remote' is the database's. */
struct judge *judge_create(const char *remote);
void judge_destroy(struct judge *);

/* The elephants, the ports or the settings may have changed. */
void judge_invalidate(struct judge *);

/* What the judge looks at. */
struct judge_inputs {
    const struct topology *topology;
    const struct tracker *tracker;
    const struct detector_view *view;
    unsigned int heavy_hold;    /* In seconds. */
};

/* Judges all ports if there is any reason to.  Returns true if a verdict
 * differs from before, or judge_invalidate() was called. */
bool judge_run(struct judge *, const struct judge_inputs *,
               long long int now);
void judge_wait(const struct judge *);

/* The verdict on 'port', which must have been there when judge_run() was last
 * called.  Never null. */
const struct verdict *judge_get_verdict(const struct judge *,
                                        const struct port *port);

/* Should packets of 'port', which may be newer than the last judge_run(), pass
 * conntrack? */
bool judge_needs_flows(const struct judge *, const struct port *);

/* A number that changes when the answer of judge_needs_flows() may have
 * changed for any port; 0 until it is known which ports need flows. */
uint64_t judge_get_tracking_seq(const struct judge *);

/* Is there any container whose packets should pass conntrack? */
bool judge_is_anybody_tracked(const struct judge *);

/* Number of containers that are heavy now. */
unsigned int judge_count_heavy(const struct judge *);

/* May there be elephants, known to a previous run of the daemon, that have not
 * been found again yet? */
bool judge_is_restoring(const struct judge *);

/* Number of elephants that could belong to several ports. */
unsigned int judge_count_ambiguous(const struct judge *);

#endif /* judge.h */
