/* SPDX-License-Identifier: Apache-2.0 */

#ifndef CT_MESSAGE_H
#define CT_MESSAGE_H 1

/* What ctnetlink says of one conntrack entry, in a dump or in an event.
 *
 * ct_message_parse() reads what decides whether anybody cares, and nothing
 * else: it is called for every entry of a table that may have a million.
 * Callers that care use ct_message_get_flow(), which costs ten times as
 * much. */

#include <stdbool.h>
#include <stdint.h>

#include "conntrack/ct-flow.h"

struct nlmsghdr;

struct ct_message {
    const struct nlmsghdr *nlh; /* Not owned. */
    uint16_t zone;
    bool is_counted;            /* Has the entry counters? */
    uint64_t bytes[CT_N_DIRS];
    bool answered;              /* Was it seen in both directions? */
    uint32_t id;                /* The kernel's; not unique, and the same for
                                 * an entry that follows at the same address
                                 * with the same tuple. */
};

/* Returns false if 'nlh' is not about a conntrack entry. */
bool ct_message_parse(const struct nlmsghdr *, struct ct_message *);

static inline uint64_t
ct_message_total(const struct ct_message *m)
{
    return m->bytes[CT_DIR_ORIG] + m->bytes[CT_DIR_REPLY];
}

/* Returns how many packets were counted, in both directions together. */
uint64_t ct_message_count_packets(const struct ct_message *);

/* Fills in all that the message says of '*flow', and zeroes the rest.  Returns
 * false if it cannot be understood. */
bool ct_message_get_flow(const struct ct_message *, struct ct_flow *flow);

#endif /* ct-message.h */
