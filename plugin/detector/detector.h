/* SPDX-License-Identifier: Apache-2.0 */

#ifndef DETECTOR_H
#define DETECTOR_H 1

/* Finds elephant flows among the entries of the kernel's conntrack table.
 *
 * An elephant is a conntrack entry of this network namespace, in a zone that
 * was given to detector_set_zone(), that has seen traffic in both directions
 * (IPS_SEEN_REPLY), that has moved at least 'bytes' of its zone's threshold,
 * both directions together, and whose latest chunk of bytes moved at least at
 * 'rate'.  It stays one until 'hold' has passed without such a chunk, or until
 * its entry is deleted.
 *
 * Only this module and its implementations know BPF.  A detector never blocks
 * for long, owns no thread and reads the clock only in detector_run(). */

#include <stdbool.h>
#include <stdint.h>

#include "conntrack/ct-flow.h"
#include "detector/threshold.h"

struct detector;
struct json;

enum detector_kind {
    DETECTOR_NONE,              /* Nothing works here; reports nothing. */
    DETECTOR_HOOK,              /* BPF on conntrack's functions. */
    DETECTOR_SCAN,              /* BPF that walks the conntrack table. */
    DETECTOR_POLL,              /* Dumps of the conntrack table. */
};
#define DETECTOR_N_KINDS (DETECTOR_POLL + 1)

/* What may be changed while a detector works. */
struct detector_options {
    bool track_unassured;       /* Also flows that were never answered? */
    unsigned int poll_interval; /* DETECTOR_POLL only: milliseconds from the
                                 * beginning of a dump to that of the next. */
    unsigned int scan_interval; /* DETECTOR_SCAN only: likewise, of a walk. */
};

bool detector_options_equal(const struct detector_options *,
                            const struct detector_options *);

/* What a detector has to say.  Whoever receives an event must not call back
 * into the detector. */
enum detector_event_type {
    DETECTOR_ELEPHANT,          /* 'flow' became an elephant. */
    DETECTOR_GONE,              /* The entry of a flow that was reported as an
                                 * elephant was deleted; 'flow' has its final
                                 * counters. */
    DETECTOR_LOST,              /* Events were lost: everything may have
                                 * changed; 'flow' is null.  The detector tells
                                 * the present elephants again, after this. */
};

typedef void detector_cb(enum detector_event_type, const struct ct_flow *,
                         void *aux);

/* Tries to make a detector of the given kind.  Returns null and stores in
 * '*errorp' a string, which the caller must free, that says what was refused
 * and what would help.  DETECTOR_NONE never fails. */
struct detector *detector_create(enum detector_kind, char **errorp);
void detector_destroy(struct detector *);

const char *detector_kind_to_string(enum detector_kind);
enum detector_kind detector_get_kind(const struct detector *);

/* Names how the detector is attached, e.g. "fentry on nf_ct_acct_add", for
 * people.  Owned by the detector. */
const char *detector_get_how(const struct detector *);

/* Takes effect at once.  Before the first call, only flows that were answered
 * count, polls are 5 seconds apart, and walks 1 second. */
void detector_configure(struct detector *, const struct detector_options *);

/* Makes 'zone' ours with the given threshold, or changes the threshold of a
 * zone that is; a null threshold takes the zone away.  Takes effect at once.
 * Returns 0 or a positive errno: ENOSPC when there are more different
 * thresholds than the detector can hold. */
int detector_set_zone(struct detector *, uint16_t zone,
                      const struct elephant_threshold *);

/* Is nobody watched, as far as is known?  A detector that costs packets
 * something then ceases to, in the background, and begins again when it is
 * told otherwise.  At first it is not idle. */
void detector_set_idle(struct detector *, bool idle);

/* Does it see now?  Not if it is idle, or has just been told not to be. */
bool detector_is_awake(const struct detector *);

/* Has it had the time to find the flows that were elephants already when it
 * was given their zones? */
bool detector_is_settled(const struct detector *);

/* Has somebody taken away what it needs, so that it sees nothing any more?
 * That takes a system call or two to find out. */
bool detector_has_failed(const struct detector *);

/* Reports what happened since the last call. */
void detector_run(struct detector *, detector_cb *, void *aux);
void detector_wait(struct detector *);

/* Brings 'flow', which the detector reported before, up to date: 'last_fast',
 * 'rate' and the counters.  Returns false if the entry does not exist any
 * more. */
bool detector_refresh(struct detector *, struct ct_flow *flow);

/* Brings the counters of 'flow', which another detector reported, up to date.
 * Returns false if it is known that the entry does not exist any more. */
bool detector_update_counters(struct detector *, struct ct_flow *flow);

/* Returns a number that changes whenever the detector comes across connections
 * in our zones that conntrack does not count, and never will, since they began
 * while net.netfilter.nf_conntrack_acct was 0. */
uint64_t detector_get_uncounted_seq(const struct detector *);

/* What the detector cannot see, each with how often: names that are stable and
 * sentences for people. */
struct detector_blind_spot {
    const char *name;           /* E.g. "ring-buffer-full". */
    const char *description;
    uint64_t count;
    int kind;                   /* For detector_get_misses(); 0 if it is not
                                 * counted by zone. */
};

/* Stores in '*spots' an array of blind spots, which the detector owns and
 * which is valid until the next call, and returns how many. */
size_t detector_get_blind_spots(struct detector *,
                                const struct detector_blind_spot **spots);

/* Returns how much of the blind spot, one of these, is due to flows in 'zone',
 * since that was last given to the detector.  Where very many zones have
 * misses, only those of some are known. */
uint64_t detector_get_misses(const struct detector *,
                             const struct detector_blind_spot *,
                             uint16_t zone);

#endif /* detector.h */
