/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* Decides when a network device's packets are to be tracked, as ovs-footprintd
 * does with footprint-tracking=adaptive: by the same rule, which looks at the
 * device's byte counters twice a second.
 *
 *     track-device DEVICE BYTES RATE HOLD COMMAND
 *
 * BYTES, RATE and HOLD are the threshold of elephants.  Runs "COMMAND on" and
 * "COMMAND off", and prints, when that is done, "on FROM TO" or "off FROM TO",
 * the milliseconds of CLOCK_MONOTONIC at which it began and ended.  Ends when
 * it is killed. */

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "detector/threshold.h"
#include "evidence/counter-judge.h"
#include "evidence/tracking.h"
#include "fatal-signal.h"
#include "timeval.h"
#include "util.h"

/* Milliseconds from one sample to the next, as EVIDENCE_READ_INTERVAL. */
#define INTERVAL 500

static uint64_t
read_counter(const char *device, const char *name)
{
    char *path = xasprintf("/sys/class/net/%s/statistics/%s", device, name);
    FILE *file = fopen(path, "r");
    uint64_t value;

    if (!file || fscanf(file, "%"SCNu64, &value) != 1) {
        ovs_fatal(0, "%s: cannot be read", path);
    }
    fclose(file);
    free(path);
    return value;
}

/* Runs 'command' to begin or end the tracking of the device's packets. */
static void
turn(const char *command, bool on)
{
    char *line = xasprintf("%s %s", command, on ? "on" : "off");
    long long int from = time_msec();

    if (system(line)) {
        ovs_fatal(0, "\"%s\" failed", line);
    }
    printf("%s %lld %lld\n", on ? "on" : "off", from, time_msec());
    fflush(stdout);
    free(line);
}

/* Takes another sample, and returns whether the device's packets are to be
 * tracked. */
static bool
look(const char *device, struct counter_judge *judge, struct tracking *t,
     const struct elephant_threshold *threshold)
{
    const struct byte_counters counters = {
        .sent = read_counter(device, "tx_bytes"),
        .received = read_counter(device, "rx_bytes"),
    };
    const struct counter_judge last = *judge;

    counter_judge_update(judge, &counters, threshold, time_msec());
    if (counter_judge_is_ready(judge)) {
        const struct tracking_view view = {
            .moved = (counters.sent + counters.received
                      - last.last.sent - last.last.received),
            .rate = judge->rate,
            .since = last.last_time,
            .counted = judge->elephant ? judge->last_fast : LLONG_MIN,
            .in_place = tracking_needs_flows(t),
        };

        tracking_update(t, &view, threshold, time_msec());
    }
    return tracking_needs_flows(t);
}

int
main(int argc, char *argv[])
{
    struct elephant_threshold threshold;
    struct counter_judge judge;
    struct tracking tracking;
    bool on = false;

    set_program_name(argv[0]);
    if (argc != 6) {
        ovs_fatal(0, "usage: %s DEVICE BYTES RATE HOLD COMMAND", argv[0]);
    }
    threshold.bytes = strtoull(argv[2], NULL, 10);
    threshold.rate = strtoull(argv[3], NULL, 10);
    threshold.hold = atoi(argv[4]);
    counter_judge_init(&judge);
    tracking_begin(&tracking, false, time_msec());

    for (long long int next = time_msec();; next += INTERVAL) {
        if (look(argv[1], &judge, &tracking, &threshold) != on) {
            on = !on;
            turn(argv[5], on);
        }
        if (time_msec() < next + INTERVAL) {
            xnanosleep((next + INTERVAL - time_msec()) * 1000000);
        }
        fatal_signal_run();
    }
}
