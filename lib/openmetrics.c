/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "lib/openmetrics.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "unicode.h"
#include "util.h"

/* The upper ends of the buckets, in seconds: what an answer takes is some
 * tenths of a millisecond, and kube-scheduler waits for 5 seconds. */
static const double bucket_ends[OPENMETRICS_N_BUCKETS] = {
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1, 5,
};

static const char *const type_names[] = {
    [OPENMETRICS_COUNTER] = "counter",
    [OPENMETRICS_GAUGE] = "gauge",
    [OPENMETRICS_HISTOGRAM] = "histogram",
    [OPENMETRICS_INFO] = "info",
};

enum openmetrics_dialect
openmetrics_negotiate(const char *accept)
{
    return (accept && strstr(accept, "application/openmetrics-text")
            ? OPENMETRICS_1_0 : OPENMETRICS_PROMETHEUS);
}

const char *
openmetrics_get_content_type(enum openmetrics_dialect dialect)
{
    return (dialect == OPENMETRICS_1_0
            ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
            : "text/plain; version=0.0.4; charset=utf-8");
}

void
openmetrics_begin(struct openmetrics *m, struct ds *s,
                  enum openmetrics_dialect dialect)
{
    *m = (struct openmetrics) { .s = s, .dialect = dialect };
}

void
openmetrics_end(struct openmetrics *m)
{
    if (m->dialect == OPENMETRICS_1_0) {
        ds_put_cstr(m->s, "# EOF\n");
    }
}

/* Returns what a sample's name adds to that of its family of type 'type'. */
static const char *
get_suffix(enum openmetrics_type type)
{
    return (type == OPENMETRICS_COUNTER ? "_total"
            : type == OPENMETRICS_INFO ? "_info" : "");
}

static void
put_escaped(struct ds *s, const char *text, bool quotes)
{
    char *invalid = utf8_validate(text, NULL);

    for (const char *p = text; *p; p++) {
        if (*p == '\\' || (quotes && *p == '"')) {
            ds_put_char(s, '\\');
            ds_put_char(s, *p);
        } else if (*p == '\n') {
            ds_put_cstr(s, "\\n");
        } else {
            ds_put_char(s, invalid && (*p & 0x80) ? '?' : *p);
        }
    }
    free(invalid);
}

void
openmetrics_family(struct openmetrics *m, enum openmetrics_type type,
                   const char *name, const char *unit, const char *help)
{
    bool old = m->dialect == OPENMETRICS_PROMETHEUS;
    const char *suffix = old ? get_suffix(type) : "";
    const char *type_name = (old && type == OPENMETRICS_INFO
                             ? "gauge" : type_names[type]);

    m->type = type;
    m->name = name;
    ds_put_format(m->s, "# HELP %s%s ", name, suffix);
    put_escaped(m->s, help, !old);
    ds_put_format(m->s, "\n# TYPE %s%s %s\n", name, suffix, type_name);
    if (unit && !old) {
        ds_put_format(m->s, "# UNIT %s %s\n", name, unit);
    }
}

/* Adds 'value' with the fewest digits, but 6 or more, that give the same value
 * when parsed. */
static void
put_number(struct ds *s, double value)
{
    char text[32];

    if (isnan(value) || isinf(value)) {
        ds_put_cstr(s, isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf");
        return;
    }
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value) {
            break;
        }
    }
    ds_put_cstr(s, text);
}

/* Adds the labels 'args', and 'le', unless it is null. */
static void
put_labels(struct ds *s, va_list args, const char *le)
{
    const char *separator = "{";
    const char *name;

    while ((name = va_arg(args, const char *)) != NULL) {
        ds_put_format(s, "%s%s=\"", separator, name);
        put_escaped(s, va_arg(args, const char *), true);
        ds_put_char(s, '"');
        separator = ",";
    }
    if (le) {
        ds_put_format(s, "%sle=\"%s\"", separator, le);
        separator = ",";
    }
    ds_put_cstr(s, *separator == ',' ? "} " : " ");
}

/* Adds one sample: 'le' is the upper end of a histogram's bucket, null
 * otherwise. */
static void
put_sample(struct openmetrics *m, const char *suffix, va_list args,
           const char *le, double value)
{
    va_list copy;

    ds_put_format(m->s, "%s%s", m->name, suffix);
    va_copy(copy, args);
    put_labels(m->s, copy, le);
    va_end(copy);
    put_number(m->s, value);
    ds_put_char(m->s, '\n');
}

void
openmetrics_add(struct openmetrics *m, double value, ...)
{
    va_list args;

    va_start(args, value);
    put_sample(m, get_suffix(m->type), args, NULL, value);
    va_end(args);
}

void
openmetrics_observe(struct openmetrics_histogram *h, double seconds)
{
    size_t i = 0;

    while (i < OPENMETRICS_N_BUCKETS && seconds > bucket_ends[i]) {
        i++;
    }
    h->buckets[i]++;
    h->sum += seconds;
}

void
openmetrics_add_histogram(struct openmetrics *m,
                          const struct openmetrics_histogram *h, ...)
{
    uint64_t count = 0;
    va_list args;

    va_start(args, h);
    for (size_t i = 0; i <= OPENMETRICS_N_BUCKETS; i++) {
        char le[32];

        /* OpenMetrics wants a number that looks like one with a fraction. */
        if (i == OPENMETRICS_N_BUCKETS) {
            ovs_strlcpy(le, "+Inf", sizeof le);
        } else {
            snprintf(le, sizeof le, bucket_ends[i] < 1 ? "%g" : "%.1f",
                     bucket_ends[i]);
        }
        count += h->buckets[i];
        put_sample(m, "_bucket", args, le, count);
    }
    put_sample(m, "_count", args, NULL, count);
    put_sample(m, "_sum", args, NULL, h->sum);
    va_end(args);
}
