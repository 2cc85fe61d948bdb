/* SPDX-License-Identifier: Apache-2.0 */

/* ovs-footprint-top: which containers move a lot of data on this node, live.
 *
 * The client asks ovs-footprintd, the model keeps what it answers, the view
 * makes lines of that, and the screen, or stdout, shows them. */

#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "command-line.h"
#include "fatal-signal.h"
#include "history.h"
#include "lib/option-number.h"
#include "lib/ovs-compat.h"
#include "lib/printable.h"
#include "model.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "screen.h"
#include "timeval.h"
#include "util.h"
#include "view.h"

/* Characters of a line, and of a sparkline, with --batch. */
#define BATCH_WIDTH 160
#define BATCH_HISTORY 20

struct options {
    const char *target;
    int interval;               /* Milliseconds. */
    int timeout;                /* Of --batch, in seconds. */
    int iterations;             /* Of --batch. */
    bool batch, json, colour;
    const char *filter;
    const char *sort;           /* Column of containers; or null. */
};

static void parse_options(int argc, char *argv[], struct options *);
OVS_NO_RETURN static void usage(void);

static struct view_options
get_view_options(const struct model *model, const struct options *options)
{
    long long int now = time_msec();

    return (struct view_options) {
        .target = printable_text(options->target),
        .max_history = options->batch ? BATCH_HISTORY : HISTORY_LEN,
        .width = BATCH_WIDTH,
        .utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8"),
        .now = now,
        .slot = now / model->slot_msec,
        .wall = time_wall_msec(),
    };
}

/* Runs the client, and stores in the model what it has got. */
static void
update(struct model *model, struct client *client)
{
    struct answers answers;

    client_set_paused(client, model->paused);
    client_run(client);
    if (client_take_answers(client, &answers)) {
        model_update(model, &answers, time_msec());
    }
    free(model->problem);
    model->problem = nullable_xstrdup(client_get_problem(client));
}

/* The screen. */

/* Returns how many rows of the table in focus are on the screen. */
static size_t
draw(const struct model *model, const struct options *options)
{
    struct view_options vo = get_view_options(model, options);
    struct view view;
    size_t page;

    screen_get_size(&vo.width, &vo.height);
    view_create(&view, model, &vo);
    screen_draw(&view);
    page = view.page;
    view_destroy(&view);
    return page;
}

static void
run_screen(struct model *model, struct client *client,
           const struct options *options)
{
    size_t page = 1;
    char *error;

    if (!screen_open(options->colour, &error)) {
        ovs_fatal(0, "%s", error);
    }
    while (!model->quit) {
        int key;

        while ((key = screen_get_key()) != TOP_KEY_NONE) {
            model_handle_key(model, key, page);
        }
        update(model, client);
        page = draw(model, options);

        client_wait(client);
        screen_wait();
        /* Ages are shown in seconds. */
        poll_timer_wait(1000);
        if (model->quit) {
            poll_immediate_wake();
        }
        fatal_signal_wait();
        poll_block();
    }
    screen_close();
}

/* Batch. */

static void
print_json(const struct model *model)
{
    struct json *json = model_to_json(model, time_msec());
    char *s = json_to_string(json, JSSF_SORT);
    struct ds safe = DS_EMPTY_INITIALIZER;

    printable_json(s, &safe);
    puts(ds_cstr(&safe));
    ds_destroy(&safe);
    free(s);
    json_destroy(json);
}

static void
print_text(const struct model *model, const struct options *options)
{
    struct view_options vo = get_view_options(model, options);
    struct view view;

    view_create_all(&view, model, &vo);
    for (size_t i = 0; i < view.n; i++) {
        puts(ds_cstr(&view.lines[i].text));
    }
    view_destroy(&view);
}

static void
print(const struct model *model, const struct options *options, int i)
{
    if (options->json) {
        print_json(model);
    } else {
        if (i) {
            putchar('\n');
        }
        print_text(model, options);
    }
    if (fflush(stdout) || ferror(stdout)) {
        ovs_fatal(errno, "writing to stdout failed");
    }
}

/* Waits for new answers, and exits with an error if that takes too long. */
static void
await_answers(struct model *model, struct client *client,
              const struct options *options)
{
    long long int before = model->answered;
    long long int deadline = (time_msec() + options->timeout * 1000LL
                              + (before < 0 ? 0 : options->interval));

    for (;;) {
        update(model, client);
        if (model->answered != before) {
            return;
        }
        /* If the daemon cannot be reached at first, do not wait for it; a
         * connection that is lost later may come back. */
        if (time_msec() >= deadline
            || (before < 0 && model->problem
                && !client_is_connected(client))) {
            ovs_fatal(0, "%s: %s", printable_text(options->target),
                      model->problem ? printable_text(model->problem)
                      : "does not answer");
        }
        client_wait(client);
        poll_timer_wait_until(deadline);
        poll_block();
    }
}

static void
run_batch(struct model *model, struct client *client,
          const struct options *options)
{
    for (int i = 0; i < options->iterations; i++) {
        await_answers(model, client, options);
        print(model, options, i);
    }
}

