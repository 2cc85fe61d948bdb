/* SPDX-License-Identifier: Apache-2.0 */

#ifndef RENEWAL_H
#define RENEWAL_H 1

/* Renews the topology when something that it is made of has changed, and sees
 * to it that a zone which one port loses or another gets is free of what was
 * there before. */

#include <stdbool.h>
#include <stdint.h>

struct foreign_zones;
struct guard;
struct mac_learning;
struct ovsdb_idl;
struct publication;
struct settings;
struct topology;
struct watch;
struct zone_cleaner;

/* The versions of what the topology is made of. */
struct renewal_versions {
    unsigned int idl;           /* ovsdb_idl_get_seqno(). */
    uint64_t peers;             /* veth_peer_get_seq(). */
    uint64_t users;             /* foreign_zones_get_seq(). */
    bool may_allocate;          /* foreign_zones_is_ready(). */
    uint64_t learning;          /* mac_learning_get_seq(). */
};

/* What it points to belongs to others and must outlive it. */
struct renewal {
    struct ovsdb_idl *idl;
    struct settings *settings;
    struct topology *topology;
    struct watch *watch;
    struct guard *guard;
    struct foreign_zones *foreign_zones;
    struct zone_cleaner *zone_cleaner;
    struct mac_learning *mac_learning;
    struct publication *publication;
    struct renewal_versions versions; /* When the topology was last renewed. */
    bool allocated;             /* Was a zone allocated just now? */
};

enum renewal_result {
    RENEWAL_NOT_DUE,            /* Nothing it is made of has changed. */
    RENEWAL_UNCHANGED,          /* Something has, and the outcome is the
                                 * same. */
    RENEWAL_CHANGED,            /* The topology or the settings have. */
};

/* Does what is due; when 'cleaning_up', settings are not read any more. */
enum renewal_result renewal_run(struct renewal *, bool cleaning_up);

/* Has the next renewal_run() renew the topology. */
void renewal_force(struct renewal *);

/* Is it known which zones are others', so that zones may be allocated? */
bool renewal_may_allocate(const struct renewal *);

#endif /* renewal.h */
