/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "node/removal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/footprint-db.h"
#include "lib/printable.h"
#include "node/node-parts.h"
#include "node/pipelines.h"
#include "node/publication.h"
#include "openvswitch/dynamic-string.h"
#include "ovsdb-idl.h"
#include "pipeline/pipeline.h"
#include "publish/learner.h"
#include "sset.h"
#include "topology/topology.h"
#include "util.h"
#include "vswitch-idl.h"
#include "zones/foreign-zones.h"

void
removal_init(struct removal *r, const struct node_parts *parts,
             const struct foreign_zones *fz)
{
    *r = (struct removal) { .parts = parts, .foreign_zones = fz };
    simap_init(&r->flows);
}

void
removal_destroy(struct removal *r)
{
    simap_destroy(&r->flows);
}

void
removal_note_flows(struct removal *r, const char *bridge)
{
    const struct pipeline *pipeline = pipelines_find(r->parts->pipelines,
                                                     bridge);
    size_t n = pipeline ? pipeline_count_flows(pipeline) : 0;

    if (n > simap_get(&r->flows, bridge)) {
        simap_put(&r->flows, bridge, n);
    }
}

/* Stores in 'unread', which the caller must destroy, the bridges whose flows
 * nobody has seen. */
static void
get_unread(const struct removal *r, struct sset *unread)
{
    sset_init(unread);
    foreign_zones_get_unread(r->foreign_zones, unread);
}

/* Does the topology have every bridge that may have flows of ours?  A
 * database that was never set up has none. */
static bool
knows_all_bridges(const struct removal *r, bool has_all)
{
    struct sset unread;
    bool any_unread;

    get_unread(r, &unread);
    any_unread = !sset_is_empty(&unread);
    sset_destroy(&unread);
    return (!ovsrec_open_vswitch_first(r->parts->idl)
            || (has_all && !any_unread));
}

bool
removal_is_done(const struct removal *r, bool has_all)
{
    return (!publication_is_due(r->parts->publication)
            && knows_all_bridges(r, has_all)
            && hmap_is_empty(topology_get_bridges(r->parts->topology))
            && learner_is_clean(r->parts->learner));
}

/* Does the topology still have 'bridge', since flows of ours are there? */
static bool
is_left(const struct removal *r, const char *bridge)
{
    const struct bridge *br;

    HMAP_FOR_EACH (br, name_node, topology_get_bridges(r->parts->topology)) {
        if (!strcmp(br->name, bridge)) {
            return true;
        }
    }
    return false;
}

void
removal_describe(const struct removal *r, struct ds *s)
{
    size_t n_rows = publication_count_cleared(r->parts->publication);
    const struct simap_node **flows = simap_sort(&r->flows);
    bool any_row = learner_has_cleared(r->parts->learner);

    for (size_t i = 0; i < simap_count(&r->flows); i++) {
        if (!is_left(r, flows[i]->name)) {
            ds_put_format(s, "removed %u flows from bridge %s\n",
                          flows[i]->data, printable(flows[i]->name));
        }
    }
    free(flows);
    if (n_rows) {
        ds_put_format(s, "removed our keys from %"PRIuSIZE" row%s of "
                      "Open_vSwitch\n", n_rows, n_rows == 1 ? "" : "s");
    }
    if (any_row) {
        ds_put_format(s, "removed the rows of this node, %s, from "
                      "OVS_Footprint\n",
                      printable(learner_get_node_name(r->parts->learner)));
    }
}

static void
describe_bridge(struct ds *s, const char *name, const char *why)
{
    ds_put_format(s, "bridge %s may have flows of ours: %s\n",
                  printable(name), why ? printable_text(why)
                  : "it has not confirmed yet that they are gone");
}

/* The bridges that the topology still has, and those of which it does not know
 * whether it should. */
static void
describe_bridges(const struct removal *r, struct ds *s)
{
    const struct bridge **bridges;
    size_t n = topology_sort_bridges(r->parts->topology, &bridges);
    struct sset unread;
    const char **names;

    get_unread(r, &unread);
    for (size_t i = 0; i < n; i++) {
        const char *name = bridges[i]->name;
        const struct pipeline *pipeline = pipelines_find(r->parts->pipelines,
                                                         name);

        describe_bridge(s, name,
                        pipeline ? pipeline_get_problem(pipeline) : NULL);
        sset_find_and_delete(&unread, name);
    }
    names = sset_sort(&unread);
    for (size_t i = 0; i < sset_count(&unread); i++) {
        describe_bridge(s, names[i], "it cannot be asked for them");
    }
    if (n || !sset_is_empty(&unread)) {
        ds_put_cstr(s, "does ovs-vswitchd run?  If not, these flows are gone "
                    "with it\n");
    }
    free(names);
    sset_destroy(&unread);
    free(bridges);
}

void
removal_describe_rest(const struct removal *r, struct ds *s)
{
    const struct learner *learner = r->parts->learner;

    if (publication_is_due(r->parts->publication)) {
        ds_put_cstr(s, "our keys could not be removed from Open_vSwitch: the "
                    "database does not accept that\n");
    }
    describe_bridges(r, s);
    if (!learner_is_clean(learner)) {
        char *why = footprint_db_explain(learner_get_db(learner));

        ds_put_format(s, "the rows of this node, %s, may be left in "
                      "OVS_Footprint: %s\n",
                      printable(learner_get_node_name(learner)),
                      why ? printable_text(why)
                      : "the database does not accept that they are removed");
        free(why);
    }
}
