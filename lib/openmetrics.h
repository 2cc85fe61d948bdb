/* SPDX-License-Identifier: Apache-2.0 */

#ifndef OPENMETRICS_H
#define OPENMETRICS_H 1

/* Writes metrics as text, for Prometheus and its like.  Pure.
 *
 * There are two dialects of one text: OpenMetrics 1.0, for clients that ask
 * for it, and Prometheus's own older one.  They differ in the name of a
 * counter's family and in how they end.
 *
 *     openmetrics_begin(&m, &s, dialect);
 *     openmetrics_family(&m, OPENMETRICS_GAUGE, "footprint_elephants", NULL,
 *                        "Elephant flows at present.");
 *     openmetrics_add(&m, 3, "bridge", "br0", NULL);
 *     openmetrics_end(&m);
 */

#include <stddef.h>
#include <stdint.h>

#include "compiler.h"

struct ds;

enum openmetrics_dialect {
    OPENMETRICS_1_0,
    OPENMETRICS_PROMETHEUS,     /* Text format 0.0.4. */
};

enum openmetrics_type {
    OPENMETRICS_COUNTER,
    OPENMETRICS_GAUGE,
    OPENMETRICS_HISTOGRAM,
    OPENMETRICS_INFO,
};

struct openmetrics {
    struct ds *s;
    enum openmetrics_dialect dialect;
    enum openmetrics_type type; /* Of the family. */
    const char *name;           /* Of the family. */
};

/* Returns the dialect for the HTTP header Accept, which may be null. */
enum openmetrics_dialect openmetrics_negotiate(const char *accept);

/* Returns the Content-Type of an answer in that dialect. */
const char *openmetrics_get_content_type(enum openmetrics_dialect);

/* Writes to 's' from now on. */
void openmetrics_begin(struct openmetrics *, struct ds *s,
                       enum openmetrics_dialect);
void openmetrics_end(struct openmetrics *);

/* Begins a family.  'name', which must stay, has neither "_total" nor "_info"
 * at its end, but the unit, if there is one: "seconds", "bytes", "ratio", ...;
 * null if there is none.  'help' is a sentence. */
void openmetrics_family(struct openmetrics *, enum openmetrics_type,
                        const char *name, const char *unit, const char *help);

/* Adds a value to the family, a counter's, gauge's or info's (which is 1).
 * The rest are the labels: alternating names and values, and a null pointer.
 * A value is escaped; bytes that are not UTF-8 are replaced. */
void openmetrics_add(struct openmetrics *, double value, ...)
    SENTINEL(0);

/* How long something took, in buckets. */
#define OPENMETRICS_N_BUCKETS 12
struct openmetrics_histogram {
    uint64_t buckets[OPENMETRICS_N_BUCKETS + 1]; /* The last one: longer. */
    double sum;                 /* In seconds. */
};

/* Counts something that took 'seconds'. */
void openmetrics_observe(struct openmetrics_histogram *, double seconds);

/* Adds a histogram to the family. */
void openmetrics_add_histogram(struct openmetrics *,
                               const struct openmetrics_histogram *, ...)
    SENTINEL(0);

#endif /* openmetrics.h */
