/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "settings/setting-parsers.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/identity.h"
#include "lib/learning.h"
#include "lib/printable.h"
#include "settings/setting-amount.h"
#include "settings/settings-values.h"
#include "stream.h"
#include "util.h"

/* Longest hold that is accepted, in seconds: a day. */
#define MAX_HOLD 86400

/* Least and greatest number of milliseconds between two polls or walks. */
#define MIN_INTERVAL 100
#define MAX_INTERVAL 3600000

/* Parses 'value', a number of seconds from 'min' to MAX_HOLD. */
static char *
parse_seconds(const char *value, int min, unsigned int *seconds)
{
    int n;

    if (!isdigit((unsigned char) value[0])
        || !str_to_int(value, 10, &n) || n < min || n > MAX_HOLD) {
        return xasprintf("not a number of seconds from %d to %d",
                         min, MAX_HOLD);
    }
    *seconds = n;
    return NULL;
}

char *
setting_parse_bridges(struct settings *s, const char *value)
{
    sset_destroy(&s->bridges);
    sset_from_delimited_string(&s->bridges, value, ", \t\r\n");
    return NULL;
}

char *
setting_parse_zones(struct settings *s, const char *value)
{
    return zones_mode_from_string(value, &s->zones);
}

char *
setting_parse_zone_range(struct settings *s, const char *value)
{
    unsigned int min, max;
    int n = 0;

    /* Five digits are enough, and cannot overflow. */
    if (value[strspn(value, "0123456789-")]
        || !isdigit((unsigned char) value[0])
        || !ovs_scan(value, "%5u-%5u%n", &min, &max, &n) || value[n]) {
        return xstrdup("not a range of zones, such as 20000-49999");
    }
    if (!min || max > UINT16_MAX || min > max) {
        return xstrdup("the range must ascend and lie within 1-65535 "
                       "(zone 0 is everybody's)");
    }
    s->zone_min = min;
    s->zone_max = max;
    return NULL;
}

/* Parses a list of zones.  Zone 0 is allowed, since it is not us who chose
 * them. */
char *
setting_parse_shared_zones(struct settings *s, const char *value)
{
    uint16_t zones[SETTINGS_MAX_SHARED_ZONES];
    char *copy = xstrdup(value);
    char *save = NULL;
    bool ok = true;
    size_t n = 0;

    for (char *token = strtok_r(copy, ", ", &save); token && ok;
         token = strtok_r(NULL, ", ", &save)) {
        unsigned int zone;

        ok = (n < ARRAY_SIZE(zones) && isdigit((unsigned char) token[0])
              && str_to_uint(token, 10, &zone) && zone <= UINT16_MAX);
        if (ok) {
            zones[n++] = zone;
        }
    }
    free(copy);
    if (!ok || !n) {
        return xasprintf("not a list of 1 to %d zones, such as 65520,65510",
                         SETTINGS_MAX_SHARED_ZONES);
    }
    memcpy(s->shared_zones, zones, n * sizeof *zones);
    s->n_shared_zones = n;
    return NULL;
}

/* Parses 'value', a number from 'min' to 'max', both below 256, into '*n'.
 * Returns false if it is none. */
static bool
parse_byte(const char *value, int min, int max, uint8_t *n)
{
    int i;

    if (!isdigit((unsigned char) value[0]) || !str_to_int(value, 10, &i)
        || i < min || i > max) {
        return false;
    }
    *n = i;
    return true;
}

char *
setting_parse_first_table(struct settings *s, const char *value)
{
    return (parse_byte(value, PIPELINE_MIN_TABLE, PIPELINE_MAX_TABLE,
                       &s->pipeline.first_table)
            ? NULL
            : xasprintf("not the number of a table from %d to %d that is "
                        "unused, and the next one as well",
                        PIPELINE_MIN_TABLE, PIPELINE_MAX_TABLE));
}

char *
setting_parse_register(struct settings *s, const char *value)
{
    if (!strcmp(value, "any")) {
        s->pipeline.reg = PIPELINE_REG_ANY;
        return NULL;
    }
    return (parse_byte(value, 0, PIPELINE_MAX_REG, &s->pipeline.reg)
            ? NULL
            : xasprintf("use \"any\" or the number of an unused register, "
                        "from 0 to %d", PIPELINE_MAX_REG));
}

