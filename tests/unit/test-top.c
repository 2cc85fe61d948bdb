/* SPDX-License-Identifier: Apache-2.0 */

/* Drives the pure parts of ovs-footprint-top.  Times are in milliseconds, and
 * 0 is noon on 2024-05-31; TABLE is elephants, containers or workloads.
 *
 *     interval MSECS      begins anew, with answers in this interval
 *     answer TABLE JSON   what the daemon will answer, or why it does not
 *     refuse TABLE TEXT
 *     status JSON
 *     update NOW          takes these answers, and empty ones to all else
 *     problem TEXT        why there are no newer answers, "-" for none
 *     key KEY...          characters, or "tab", "esc" and the like
 *     sort TABLE TITLE
 *     view WIDTH HEIGHT NOW [ascii]
 *     styles NOW          each line's style on a screen of 80x24
 *     all WIDTH NOW       what --batch prints
 *     json NOW
 *     sparkline WIDTH [ascii] SLOT:VALUE...
 *     fit WIDTH left|right TEXT */

#include <config.h>
#include "tests/unit/test-pure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/json.h"
#include "util.h"
#include "utilities/ovs-footprint-top/history.h"
#include "utilities/ovs-footprint-top/model.h"
#include "utilities/ovs-footprint-top/text.h"
#include "utilities/ovs-footprint-top/view.h"

#define NOON 1717156800000LL

static struct model model;
static struct answers answers;
static size_t page = 1;
static bool is_open;

static void
begin(long long int interval)
{
    if (is_open) {
        model_destroy(&model);
    }
    model_init(&model, interval);
    is_open = true;
}

static enum table_id
take_table(struct words *words)
{
    const char *name = words_take(words);

    return (*name == 'e' ? TABLE_ELEPHANTS : *name == 'c' ? TABLE_CONTAINERS
            : TABLE_WORKLOADS);
}

/* Returns all that is left of the line. */
static char *
take_rest(struct words *words)
{
    char *rest = words->rest + strspn(words->rest, " ");

    words->rest += strlen(words->rest);
    return rest;
}

static void
run_update(long long int now)
{
    for (size_t i = 0; i < N_TABLES; i++) {
        struct answer *a = &answers.tables[i];

        if (!a->json && !a->error) {
            a->json = json_array_create_empty();
        }
    }
    model_update(&model, &answers, now);
}

static int
parse_key(const char *s)
{
    static const struct {
        const char *name;
        enum top_key key;
    } keys[] = {
        { "up", TOP_KEY_UP }, { "down", TOP_KEY_DOWN },
        { "pgup", TOP_KEY_PAGE_UP }, { "pgdn", TOP_KEY_PAGE_DOWN },
        { "home", TOP_KEY_HOME }, { "end", TOP_KEY_END },
        { "tab", TOP_KEY_TAB }, { "btab", TOP_KEY_BACK_TAB },
        { "enter", TOP_KEY_ENTER }, { "esc", TOP_KEY_ESCAPE },
        { "erase", TOP_KEY_ERASE }, { "space", ' ' },
    };

    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        if (!strcmp(keys[i].name, s)) {
            return keys[i].key;
        }
    }
    if (s[1]) {
        ovs_fatal(0, "%s: unknown key", s);
    }
    return s[0];
}

static void
print_view(const struct view *view)
{
    for (size_t i = 0; i < view->n; i++) {
        printf("%s|\n", ds_cstr_ro(&view->lines[i].text));
    }
}

static struct view_options
make_options(size_t width, size_t height, long long int now)
{
    return (struct view_options) {
        .width = width,
        .height = height,
        .target = "daemon",
        .max_history = HISTORY_LEN,
        .utf8 = true,
        .now = now,
        .slot = now / model.slot_msec,
        .wall = NOON + now,
    };
}

static void
run_view(struct words *words)
{
    size_t width = words_take_number(words);
    size_t height = words_take_number(words);
    struct view_options options
        = make_options(width, height, words_take_number(words));
    struct view view;

    if (words_are_left(words)) {
        words_take(words);
        options.utf8 = false;
    }
    view_create(&view, &model, &options);
    print_view(&view);
    page = view.page;
    view_destroy(&view);
}

