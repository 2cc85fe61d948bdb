/* SPDX-License-Identifier: Apache-2.0 */

#ifndef SETTINGS_VALUES_H
#define SETTINGS_VALUES_H 1

/* What the daemon's settings are made of. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detector/detector-choice.h"
#include "detector/detector.h"
#include "openvswitch/shash.h"
#include "pipeline/pipeline-types.h"
#include "settings/policy-setting.h"
#include "settings/zones-mode.h"
#include "sset.h"

/* How many zones may be shared. */
#define SETTINGS_MAX_SHARED_ZONES 16

/* Of what is learned, and the database OVS_Footprint. */
struct learning_settings {
    char remote[1024];          /* Where it is; empty for Open_vSwitch's. */
    char node_name[256];        /* Empty: the hostname. */
    char uplinks[1024];         /* Empty: find them. */
    unsigned int heartbeat;     /* In seconds. */
    long long int half_life;    /* In seconds. */
};

/* Whose packets pass conntrack. */
enum tracking_mode {
    TRACKING_MODE_INHERIT,      /* A Bridge's or an Interface's: as what it
                                 * belongs to. */
    TRACKING_MODE_ALWAYS,       /* Every container's, always. */
    TRACKING_MODE_ADAPTIVE,     /* A container's only while its interface moves
                                 * so much that it may have an elephant. */
};

/* How much a container may move, elephants or not. */
struct volume_limit {
    enum {
        VOLUME_AUTO,            /* VOLUME_FACTOR times its elephant rate. */
        VOLUME_OFF,             /* Any amount. */
        VOLUME_RATE,            /* 'rate'. */
        VOLUME_PERCENT,         /* 'percent' of its link's speed. */
    } kind;
    uint64_t rate;              /* In bit/s. */
    double percent;
};

/* See VOLUME_AUTO. */
#define VOLUME_FACTOR 10

struct settings {
    struct sset bridges;        /* Names of the bridges to serve. */
    enum zones_mode zones;
    uint16_t zone_min;          /* The first zone that may be allocated. */
    uint16_t zone_max;          /* The last one. */
    uint16_t shared_zones[SETTINGS_MAX_SHARED_ZONES]; /* For ZONES_SHARED. */
    size_t n_shared_zones;
    struct pipeline_options pipeline;
    enum tracking_mode tracking; /* Never TRACKING_MODE_INHERIT. */
    struct policy policy;       /* Never inherited. */
    enum detector_choice detector;
    struct detector_options detector_options;
    struct elephant_threshold elephant;
    double elephant_percent;    /* If nonzero, the rate is this many percent of
                                 * a link's speed, and 'elephant.rate' is the
                                 * last good one in bit/s. */
    struct volume_limit volume;
    unsigned int heavy_hold;    /* Seconds without an elephant before a
                                 * container is light again. */
    struct learning_settings learning;

    /* Maps a key to a sentence that says what is wrong with its value. */
    struct shash problems;      /* Data is a malloc()'d string. */

    /* The same for keys that look like ours and are not. */
    struct shash unknown;
};

#endif /* settings-values.h */
