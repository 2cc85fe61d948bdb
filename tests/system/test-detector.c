/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* Drives a detector alone and prints each event on a line of its own, for
 * tests:
 *
 *     test-detector [OPTION]... ZONE...
 *
 * It prints "ready HOW" once the zones are set, an event as
 *
 *     TIME EVENT zone=Z,TUPLE bytes=ORIG+REPLY packets=ORIG+REPLY rate=R
 *
 * and when it ends, upon SIGTERM or SIGINT or after --timeout seconds, the
 * elephants that still exist, as "still", and the blind spots that are not 0.
 * --kind is "hook" (default), "scan" or "poll", and --interval is in
 * milliseconds. */

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command-line.h"
#include "conntrack/ct-flow.h"
#include "detector/detector.h"
#include "fatal-signal.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

struct context {
    struct detector *detector;
    struct ct_flow elephants[1024]; /* To be refreshed at the end. */
    size_t n;
};

static const char *
event_name(enum detector_event_type type)
{
    return (type == DETECTOR_ELEPHANT ? "elephant"
            : type == DETECTOR_GONE ? "gone"
            : "lost");
}

static void
print_flow(const char *what, const struct ct_flow *flow)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_format(&s, "%lld.%03lld %s", time_msec() / 1000,
                  time_msec() % 1000, what);
    if (flow) {
        ds_put_format(&s, " zone=%"PRIu16",", flow->zone);
        ct_tuple_format(&flow->tuple, &s);
        ds_put_format(&s, " bytes=%"PRIu64"+%"PRIu64
                      " packets=%"PRIu64"+%"PRIu64
                      " rate=%"PRIu64" mark=%#"PRIx32,
                      flow->bytes[CT_DIR_ORIG], flow->bytes[CT_DIR_REPLY],
                      flow->packets[CT_DIR_ORIG], flow->packets[CT_DIR_REPLY],
                      flow->rate, flow->mark);
    }
    puts(ds_cstr(&s));
    fflush(stdout);
    ds_destroy(&s);
}

static void
event_cb(enum detector_event_type type, const struct ct_flow *flow,
         void *context_)
{
    struct context *context = context_;

    print_flow(event_name(type), flow);
    if (type == DETECTOR_ELEPHANT
        && context->n < ARRAY_SIZE(context->elephants)) {
        context->elephants[context->n++] = *flow;
    }
}

static volatile sig_atomic_t stop;

static void
handle_signal(int sig OVS_UNUSED)
{
    stop = true;
}

static void
finish(struct context *context)
{
    const struct detector_blind_spot *spots;
    size_t n = detector_get_blind_spots(context->detector, &spots);

    for (size_t i = 0; i < context->n; i++) {
        if (detector_refresh(context->detector, &context->elephants[i])) {
            print_flow("still", &context->elephants[i]);
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (spots[i].count) {
            printf("blind %s %"PRIu64"\n", spots[i].name, spots[i].count);
        }
    }
    printf("end\n");
}

static uint64_t
parse_number(const char *s)
{
    unsigned long long int x;

    if (!str_to_ullong(s, 10, &x)) {
        ovs_fatal(0, "%s: not a number", s);
    }
    return x;
}

struct arguments {
    enum detector_kind kind;
    struct detector_options options;
    struct elephant_threshold threshold;
    long long int timeout;      /* Seconds, 0 for none. */
};

static enum detector_kind
parse_kind(const char *s)
{
    if (!strcmp(s, "hook")) {
        return DETECTOR_HOOK;
    } else if (!strcmp(s, "scan")) {
        return DETECTOR_SCAN;
    } else if (!strcmp(s, "poll")) {
        return DETECTOR_POLL;
    }
    ovs_fatal(0, "%s: not a kind of detector", s);
}

static void
parse_options(int argc, char *argv[], struct arguments *args)
{
    enum {
        OPT_BYTES = 256, OPT_RATE, OPT_HOLD, OPT_TIMEOUT, OPT_KIND,
        OPT_INTERVAL, OPT_UNASSURED,
    };
    static const struct option options[] = {
        {"bytes", required_argument, NULL, OPT_BYTES},
        {"rate", required_argument, NULL, OPT_RATE},
        {"hold", required_argument, NULL, OPT_HOLD},
        {"timeout", required_argument, NULL, OPT_TIMEOUT},
        {"kind", required_argument, NULL, OPT_KIND},
        {"interval", required_argument, NULL, OPT_INTERVAL},
        {"unassured", no_argument, NULL, OPT_UNASSURED},
        {"verbose", optional_argument, NULL, 'v'},
        {NULL, 0, NULL, 0},
    };

    for (;;) {
        int c = getopt_long(argc, argv, "v::", options, NULL);

        switch (c) {
        case OPT_BYTES:
            args->threshold.bytes = parse_number(optarg);
            break;
        case OPT_RATE:
            args->threshold.rate = parse_number(optarg);
            break;
        case OPT_HOLD:
            args->threshold.hold = parse_number(optarg);
            break;
        case OPT_TIMEOUT:
            args->timeout = parse_number(optarg);
            break;
        case OPT_KIND:
            args->kind = parse_kind(optarg);
            break;
        case OPT_INTERVAL:
            args->options.poll_interval = parse_number(optarg);
            args->options.scan_interval = args->options.poll_interval;
            break;
        case OPT_UNASSURED:
            args->options.track_unassured = true;
            break;
        case 'v':
            vlog_set_verbosity(optarg);
            break;
        case -1:
            return;
        default:
            exit(EXIT_FAILURE);
        }
    }
}

int
main(int argc, char *argv[])
{
    struct arguments args = {
        .kind = DETECTOR_HOOK,
        .options = { .track_unassured = false, .poll_interval = 5000,
                     .scan_interval = 1000 },
        .threshold = { 10000000, 10000000, 30 },
    };
    static struct context context;
    long long int deadline;
    char *error;

    set_program_name(argv[0]);
    parse_options(argc, argv, &args);
    signal(SIGTERM, handle_signal);
    signal(SIGINT, handle_signal);

    context.detector = detector_create(args.kind, &error);
    if (!context.detector) {
        ovs_fatal(0, "%s", error);
    }
    detector_configure(context.detector, &args.options);
    for (int i = optind; i < argc; i++) {
        int retval = detector_set_zone(context.detector,
                                       parse_number(argv[i]),
                                       &args.threshold);
        if (retval) {
            ovs_fatal(retval, "cannot set zone %s", argv[i]);
        }
    }
    printf("ready %s\n", detector_get_how(context.detector));
    fflush(stdout);

    deadline = args.timeout ? time_msec() + args.timeout * 1000 : LLONG_MAX;
    while (!stop && time_msec() < deadline) {
        detector_run(context.detector, event_cb, &context);
        detector_wait(context.detector);
        poll_timer_wait_until(MIN(deadline, time_msec() + 200));
        poll_block();
    }
    detector_run(context.detector, event_cb, &context);
    finish(&context);
    detector_destroy(context.detector);
    return 0;
}