char *
setting_parse_pipeline(struct settings *s, const char *value)
{
    if (!strcmp(value, "auto")) {
        s->pipeline.order = PIPELINE_AUTO;
    } else if (!strcmp(value, "inline")) {
        s->pipeline.order = PIPELINE_INLINE;
    } else if (!strcmp(value, "isolated")) {
        s->pipeline.order = PIPELINE_ISOLATED;
    } else {
        return xstrdup("use \"auto\", \"inline\" or \"isolated\"");
    }
    return NULL;
}

char *
setting_parse_tracking(struct settings *s, const char *value)
{
    if (!strcmp(value, "always")) {
        s->tracking = TRACKING_MODE_ALWAYS;
    } else if (!strcmp(value, "adaptive")) {
        s->tracking = TRACKING_MODE_ADAPTIVE;
    } else {
        return xstrdup("use \"adaptive\" or \"always\"");
    }
    return NULL;
}

char *
setting_parse_policy(struct settings *s, const char *value)
{
    return policy_parse(value, &s->policy);
}

char *
setting_parse_detector(struct settings *s, const char *value)
{
    if (!strcmp(value, "auto")) {
        s->detector = DETECTOR_CHOICE_AUTO;
    } else if (!strcmp(value, "hook")) {
        s->detector = DETECTOR_CHOICE_HOOK;
    } else if (!strcmp(value, "scan")) {
        s->detector = DETECTOR_CHOICE_SCAN;
    } else if (!strcmp(value, "poll")) {
        s->detector = DETECTOR_CHOICE_POLL;
    } else if (!strcmp(value, "none")) {
        s->detector = DETECTOR_CHOICE_NONE;
    } else {
        return xstrdup("use \"auto\", \"hook\", \"scan\", \"poll\" or "
                       "\"none\"");
    }
    return NULL;
}

char *
setting_parse_elephant_bytes(struct settings *s, const char *value)
{
    return setting_parse_amount(value, "bytes", &s->elephant.bytes);
}

/* Parses 'value', a decimal number followed by "%", into '*percent'. */
static char *
parse_percent(const char *value, double *percent)
{
    size_t n = strspn(value, "0123456789.");
    char *tail;
    double x;

    x = strtod(value, &tail);
    if (!isdigit((unsigned char) value[0]) || tail != value + n
        || strcmp(tail, "%")) {
        return xstrdup("not a percentage of the link's speed, such as 10%");
    }
    if (x <= 0 || x > 100) {
        return xstrdup("a percentage of the link's speed must be more than 0% "
                       "and at most 100%");
    }
    *percent = x;
    return NULL;
}

char *
setting_parse_elephant_rate(struct settings *s, const char *value)
{
    char *reason;

    if (strchr(value, '%')) {
        return parse_percent(value, &s->elephant_percent);
    }
    reason = setting_parse_amount(value, "bit/s", &s->elephant.rate);
    if (!reason) {
        s->elephant_percent = 0;
    }
    return reason;
}

char *
setting_parse_volume_rate(struct settings *s, const char *value)
{
    struct volume_limit volume = { .kind = VOLUME_OFF };
    char *reason = NULL;

    if (!strcmp(value, "auto")) {
        volume.kind = VOLUME_AUTO;
    } else if (strchr(value, '%')) {
        volume.kind = VOLUME_PERCENT;
        reason = parse_percent(value, &volume.percent);
    } else if (strcmp(value, "0")) {
        volume.kind = VOLUME_RATE;
        reason = setting_parse_amount(value, "bit/s", &volume.rate);
    }
    if (!reason) {
        s->volume = volume;
    }
    return reason;
}

char *
setting_parse_elephant_hold(struct settings *s, const char *value)
{
    return parse_seconds(value, 1, &s->elephant.hold);
}

char *
setting_parse_heavy_hold(struct settings *s, const char *value)
{
    return parse_seconds(value, 0, &s->heavy_hold);
}

char *
setting_parse_track_unassured(struct settings *s, const char *value)
{
    bool *track = &s->detector_options.track_unassured;

    if (!strcmp(value, "true")) {
        *track = true;
    } else if (!strcmp(value, "false")) {
        *track = false;
    } else {
        return xstrdup("use \"true\" or \"false\"");
    }
    return NULL;
}

