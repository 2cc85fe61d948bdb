/* SPDX-License-Identifier: Apache-2.0 */

#ifndef SAMPLER_H
#define SAMPLER_H 1

/* Finds elephants by looking at the counters of all conntrack entries from
 * time to time.
 *
 * This is what DETECTOR_POLL knows, without netlink and without a clock: it is
 * told in rounds what the entries look like, and answers which of them became
 * elephants and which ceased to exist.  Times are those of time_msec().
 *
 * An elephant is what it is for the BPF programs (see bpf/elephant.bpf.c), but
 * its rate is that of the bytes that it moved from one look to the next, not
 * that of a chunk of bytes:
 *
 *     a flow is an elephant if at a look it has moved 'bytes' in its life and,
 *     since the look before, 'rate' on average, and was answered; or if it has
 *     moved 'bytes' since a look at which it was that fast already.
 *
 * An average is not more than its largest part, so what is an elephant here
 * had a chunk at the rate.  The reverse holds for a flow that stays at the
 * rate for twice the time from one look to the next: it is then at the rate
 * for all of one such time.  With I the interval and D the time that a round
 * takes, it is known at most 2 * (I + D) after it became an elephant, usually
 * half of that.  A flow that is fast for less than that, and on average less
 * than 'rate' between any two looks, is not seen.  That it may have been one
 * is counted.
 *
 * It ceases to be one 'hold' after the last look at which it was fast, thus
 * not before 'hold' is over, and not later than I + D after that.
 *
 * There is no state for entries that have moved less than an eighth of
 * 'bytes'.  That is enough to judge those that are seen for the first time:
 * what has no state now had moved less than that at the last round. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detector/detector.h"

struct sampler;

/* Makes a sampler that has state for 'max' flows at most. */
struct sampler *sampler_create(size_t max);
void sampler_destroy(struct sampler *);

/* As detector_set_zone().  Returns true if this changed anything. */
bool sampler_set_zone(struct sampler *, uint16_t zone,
                      const struct elephant_threshold *);
bool sampler_has_zone(const struct sampler *, uint16_t zone);

/* Flows that were never answered are elephants, too, if 'track'. */
void sampler_set_track_unassured(struct sampler *, bool track);

/* What was moved in less than 'msec' milliseconds counts as if it had taken
 * that long (a second, by default): a few packets in a moment are no rate. */
void sampler_set_min_msec(struct sampler *, unsigned int msec);

/* The least number of bytes that an entry must have moved in any zone to be of
 * interest; UINT64_MAX without zones. */
uint64_t sampler_get_min_bytes(const struct sampler *);

/* Is an entry of 'zone' that moved 'bytes' worth a sample? */
bool sampler_is_interested(const struct sampler *, uint16_t zone,
                           uint64_t bytes);

/* An entry as it is, or was, at one time. */
struct sample {
    struct ct_flow flow;        /* All but 'id', times and 'rate'. */
    uint32_t ct_id;             /* The kernel's: an entry's number differs from
                                 * that of another one, but for one that
                                 * follows it with the same tuple. */
    bool answered;
    long long int when;
};

/* A round: sampler_begin_round(), sampler_look() at each entry that is of
 * interest, in any order that is about the same each time, and
 * sampler_end_round().  'complete' is false if there may have been other
 * entries. */
void sampler_begin_round(struct sampler *, long long int now);
void sampler_look(struct sampler *, const struct sample *, detector_cb *,
                  void *aux);
void sampler_end_round(struct sampler *, bool complete, detector_cb *,
                       void *aux);

/* During a round: there is an entry in 'zone', which is ours, that conntrack
 * does not count. */
void sampler_note_uncounted(struct sampler *, uint16_t zone);

/* An entry that was of interest is deleted.  This may be told at any time,
 * also between rounds, or not at all: then the next round tells. */
void sampler_end_flow(struct sampler *, const struct sample *, detector_cb *,
                      void *aux);

/* Is 'flow', which was reported as an elephant, still known? */
bool sampler_has_flow(const struct sampler *, const struct ct_flow *flow);

/* 'flow', which is known, has new counters as of 'now'.  Brings its other
 * members up to date.  Returns false if the counters are those of another
 * flow. */
bool sampler_refresh(struct sampler *, struct ct_flow *flow,
                     long long int now);

/* What could not be seen.  Each only ever grows, but for what is of the latest
 * complete round. */
struct sampler_misses {
    uint64_t table_full;        /* Looks at flows for which there was no
                                 * room. */
    uint64_t unassured_bytes;   /* Of flows that are elephants but for being
                                 * answered. */
    uint64_t unclear;           /* Flows that reached 'bytes' from one look to
                                 * the next, on average slower than 'rate', but
                                 * perhaps fast for a while. */
    uint64_t uncounted;         /* Of sampler_note_uncounted(), in the latest
                                 * complete round. */
};

/* What is counted by zone as well: the members of struct sampler_misses. */
enum sampler_miss {
    SAMPLER_MISS_NONE,
    SAMPLER_MISS_TABLE_FULL,
    SAMPLER_MISS_UNASSURED,
    SAMPLER_MISS_UNCLEAR,
    SAMPLER_MISS_UNCOUNTED,
};

const struct sampler_misses *sampler_get_misses(const struct sampler *);

/* How much of what was missed of a kind is of flows in 'zone'. */
uint64_t sampler_get_misses_of_zone(const struct sampler *, enum sampler_miss,
                                    uint16_t zone);

/* Number of flows that it has state for. */
size_t sampler_count(const struct sampler *);

#endif /* sampler.h */
