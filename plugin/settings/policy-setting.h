/* SPDX-License-Identifier: Apache-2.0 */

#ifndef POLICY_SETTING_H
#define POLICY_SETTING_H 1

/* What external_ids:footprint-policy asks to be done about elephants.  Pure.
 *
 * Nothing is asked for unless somebody says so. */

#include <stdbool.h>
#include <stdint.h>

struct ds;

/* The queues that a policy may name: those of linux-htb, but for queue 0,
 * which is everybody else's. */
#define POLICY_MIN_QUEUE 1
#define POLICY_MAX_QUEUE 61439

struct policy {
    bool inherit;               /* A Bridge's or an Interface's: the policy is
                                 * that of what it belongs to, whatever else is
                                 * here. */
    int8_t dscp;                /* From 0 to 63, or -1 to leave it alone. */
    bool offload;               /* Elephants are to be found by who offloads
                                 * them. */
    bool from_start;            /* What a new container of a heavy workload
                                 * sends is treated as if it were all
                                 * elephants. */
    uint16_t queue;             /* 0: none. */
    uint32_t mark;              /* Of the packet. */
    uint32_t mark_mask;         /* Bits of 'mark' that count; 0: none. */
    uint64_t min_rate;          /* Of the queue, in bit/s; 0: nobody says. */
    uint64_t max_rate;          /* Likewise. */
};

/* A policy that asks for nothing, and one that asks for what the next higher
 * level does. */
extern const struct policy policy_none, policy_inherit;

/* Stores in '*policy' what 'value' asks for.  Returns null, or a malloc()'d
 * phrase that says what is wrong and what would be right; '*policy' is then
 * unchanged. */
char *policy_parse(const char *value, struct policy *policy);

bool policy_equal(const struct policy *, const struct policy *);

/* Does it ask for nothing? */
bool policy_is_none(const struct policy *);

/* Appends 'policy', which is not inherited, as policy_parse() takes it. */
void policy_format(const struct policy *, struct ds *);

#endif /* policy-setting.h */