/* Parses 'value' into '*interval', a number of milliseconds. */
static char *
parse_interval(const char *value, unsigned int *interval)
{
    int n;

    if (!isdigit((unsigned char) value[0]) || !str_to_int(value, 10, &n)
        || n < MIN_INTERVAL || n > MAX_INTERVAL) {
        return xasprintf("not a number of milliseconds from %d to %d",
                         MIN_INTERVAL, MAX_INTERVAL);
    }
    *interval = n;
    return NULL;
}

char *
setting_parse_poll_interval(struct settings *s, const char *value)
{
    return parse_interval(value, &s->detector_options.poll_interval);
}

char *
setting_parse_scan_interval(struct settings *s, const char *value)
{
    return parse_interval(value, &s->detector_options.scan_interval);
}

/* Is 's' the name of one OVSDB server, as a client takes it?  A host name is
 * not looked up, and the port may be left out. */
static bool
is_server(const char *s)
{
    const char *address = s + strcspn(s, ":") + 1;
    const char *bracket = strchr(s, ']');
    const char *port;

    if (stream_verify_name(s) || !*address || *address == ':') {
        return false;
    } else if (!strncmp(s, "unix:", 5)) {
        return true;
    }
    port = strchr(bracket ? bracket : address, ':');
    return (!port || (strspn(port + 1, "0123456789") == strlen(port + 1)
                      && atoi(port + 1) > 0 && atoi(port + 1) <= UINT16_MAX));
}

/* Parses a list of servers, as Open vSwitch's own programs take it. */
char *
setting_parse_remote(struct settings *s, const char *value)
{
    char *copy, *save = NULL;
    char *error = NULL;

    if (strlen(value) >= sizeof s->learning.remote) {
        return xstrdup("too long");
    } else if (*value && strspn(value, ", ") == strlen(value)) {
        return xstrdup("it names no server");
    }
    copy = xstrdup(value);
    for (char *p = strtok_r(copy, ", ", &save); p && !error;
         p = strtok_r(NULL, ", ", &save)) {
        if (!is_server(p)) {
            error = xasprintf("\"%s\" is no server, use ssl:ADDRESS:PORT, "
                              "tcp:ADDRESS:PORT or unix:FILE", printable(p));
        }
    }
    free(copy);
    if (!error) {
        ovs_strzcpy(s->learning.remote, value, sizeof s->learning.remote);
    }
    return error;
}

char *
setting_parse_node_name(struct settings *s, const char *value)
{
    char *error = identity_check_node_name(value);

    if (!error) {
        ovs_strzcpy(s->learning.node_name, value,
                    sizeof s->learning.node_name);
    }
    return error;
}

char *
setting_parse_heartbeat(struct settings *s, const char *value)
{
    unsigned int seconds = 0;
    char *error = parse_seconds(value, 1, &seconds);

    if (error || seconds > 3600) {
        free(error);
        return xstrdup("not a number of seconds from 1 to 3600");
    }
    s->learning.heartbeat = seconds;
    return NULL;
}

char *
setting_parse_memory_half_life(struct settings *s, const char *value)
{
    return learning_parse_half_life(value, &s->learning.half_life);
}

/* Parses a list of "NAME" and "NAME=BIT/S".  The name of a network device has
 * at most 15 characters (IFNAMSIZ - 1). */
char *
setting_parse_uplinks(struct settings *s, const char *value)
{
    char *copy, *save = NULL;
    char *error = NULL;

    if (strlen(value) >= sizeof s->learning.uplinks) {
        return xstrdup("too long");
    }
    copy = xstrdup(value);
    for (char *p = strtok_r(copy, ", ", &save); p && !error;
         p = strtok_r(NULL, ", ", &save)) {
        char *speed = strchr(p, '=');
        uint64_t n;

        if (speed) {
            *speed++ = '\0';
            error = setting_parse_amount(speed, "bit/s", &n);
        }
        if (!error && (strlen(p) > 15 || strchr(p, '/') || !*p
                       || p[0] == '.')) {
            error = xasprintf("\"%s\" is not the name of a network device",
                              printable(p));
        }
    }
    free(copy);
    if (!error) {
        ovs_strzcpy(s->learning.uplinks, value, sizeof s->learning.uplinks);
    }
    return error;
}
