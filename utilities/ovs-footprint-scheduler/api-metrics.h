/* SPDX-License-Identifier: Apache-2.0 */

#ifndef API_METRICS_H
#define API_METRICS_H 1

/* What Prometheus is told: no label has more values than there are names
 * below. */

#include "lib/openmetrics.h"

struct api;
struct ds;

/* Appends the metrics, in that dialect, to the string. */
void api_put_metrics(const struct api *, enum openmetrics_dialect,
                     struct ds *);

#endif /* api-metrics.h */
