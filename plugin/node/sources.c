/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "node/sources.h"

#include "evidence/evidence.h"
#include "footprint/tracker.h"
#include "node/watch.h"
#include "packets.h"
#include "settings/settings.h"
#include "topology/bridge.h"
#include "topology/port.h"
#include "upkeep/guard.h"
#include "zones/foreign-zones.h"

static int
get_watch_error(uint16_t zone, const void *sources_)
{
    const struct sources *sources = sources_;

    return watch_get_error(sources->watch, zone);
}

static bool
is_withdrawn(uint16_t zone, const void *sources_)
{
    const struct sources *sources = sources_;

    return guard_is_withdrawn(sources->guard, zone);
}

static uint64_t
count_elephants(uint16_t zone, const void *sources_)
{
    const struct sources *sources = sources_;
    const struct ovs_list *elephants = tracker_get_zone(sources->tracker,
                                                        zone);
    const struct elephant *e;
    uint64_t sum = 0;

    if (elephants) {
        LIST_FOR_EACH (e, zone_node, elephants) {
            struct ct_flow flow = e->flow;

            watch_refresh(sources->watch, &flow);
            sum += (flow.bytes[0] + flow.bytes[1]
                    + ETH_HEADER_LEN * (flow.packets[0] + flow.packets[1]));
        }
    }
    return sum;
}

static const struct pipeline *
find_pipeline(const char *bridge, const void *sources_)
{
    const struct sources *sources = sources_;

    return pipelines_find(sources->pipelines, bridge);
}

static bool
has_flows(const struct port *port, const void *sources_)
{
    const struct sources *sources = sources_;

    return (pipelines_is_up_to_date(sources->pipelines, port->bridge,
                                    &sources->pipelines_inputs)
            && detector_is_awake(watch_get_detector(sources->watch)));
}

static bool
had_flows(uint16_t zone, const void *sources_)
{
    const struct sources *sources = sources_;

    return foreign_zones_was_in_our_flows(sources->foreign_zones, zone);
}

struct detector_view
sources_get_view(const struct sources *sources)
{
    const struct settings *settings = sources->settings;

    return (struct detector_view) {
        .detector = watch_get_detector(sources->watch),
        .track_unassured = settings->detector_options.track_unassured,
        .get_watch_error = get_watch_error,
        .is_withdrawn = is_withdrawn,
        .count_elephants = count_elephants,
        .has_flows = has_flows,
        .had_flows = sources->knows_old_flows ? had_flows : NULL,
        .find_pipeline = find_pipeline,
        .aux = sources,
    };
}
