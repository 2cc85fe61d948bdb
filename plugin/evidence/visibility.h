/* SPDX-License-Identifier: Apache-2.0 */

#ifndef VISIBILITY_H
#define VISIBILITY_H 1

/* Whether the flows of a port account for what its interface moves.
 *
 * Whatever does not pass a port's conntrack zone makes no elephant there: OVN
 * gives every logical port a zone, but sends its packets through conntrack
 * only if stateful ACLs or load balancers need it, and flows of ours do not
 * match packets to another Ethernet address than the container's, or
 * fragments, and conntrack does not count what it calls INVALID.  So a zone
 * without elephants may be the zone of a light container, or a zone that most
 * packets never enter.  Looking into conntrack's table all the time would be
 * dear.  So:
 *
 *   - An elephant in the zone proves that conntrack sees the port.
 *
 *   - As long as the interface's byte counters say that no more is moved than
 *     a light container moves, the question does not matter: the container is
 *     light by either evidence.
 *
 *   - When they say that an elephant's worth was moved, and there is no
 *     elephant in the zone, the table is looked through.  If the zone has no
 *     entry, or all that its entries ever counted leaves an elephant's worth
 *     of what was just moved unexplained, or if only a large entry that was
 *     never answered explains it, conntrack does not see the port.  Otherwise
 *     the table is looked through again, VISIBILITY_LOOK_AGAIN later.  What
 *     the interface moved between the looks is compared with what those
 *     entries counted that are no elephants: conntrack does not see the port
 *     if more than the elephant rate is missing.  Otherwise many mice moved
 *     it.  If the interface did not move much, what counts is whether an entry
 *     was added or has counted bytes.
 *
 *   - While that goes on it is checked again, ever more rarely, and at once
 *     if the interface moves far more than when it was last checked.
 *
 * An entry belongs to a mouse if it has fewer bytes than an elephant, or grew
 * more slowly between the looks.  One that is not, though the detector shows
 * no elephant, is one that the detector does not see, or was never answered.
 *
 * An interface counts Ethernet frames and conntrack what is in them, so that
 * what is compared is each entry's bytes and an Ethernet header for each of
 * its packets.
 *
 * Pure: takes 'now', in time_msec() time, and what was found in the table. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ds;
struct elephant_threshold;

/* In milliseconds: between the two looks that a decision takes. */
#define VISIBILITY_LOOK_AGAIN 5000

/* In milliseconds: between two decisions, at first and at most. */
#define VISIBILITY_MIN_RECHECK 30000
#define VISIBILITY_MAX_RECHECK 480000

/* In milliseconds: from a decision to one that more traffic calls for. */
#define VISIBILITY_REST 10000

/* An entry of conntrack's table. */
struct zone_entry {
    uint64_t bytes;             /* Both directions together. */
    uint64_t packets;           /* Likewise. */
    uint32_t id;                /* The kernel's.  Not unique, but nearly so. */
    bool answered;              /* Were there packets in both directions? */
};

/* What an interface has moved since some time in the past, as frames. */
struct wire_sample {
    uint64_t bytes;             /* Both directions together. */
    uint64_t rate;              /* In bit/s, since the sample before. */
    uint64_t run;               /* Bytes moved at the elephant rate, on
                                 * average. */
    long long int run_since;    /* When 'run' began. */
    long long int when;         /* 0: there is no sample. */
};

/* The outcome of two looks, all in bit/s. */
struct visibility_figures {
    uint64_t moved;             /* By the interface. */
    uint64_t missing;           /* Of these, not explained by mice. */
    uint64_t unanswered;        /* Of these, in entries that only one end sent
                                 * anything in. */
    uint64_t unreported;        /* Of these, in others that are elephants. */
};

struct visibility {
    bool seen;                  /* Was conntrack last found to see it? */
    bool in_doubt;              /* Much is moved, and no elephant shows. */
    bool settled;               /* 'seen' was found out in this doubt. */
    long long int look_at;      /* In doubt: when to look into the table. */
    long long int recheck;      /* Last wait between decisions. */
    long long int settled_at;   /* When 'settled' became true. */
    struct visibility_figures figures; /* All 0 unless that is why it is not
                                        * 'seen'. */

    /* What the first of two looks found. */
    bool has_entries;
    struct zone_entry *entries; /* Sorted. */
    size_t n_entries;
    long long int first_look;

    /* Of the interface. */
    struct wire_sample first;   /* The first after the first look. */
    struct wire_sample last;    /* The last before the present one. */
    uint64_t rate;              /* In bit/s, when last settled. */
    long long int last_elephants; /* When there last were any. */
};

/* Frees what it has.  All zeros is a valid initial state. */
void visibility_destroy(struct visibility *);

/* What is known of a port. */
struct visibility_inputs {
    bool elephants;             /* Are there any in its zone? */
    bool heavy;                 /* Is it heavy by its interface's counters? */
    struct wire_sample wire;    /* The latest. */
};

/* Takes what is known at 'now'.  Decides at once where that takes no look into
 * the table; otherwise visibility_get_deadline() says when to look. */
void visibility_update(struct visibility *, const struct visibility_inputs *,
                       const struct elephant_threshold *, long long int now);

/* When the table should be looked into; LLONG_MAX for never. */
long long int visibility_get_deadline(const struct visibility *);

/* The table was looked through until 'now', and has the 'n' 'entries' in the
 * port's zone.  Takes ownership of 'entries'. */
void visibility_look(struct visibility *, struct zone_entry *entries, size_t n,
                     const struct elephant_threshold *, long long int now);

/* The table cannot be looked through: the interface's counters are all that
 * there is. */
void visibility_give_up(struct visibility *, long long int now);

/* Appends to the string a sentence on 'figures', without a full stop, if there
 * is anything missing. */
void visibility_format(const struct visibility_figures *, struct ds *);

#endif /* visibility.h */