int
main(int argc, char *argv[])
{
    /* Static, so that sanitizers do not see leaks after ovs_fatal(). */
    static struct client *client;
    static struct model model;
    struct options options;

    ovs_set_program_name(argv[0], PACKAGE_VERSION);
    /* Only the character set: numbers have a decimal point everywhere. */
    setlocale(LC_CTYPE, "");
    parse_options(argc, argv, &options);
    fatal_ignore_sigpipe();
    /* Log messages would spoil the screen. */
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);

    model_init(&model, options.interval);
    ds_put_cstr(&model.filter, options.filter);
    if (options.sort && !model_sort(&model, TABLE_CONTAINERS, options.sort)) {
        ovs_fatal(0, "--sort=%s: containers have no such column; use one of "
                  "those that are shown, such as CONTAINER or BIT/S",
                  printable(options.sort));
    }
    client = client_create(options.target, options.interval);
    if (options.batch) {
        run_batch(&model, client, &options);
    } else {
        run_screen(&model, client, &options);
    }
    client_destroy(client);
    model_destroy(&model);
    return 0;
}

/* Options. */

/* Seconds, of which there may be fractions; returns milliseconds. */
static int
parse_interval(const char *value)
{
    char *tail;
    double seconds = strtod(value, &tail);

    if (tail == value || *tail || !(seconds >= 0.1 && seconds <= 3600)) {
        ovs_fatal(0, "--interval=%s: not a number of seconds from 0.1 to 3600",
                  printable(value));
    }
    return seconds * 1000;
}

static bool
parse_format(const char *value)
{
    if (strcmp(value, "json") && strcmp(value, "text")) {
        ovs_fatal(0, "--format=%s: use json or text", printable(value));
    }
    return !strcmp(value, "json");
}

static void
parse_options(int argc, char *argv[], struct options *o)
{
    enum {
        OPT_BATCH = UCHAR_MAX + 1,
        OPT_FILTER,
        OPT_FORMAT,
        OPT_ITERATIONS,
        OPT_NO_COLOR,
        OPT_SORT,
    };
    static const struct option long_options[] = {
        {"batch",       no_argument, NULL, OPT_BATCH},
        {"filter",      required_argument, NULL, OPT_FILTER},
        {"format",      required_argument, NULL, OPT_FORMAT},
        {"help",        no_argument, NULL, 'h'},
        {"interval",    required_argument, NULL, 'i'},
        {"iterations",  required_argument, NULL, OPT_ITERATIONS},
        {"no-color",    no_argument, NULL, OPT_NO_COLOR},
        {"sort",        required_argument, NULL, OPT_SORT},
        {"target",      required_argument, NULL, 't'},
        {"timeout",     required_argument, NULL, 'T'},
        {"version",     no_argument, NULL, 'V'},
        {NULL, 0, NULL, 0},
    };
    char *short_options = ovs_cmdl_long_options_to_short_options(long_options);
    const char *no_color = getenv("NO_COLOR");

    *o = (struct options) {
        .target = "ovs-footprintd",
        .interval = 1000,
        .timeout = 5,
        .iterations = 1,
        /* https://no-color.org/: whatever is in it, unless that is nothing. */
        .colour = !no_color || !*no_color,
        .filter = "",
    };
    for (;;) {
        int c = getopt_long(argc, argv, short_options, long_options, NULL);

        if (c == -1) {
            break;
        }
        switch (c) {
        case OPT_BATCH:
            o->batch = true;
            break;

        case OPT_FILTER:
            o->filter = optarg;
            break;

        case OPT_FORMAT:
            o->json = parse_format(optarg);
            o->batch = true;
            break;

        case 'h':
            usage();

        case 'i':
            o->interval = parse_interval(optarg);
            break;

        case OPT_ITERATIONS:
            o->iterations = option_number_parse("iterations", optarg,
                                                1, INT_MAX);
            break;

        case OPT_NO_COLOR:
            o->colour = false;
            break;

        case OPT_SORT:
            o->sort = optarg;
            break;

        case 't':
            o->target = optarg;
            break;

        case 'T':
            o->timeout = option_number_parse("timeout", optarg, 1, 3600);
            break;

        case 'V':
            ovs_print_version(0, 0);
            exit(EXIT_SUCCESS);

        case '?':
            exit(EXIT_FAILURE);

        default:
            abort();
        }
    }
    free(short_options);
    if (optind < argc) {
        ovs_fatal(0, "%s: no argument is accepted; use --help for usage",
                  printable(argv[optind]));
    }
}

static void
usage(void)
{
    printf("%s: shows who moves a lot of data on this node, live\n"
           "usage: %s [OPTIONS]\n"
           "\n"
           "  -t, --target=TARGET   ovs-footprintd: its socket, process ID\n"
           "                        or name (default: ovs-footprintd)\n"
           "  -i, --interval=SECS   how often it is asked (default: 1)\n"
           "  --filter=TEXT         only rows with TEXT in any name\n"
           "  --sort=COLUMN         sort containers by it (default: BIT/S)\n"
           "  --no-color            no colours, as if NO_COLOR were set\n"
           "  -h, --help            print this text\n"
           "  -V, --version         print the version\n"
           "\n"
           "For scripts:\n"
           "  --batch               print instead of taking the screen\n"
           "  --format=json|text    likewise, as JSON or as text\n"
           "  --iterations=N        print N times (default: 1)\n"
           "  -T, --timeout=SECS    fail without an answer (default: 5)\n"
           "\n"
           "While it runs, the key h shows what the other keys do.\n",
           program_name, program_name);
    exit(EXIT_SUCCESS);
}
