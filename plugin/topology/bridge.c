/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "topology/bridge.h"

#include <stdlib.h>
#include <string.h>

#include "lib/printable.h"
#include "lib/problem.h"
#include "openvswitch/vlog.h"
#include "ovsdb/footprint-keys.h"
#include "settings/settings.h"
#include "topology/bridge-owner.h"
#include "util.h"
#include "vswitch-idl.h"
#include "zones/foreign-zones.h"

VLOG_DEFINE_THIS_MODULE(bridge);

int
bridge_compare(const void *a_, const void *b_)
{
    const struct bridge *const *a = a_;
    const struct bridge *const *b = b_;

    return strcmp((*a)->name, (*b)->name);
}

struct bridge *
bridge_create(const char *name, const struct settings *settings)
{
    struct bridge *br = xzalloc(sizeof *br);

    br->name = xstrdup(name);
    br->mode = ZONES_MANAGED;
    br->pipeline_options = settings->pipeline;
    br->tracking = settings->tracking;
    br->policy = settings->policy;
    br->own_policy = policy_inherit;
    ovs_list_init(&br->ports);
    bridge_note_change(br);
    return br;
}

void
bridge_destroy(struct bridge *br)
{
    ovs_assert(ovs_list_is_empty(&br->ports));
    free(br->name);
    free(br->problem);
    free(br->options_problem);
    free(br->tracking_problem);
    free(br->policy_problem);
    free(br);
}

void
bridge_note_change(struct bridge *br)
{
    static uint64_t last_version;

    br->version = ++last_version;
}

void
bridge_note_old_flows(struct bridge *br)
{
    br->had_flows = true;
}

bool
bridge_set_wanted(struct bridge *br, bool wanted)
{
    if (wanted == br->wanted) {
        return false;
    }
    br->wanted = wanted;
    bridge_note_change(br);
    return true;
}

/* Takes ownership of 'problem', which may be null. */
static void
set_problem(char **problemp, char *problem)
{
    if (problem_set(problemp, problem)) {
        VLOG_WARN("%s", printable_text(*problemp));
    }
}

/* The same for a problem that does not name the bridge. */
static void
set_named_problem(char **problemp, const struct bridge *br, char *problem)
{
    set_problem(problemp, problem ? xasprintf("bridge %s: %s", br->name,
                                              problem)
                : NULL);
    free(problem);
}

static bool
read_pipeline_options(struct bridge *br, const struct ovsrec_bridge *row,
                      const struct bridge_inputs *in)
{
    struct pipeline_options options = br->pipeline_options;
    char *problem;

    settings_get_pipeline_options(in->settings, &row->external_ids, &options,
                                  &problem);
    options.hardware = smap_get_bool(&in->cfg->other_config, "hw-offload",
                                     false);
    set_named_problem(&br->options_problem, br, problem);
    if (pipeline_options_equal(&options, &br->pipeline_options)) {
        return false;
    }
    br->pipeline_options = options;
    return true;
}

static bool
read_tracking(struct bridge *br, const struct ovsrec_bridge *row,
              const struct settings *settings)
{
    enum tracking_mode old = br->tracking;
    char *problem;
    enum tracking_mode own = settings_get_tracking(&row->external_ids, old,
                                                   &problem);

    set_named_problem(&br->tracking_problem, br, problem);
    br->tracking = (own == TRACKING_MODE_INHERIT ? settings->tracking : own);
    return br->tracking != old;
}

static bool
read_policy(struct bridge *br, const struct ovsrec_bridge *row,
            const struct settings *settings)
{
    struct policy policy = br->own_policy;
    struct policy old = br->policy;
    char *problem;

    settings_get_policy(&row->external_ids, &policy, &problem);
    set_named_problem(&br->policy_problem, br, problem);
    br->own_policy = policy;
    br->policy = policy.inherit ? settings->policy : policy;
    return !policy_equal(&old, &br->policy);
}

static bool
read_mode(struct bridge *br, const struct ovsrec_bridge *row,
          const struct bridge_inputs *in)
{
    enum zones_mode mode = in->settings->zones;
    char *problem = settings_parse_zones_mode(&row->external_ids, &mode);

    set_named_problem(&br->problem, br, problem);
    if (mode == ZONES_AUTO) {
        mode = bridge_owner_get_mode(in->cfg, row);
    }
    if (mode == br->mode) {
        return false;
    }
    VLOG_INFO("bridge %s: zones are now \"%s\" (were \"%s\")",
              printable(br->name), zones_mode_to_string(mode),
              zones_mode_to_string(br->mode));
    br->mode = mode;
    return true;
}

/* Makes '*member' 'value'.  Returns true if it was not that. */
static bool
set_flag(bool *member, bool value)
{
    bool changed = *member != value;

    *member = value;
    return changed;
}

/* Is the bridge without all of its controllers, and not told to wait for them?
 * Soon ovs-vswitchd then adds a hidden flow that comes before all others. */
static bool
fails_open(const struct ovsrec_bridge *row)
{
    bool has_controller = false;

    for (size_t i = 0; i < row->n_controller; i++) {
        const struct ovsrec_controller *c = row->controller[i];

        if (c->is_connected) {
            return false;
        }
        has_controller |= !c->type || strcmp(c->type, "service");
    }
    return (has_controller
            && (!row->fail_mode || strcmp(row->fail_mode, "secure")));
}

/* Reads the row of a bridge that is wanted. */
static bool
read_row(struct bridge *br, const struct ovsrec_bridge *row,
         const struct bridge_inputs *in)
{
    bool had_flows = br->had_flows
                     || foreign_zones_has_our_flows(in->foreign_zones,
                                                    br->name);
    bool changed = read_mode(br, row, in);

    changed |= read_pipeline_options(br, row, in);
    changed |= read_tracking(br, row, in->settings);
    changed |= read_policy(br, row, in->settings);
    changed |= set_flag(&br->is_userspace,
                        !strcmp(row->datapath_type, "netdev"));
    changed |= set_flag(&br->fails_open, fails_open(row));
    changed |= set_flag(&br->had_flows, had_flows);
    return changed;
}

bool
bridge_read(struct bridge *br, const struct ovsrec_bridge *row,
            const struct bridge_inputs *in)
{
    bool changed = set_flag(&br->exists, row != NULL);

    if (!br->wanted) {
        set_problem(&br->problem, NULL);
        set_problem(&br->options_problem, NULL);
        set_problem(&br->tracking_problem, NULL);
        set_problem(&br->policy_problem, NULL);
    } else if (!row) {
        set_problem(&br->problem,
                    xasprintf("bridge %s does not exist: waiting for it to be "
                              "added (or take it out of external_ids:"
                              FP_CFG_BRIDGES")", br->name));
    } else {
        changed |= read_row(br, row, in);
    }
    if (changed) {
        bridge_note_change(br);
    }
    return changed;
}

const struct ovsrec_bridge *
bridge_find_row(const struct ovsrec_open_vswitch *cfg, const char *name)
{
    for (size_t i = 0; i < cfg->n_bridges; i++) {
        if (!strcmp(cfg->bridges[i]->name, name)) {
            return cfg->bridges[i];
        }
    }
    return NULL;
}
