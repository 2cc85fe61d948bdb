/* SPDX-License-Identifier: Apache-2.0 */

#ifndef ROW_FACTS_H
#define ROW_FACTS_H 1

/* What a row of OVS_Footprint should say, compared with what it says.
 *
 * footprint-rows.h decides which rows there are, and when they are written. */

#include <stdbool.h>

#include "lib/footprint-class.h"
#include "lib/learning.h"

struct fprec_instance;
struct fprec_node;
struct fprec_observation;
struct simap;

/* A machine: the node itself, or a virtual machine on it. */
struct node_facts {
    const char *name;
    const char *hypervisor;     /* Empty for the node itself. */
    unsigned int elephants;
    double bits_in, bits_out, link_speed; /* In bit/s. */
    unsigned int heavy, light, unknown;
    const struct simap *blind_spots;
    const char *detector;
};

/* A container. */
struct instance_facts {
    const char *interface;
    const char *on_node;
    const char *workload;       /* Empty if there is no telling. */
    const char *container;
    enum footprint_class class;
    enum footprint_role role;
    const char *evidence;       /* Empty if there is none. */
    long long int since;        /* Wall clock time, in seconds. */
    unsigned int elephants;
    double rate;                /* Of its elephants, in bit/s. */
};

/* Does the row lack something that a scheduler needs at once? */
bool row_lacks_node_news(const struct fprec_node *, const struct node_facts *);

/* Makes the row, which is to be written, say what 'facts' do. */
void row_set_node_facts(const struct fprec_node *, const struct node_facts *);

/* Does the row say anything else than the facts, numbers apart? */
bool row_lacks_instance_flag(const struct fprec_instance *,
                             const struct instance_facts *);

/* Does a number differ from the row's?  Elephants' rates are never the same
 * twice, so only a difference of a tenth counts as a change. */
bool row_lacks_instance_number(const struct fprec_instance *,
                               const struct instance_facts *);

/* Makes the row, which is to be written, say what 'facts' do. */
void row_set_instance_facts(const struct fprec_instance *,
                            const struct instance_facts *);

/* Returns what the row says, which may be nonsense: see
 * observation_check(). */
struct observation row_get_observation(const struct fprec_observation *);

/* Makes the row, which is to be written, say what the observation does. */
void row_set_observation(const struct fprec_observation *,
                         const struct observation *);

#endif /* row-facts.h */
