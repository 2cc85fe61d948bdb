/* SPDX-License-Identifier: Apache-2.0 */

#ifndef OF_SWITCH_H
#define OF_SWITCH_H 1

/* A conversation with an OpenFlow switch about its flows.
 *
 * Keeps a connection, speaks whatever version of OpenFlow the switch allows,
 * and hides the differences: it lists flows and groups, tells when others
 * change flows, and changes several flows at once.  It does not know what the
 * flows are for.
 *
 * It never blocks.  Everything the switch has to say comes out of
 * of_switch_run() as an event, in the order in which it happened there. */

#include <stdbool.h>
#include <stddef.h>

#include "openvswitch/ofp-protocol.h"

struct flow_spec;
struct of_switch;
struct ofputil_group_desc;
struct ovs_list;

enum of_switch_event_type {
    OF_SWITCH_CONNECTED,        /* A new connection: whatever was asked for
                                 * over the last one will not be answered, and
                                 * everything may have changed. */
    OF_SWITCH_DISCONNECTED,
    OF_SWITCH_FLOW,             /* There is 'flow': it was listed, or somebody
                                 * else added or modified it. */
    OF_SWITCH_FLOW_REMOVED,     /* There is no 'flow' any more. */
    OF_SWITCH_GROUP,            /* There is 'group'. */
    OF_SWITCH_LISTED,           /* All that of_switch_list() asked for was
                                 * told. */
    OF_SWITCH_COMMITTED,        /* What of_switch_commit() sent took effect. */
    OF_SWITCH_FAILED,           /* Listing or commit failed, as 'error' says.
                                 * After a commit without bundles, part of it
                                 * may have taken effect. */
    OF_SWITCH_LOST,             /* Changes may have been missed: list again. */
};

struct of_switch_event {
    enum of_switch_event_type type;
    const struct flow_spec *flow; /* For those about flows, else null. */
    const struct ofputil_group_desc *group; /* OF_SWITCH_GROUP only. */
    const char *error;          /* OF_SWITCH_FAILED only: a phrase for
                                 * people. */
};

/* Must not destroy the switch, but may ask it for more. */
typedef void of_switch_cb(const struct of_switch_event *, void *aux);

/* The switch is the bridge of that name, which need not exist yet. */
struct of_switch *of_switch_create(const char *bridge);
void of_switch_destroy(struct of_switch *);

void of_switch_run(struct of_switch *, of_switch_cb *, void *aux);
void of_switch_wait(struct of_switch *);

/* Returns null while there is a connection and the switch answers, otherwise a
 * malloc()'d phrase that says why not. */
char *of_switch_get_trouble(const struct of_switch *);

/* Requests, which may be made only while there is a connection, and only when
 * the previous one has ended. */
void of_switch_list(struct of_switch *);
void of_switch_list_groups(struct of_switch *);

/* Likewise.  Has the 'flow_mods', at least one, of which it takes ownership,
 * applied all at once, or in this order where OpenFlow has no bundles.  They
 * must have been encoded in this order. */
void of_switch_commit(struct of_switch *, struct ovs_list *flow_mods);

/* For encoding flow_mods. */
enum ofputil_protocol of_switch_get_protocol(const struct of_switch *);

/* Returns false if the switch cannot tell about changes. */
bool of_switch_tells_changes(const struct of_switch *);

#endif /* of-switch.h */