static void
run_styles(struct words *words)
{
    static const char *const styles[VIEW_N_STYLES] = {
        [VIEW_PLAIN] = "plain",
        [VIEW_TITLE] = "title",
        [VIEW_PROBLEM] = "problem",
        [VIEW_FOCUS] = "focus",
        [VIEW_HEADING] = "heading",
        [VIEW_HEAVY] = "heavy",
        [VIEW_UNSURE] = "unsure",
        [VIEW_FAINT] = "faint",
    };
    struct view_options options
        = make_options(80, 24, words_take_number(words));
    struct view view;

    view_create(&view, &model, &options);
    for (size_t i = 0; i < view.n; i++) {
        printf("%-8s%.20s|\n", styles[view.lines[i].style],
               ds_cstr_ro(&view.lines[i].text));
    }
    view_destroy(&view);
}

static void
run_all(struct words *words)
{
    size_t width = words_take_number(words);
    struct view_options options
        = make_options(width, 0, words_take_number(words));
    struct view view;

    options.max_history = 20;
    view_create_all(&view, &model, &options);
    print_view(&view);
    view_destroy(&view);
}

static void
run_json(long long int now)
{
    struct json *json = model_to_json(&model, now);
    char *s = json_to_string(json, JSSF_SORT);

    puts(s);
    free(s);
    json_destroy(json);
}

static void
run_sparkline(struct words *words)
{
    size_t width = words_take_number(words);
    struct ds s = DS_EMPTY_INITIALIZER;
    struct history h;
    bool utf8 = true;

    history_init(&h);
    while (words_are_left(words)) {
        const char *word = words_take(words);
        long long int slot;
        double value;

        if (!strcmp(word, "ascii")) {
            utf8 = false;
        } else if (ovs_scan(word, "%lld:%lf", &slot, &value)) {
            history_add(&h, slot, value);
        } else {
            ovs_fatal(0, "%s: not SLOT:VALUE", word);
        }
    }
    history_format(&h, h.slot, width, utf8, &s);
    printf("%s|\n", ds_cstr(&s));
    ds_destroy(&s);
}

static void
run_fit(struct words *words)
{
    size_t width = words_take_number(words);
    bool left = !strcmp(words_take(words), "left");
    struct ds s = DS_EMPTY_INITIALIZER;

    text_fit(take_rest(words), width, left ? TEXT_LEFT : TEXT_RIGHT, &s);
    printf("%s|\n", ds_cstr(&s));
    ds_destroy(&s);
}

static void
run_problem(struct words *words)
{
    const char *problem = take_rest(words);

    free(model.problem);
    model.problem = nullable_xstrdup(strcmp(problem, "-") ? problem : NULL);
}

static void
run_sort(struct words *words)
{
    enum table_id id = take_table(words);

    puts(model_sort(&model, id, words_take(words)) ? "sorted"
         : "no such column");
}

/* Commands that change the model. */
static bool
run_change(const char *command, struct words *words)
{
    if (!strcmp(command, "interval")) {
        begin(words_take_number(words));
    } else if (!strcmp(command, "answer")) {
        enum table_id id = take_table(words);

        answers.tables[id].json = json_from_string(take_rest(words));
    } else if (!strcmp(command, "refuse")) {
        enum table_id id = take_table(words);

        answers.tables[id].error = xstrdup(take_rest(words));
    } else if (!strcmp(command, "status")) {
        answers.status.json = json_from_string(take_rest(words));
    } else if (!strcmp(command, "update")) {
        run_update(words_take_number(words));
    } else if (!strcmp(command, "problem")) {
        run_problem(words);
    } else if (!strcmp(command, "sort")) {
        run_sort(words);
    } else if (!strcmp(command, "key")) {
        while (words_are_left(words)) {
            model_handle_key(&model, parse_key(words_take(words)), page);
        }
    } else {
        return false;
    }
    return true;
}

static bool
run(const char *command, struct words *words)
{
    if (!is_open) {
        begin(1000);
    }
    if (run_change(command, words)) {
        return true;
    } else if (!strcmp(command, "view")) {
        run_view(words);
    } else if (!strcmp(command, "styles")) {
        run_styles(words);
    } else if (!strcmp(command, "all")) {
        run_all(words);
    } else if (!strcmp(command, "json")) {
        run_json(words_take_number(words));
    } else if (!strcmp(command, "sparkline")) {
        run_sparkline(words);
    } else if (!strcmp(command, "fit")) {
        run_fit(words);
    } else {
        return false;
    }
    return true;
}

static void
finish(void)
{
    if (is_open) {
        model_destroy(&model);
    }
    answers_destroy(&answers);
}

const struct driver test_top = { "top", run, finish };
