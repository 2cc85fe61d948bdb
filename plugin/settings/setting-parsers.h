/* SPDX-License-Identifier: Apache-2.0 */

#ifndef SETTING_PARSERS_H
#define SETTING_PARSERS_H 1

/* One parser for each key of external_ids.  Pure. */

struct settings;

/* A parser takes a value and stores what it means in 'settings'.  It returns
 * null, or a malloc()'d phrase that says what is wrong and what would be
 * right; it has then changed nothing. */
typedef char *setting_parser(struct settings *, const char *value);

setting_parser setting_parse_bridges;
setting_parser setting_parse_zones;
setting_parser setting_parse_zone_range;
setting_parser setting_parse_shared_zones;
setting_parser setting_parse_first_table;
setting_parser setting_parse_register;
setting_parser setting_parse_pipeline;
setting_parser setting_parse_tracking;
setting_parser setting_parse_policy;
setting_parser setting_parse_detector;
setting_parser setting_parse_elephant_bytes;
setting_parser setting_parse_elephant_rate;
setting_parser setting_parse_elephant_hold;
setting_parser setting_parse_volume_rate;
setting_parser setting_parse_heavy_hold;
setting_parser setting_parse_track_unassured;
setting_parser setting_parse_poll_interval;
setting_parser setting_parse_scan_interval;
setting_parser setting_parse_remote;
setting_parser setting_parse_node_name;
setting_parser setting_parse_heartbeat;
setting_parser setting_parse_memory_half_life;
setting_parser setting_parse_uplinks;

#endif /* setting-parsers.h */
