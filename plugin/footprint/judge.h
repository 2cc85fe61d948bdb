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
    enum evidence_kind judged_kind; /* 'evidence.kind' then. */
    uint64_t seq;               /* judge_get_seq() when it, or the port, was
                                 * last found to differ from before. */
    struct ovs_list seq_node;   /* In the judge's, by 'seq'. */
    enum footprint_role role;   /* What the port does with its elephants, as
                                 * last counted. */

    /* Whose it is. */
    struct hmap_node node;      /* In the judge's, by 'name'. */
    char *name;                 /* The port's. */
    struct uuid uuid;           /* Of its Interface's row. */
    bool seen;                  /* For mark and sweep. */
    unsigned int had_elephants; /* While elephants are counted: how many it had
                                 * before, */
    enum footprint_role had_role; /* and what it did with them. */
};

/* 'remote' is the database's. */
struct judge *judge_create(const char *remote);
void judge_destroy(struct judge *);

/* The elephants, any of the ports or the settings may have changed. */
void judge_invalidate(struct judge *);

/* Ports of the topology have come, gone or changed at 'now': those in
 * 'changed', linked through 'changed_node', and no others. */
void judge_note_ports(struct judge *, const struct topology *,
                      const struct ovs_list *changed, long long int now);

/* What the judge looks at. */
struct judge_inputs {
    const struct topology *topology;
    const struct tracker *tracker;
    const struct detector_view *view;
    unsigned int heavy_hold;    /* In seconds. */
};

/* What may differ from before. */
enum judge_result {
    JUDGE_NO_CHANGE,
    JUDGE_SOME,                 /* What judge_get_changed() finds. */
    JUDGE_ALL,                  /* Anything, elephants and settings as well. */
};

/* Judges all ports if there is any reason to, or else those that have
 * changed. */
enum judge_result judge_run(struct judge *, const struct judge_inputs *,
                            long long int now);
void judge_wait(const struct judge *);

/* The verdict on 'port', which must have been there when judge_run() was last
 * called.  Never null. */
const struct verdict *judge_get_verdict(const struct judge *,
                                        const struct port *port);

/* A number that grows whenever a verdict or its port changes or goes. */
uint64_t judge_get_seq(const struct judge *);

/* Returns the verdict that changed next before 'v' did, or, if 'v' is null,
 * last; null if that is none that changed after judge_get_seq() was 'seq'. */
const struct verdict *judge_get_changed(const struct judge *, uint64_t seq,
                                        const struct verdict *v);

/* Number of ports that have gone, since the start. */
uint64_t judge_count_gone(const struct judge *);

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
