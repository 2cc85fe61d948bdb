/* SPDX-License-Identifier: Apache-2.0 */

#ifndef DETECTOR_PROVIDER_H
#define DETECTOR_PROVIDER_H 1

/* What the kinds of detectors share with detector.c, and with nobody else. */

#include "detector/detector.h"

struct ct_netlink;

/* As many blind spots as a detector may have. */
#define DETECTOR_MAX_BLIND_SPOTS 10

struct detector {
    const struct detector_class *class;
    char *how;                  /* See detector_get_how(); malloc()'d. */
    struct ct_netlink *netlink; /* Opened when first needed. */
    uint64_t uncounted_seq;     /* See detector_get_uncounted_seq(). */
    uint64_t full_before;       /* ct_sysctl_count_full() at its beginning. */

    /* What detector_get_blind_spots() returned last. */
    struct detector_blind_spot spots[DETECTOR_MAX_BLIND_SPOTS];
};

/* The functions have the semantics, and take the arguments, of the functions
 * of the same names in detector.h. */
struct detector_class {
    enum detector_kind kind;
    struct detector *(*create)(char **errorp);

    /* Frees everything but 'how' and 'netlink'. */
    void (*destroy)(struct detector *);

    /* Null if there is nothing to configure. */
    void (*configure)(struct detector *, const struct detector_options *);

    int (*set_zone)(struct detector *, uint16_t zone,
                    const struct elephant_threshold *);

    /* Both null if packets cost nothing. */
    void (*set_idle)(struct detector *, bool idle);
    bool (*is_awake)(const struct detector *);

    bool (*is_settled)(const struct detector *);

    /* Null if what works goes on working. */
    bool (*has_failed)(const struct detector *);

    void (*run)(struct detector *, detector_cb *, void *aux);
    void (*wait)(struct detector *);
    bool (*refresh)(struct detector *, struct ct_flow *);
    size_t (*get_blind_spots)(struct detector *,
                              const struct detector_blind_spot **);

    /* 'kind' is that of a blind spot, and not 0.  Null if no blind spot has a
     * kind. */
    uint64_t (*get_misses)(const struct detector *, int kind, uint16_t zone);
};

extern const struct detector_class detector_hook_class;
extern const struct detector_class detector_poll_class;
extern const struct detector_class detector_scan_class;

/* What a class's get_blind_spots() ends with: keeps a copy of its 'n' blind
 * spots 'own', adds "conntrack-full", which all kinds of detectors have, and
 * returns all of them as detector_get_blind_spots() does. */
size_t detector_share_blind_spots(struct detector *,
                                  const struct detector_blind_spot *own,
                                  size_t n,
                                  const struct detector_blind_spot **spots);

/* 'detector' came across connections without counters: has conntrack count,
 * in case somebody switched that off. */
void detector_note_uncounted(struct detector *);

/* Returns the netlink handle of 'detector', null if it cannot be opened. */
struct ct_netlink *detector_get_netlink(struct detector *);

#endif /* detector-provider.h */
