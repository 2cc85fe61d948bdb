/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "lib/humanize.h"
#include "lib/json-member.h"
#include "lib/ovs-compat.h"
#include "lib/printable.h"
#include "model.h"
#include "openvswitch/json.h"
#include "text.h"
#include "util.h"

/* Each table has a line with its name and one with the titles of its
 * columns. */
#define N_HEADINGS 2

/* The age of an answer, in milliseconds, from which on it is a problem, if
 * more than one is asked for in that time. */
#define OLD_MSEC 10000

static const char *const help[] = {
    "Keys",
    "",
    "  Tab, 1, 2, 3    go to the next table, or to that one",
    "  z, Enter        show the table alone, or all of them",
    "  Up Down k j     scroll; PgUp PgDn Home End g G by more",
    "  s S             sort by the next column, or the one before",
    "  r               reverse the order",
    "  /               filter: rows that have the text in any name;",
    "                  Enter keeps it, Esc removes it",
    "  p               pause, or go on",
    "  h, ?            this help",
    "  q               quit",
    "",
    "BIT/S are of elephants only, as the daemon last measured them; \"-\" is",
    "not known.  A sparkline has the highest rate of each 10 seconds, or of",
    "each interval if that is longer, relative to its own highest; a gap is",
    "not known.",
    "",
    "Any key ends this.",
};

/* Lines. */

static struct view_line *
add_line(struct view *view, enum view_style style)
{
    struct view_line *line;

    if (view->n >= view->allocated) {
        view->lines = x2nrealloc(view->lines, &view->allocated,
                                 sizeof *view->lines);
    }
    line = &view->lines[view->n++];
    ds_init(&line->text);
    line->style = style;
    return line;
}

static void OVS_PRINTF_FORMAT(3, 4)
add_text(struct view *view, enum view_style style, const char *format, ...)
{
    struct view_line *line = add_line(view, style);
    va_list args;

    va_start(args, format);
    ds_put_format_valist(&line->text, format, args);
    va_end(args);
}

/* Makes each line as wide as the screen, in characters that the terminal
 * knows. */
static void
finish_lines(struct view *view, const struct view_options *options)
{
    for (size_t i = 0; i < view->n; i++) {
        struct ds *text = &view->lines[i].text;
        struct ds ascii = DS_EMPTY_INITIALIZER;
        struct ds fitted = DS_EMPTY_INITIALIZER;

        if (!options->utf8) {
            text_to_ascii(ds_cstr(text), &ascii);
            ds_swap(text, &ascii);
        }
        text_fit(ds_cstr(text), options->width, TEXT_LEFT, &fitted);
        ds_swap(text, &fitted);
        ds_destroy(&ascii);
        ds_destroy(&fitted);
    }
}

void
view_destroy(struct view *view)
{
    for (size_t i = 0; i < view->n; i++) {
        ds_destroy(&view->lines[i].text);
    }
    free(view->lines);
}

/* The node. */

static size_t
get_size(const struct json *array)
{
    return array && array->type == JSON_ARRAY ? json_array_size(array) : 0;
}

/* Appends "NAME VALUE" for the member 'key' of 'o', a number. */
static void
put_number(const struct json *o, const char *name, const char *key,
           struct ds *s)
{
    double x = table_get_number(o, key);

    if (!isnan(x)) {
        ds_put_format(s, "  %s %.0f", name, x);
    }
}

static void
put_word(const struct json *o, const char *name, const char *key, struct ds *s)
{
    const char *word = json_member_find_string(o, key);

    ds_put_format(s, "%s%s %s", s->length ? "  " : "", name,
                  word ? printable_text(word) : "unknown");
}

/* Appends how many of the bridges have no problem. */
static void
put_bridges(const struct json *bridges, struct ds *s)
{
    size_t n = get_size(bridges), n_good = 0;

    for (size_t i = 0; i < n; i++) {
        n_good += !json_member_find_string(json_array_at(bridges, i),
                                           "problem");
    }
    ds_put_format(s, "  bridges %"PRIuSIZE"/%"PRIuSIZE, n_good, n);
}

/* Appends the sum of what the daemon could not see. */
static void
put_blind_spots(const struct json *spots, struct ds *s)
{
    double sum = 0;

    for (size_t i = 0; i < get_size(spots); i++) {
        double count = table_get_number(json_array_at(spots, i), "count");

        sum += isnan(count) ? 0 : count;
    }
    ds_put_format(s, "  missed %.0f", sum);
}

/* Adds a line with the node's state and, if there is one, another with its
 * first problem. */
static void
add_status(struct view *view, const struct model *model)
{
    const struct json *status = model->status;
    const struct json *problems = json_member_find(status, "problems");
    struct ds s = DS_EMPTY_INITIALIZER;

    if (!status) {
        add_text(view, VIEW_TITLE, "node: %s",
                 model->status_problem ? printable_text(model->status_problem)
                 : "not known yet");
        return;
    }
    put_word(json_member_find(status, "detector"), "detector", "in_use", &s);
    put_word(json_member_find(status, "database"), "database", "state", &s);
    put_bridges(json_member_find(status, "bridges"), &s);
    put_number(status, "elephants", "elephants", &s);
    put_number(status, "heavy", "heavy_containers", &s);
    put_blind_spots(json_member_find(status, "blind_spots"), &s);
    add_text(view, VIEW_TITLE, "%s", ds_cstr(&s));
    ds_destroy(&s);

    if (get_size(problems)) {
        const struct json *first = json_array_at(problems, 0);

        add_text(view, VIEW_PROBLEM, "problem 1 of %"PRIuSIZE": %s",
                 get_size(problems),
                 first->type == JSON_STRING
                 ? printable_text(json_string(first)) : "-");
    }
}

/* Adds the line that says which daemon answered, and when. */
static void
add_title(struct view *view, const struct model *model,
          const struct view_options *options)
{
    long long int msec = options->now - model->answered;
    long long int old = (model->slot_msec > OLD_MSEC ? 2 * model->slot_msec
                         : OLD_MSEC);
    char *age = (model->answered < 0 ? NULL
                 : humanize_duration(MAX(0, msec) / 1000));

    if (model->problem) {
        /* The age comes first, lest it be cut off. */
        add_text(view, VIEW_PROBLEM, "%s%s%s: %s", age ? age : "",
                 age ? " old: " : "", options->target,
                 printable_text(model->problem));
    } else if (!age) {
        add_text(view, VIEW_TITLE, "%s: asking", options->target);
    } else {
        add_text(view, msec > old ? VIEW_PROBLEM : VIEW_TITLE,
                 "%s: answered %s ago%s", options->target, age,
                 model->paused ? "  (paused: p goes on)" : "");
    }
    free(age);
}

/* Tables. */

static enum view_style
get_style(const struct table_row *row)
{
    const char *class = json_member_find_string(row->object, "footprint");

    class = class ? class : json_member_find_string(row->object, "class");
    return (!class || !strcmp(class, "light") ? VIEW_PLAIN
            : !strcmp(class, "heavy") ? VIEW_HEAVY
            : VIEW_UNSURE);
}

/* Returns why no row of 'table' is shown. */
static const char *
get_emptiness(const struct model *model, const struct table *table)
{
    return (table->problem ? printable_text(table->problem)
            : model->answered < 0 ? "not known yet"
            : table->n_rows ? "none that the filter lets through"
            : "none");
}

/* Adds the line with the name of the table 'id', and which of its rows are on
 * the screen: 'n' from 'first' on. */
static void
add_table_name(struct view *view, const struct model *model, size_t id,
               size_t first, size_t n)
{
    const struct table *table = &model->tables[id];
    bool focus = id == model->focus;
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_format(&s, "%c%"PRIuSIZE" %s: %"PRIuSIZE, focus ? '>' : ' ', id + 1,
                  table->class->title, table->n_rows);
    if (model->filter.length) {
        ds_put_format(&s, ", %"PRIuSIZE" with \"%s\"", table->n_shown,
                      printable(ds_cstr_ro(&model->filter)));
    }
    if (n && n < table->n_shown) {
        ds_put_format(&s, ", from %"PRIuSIZE" to %"PRIuSIZE, first + 1,
                      first + n);
    }
    add_text(view, focus ? VIEW_FOCUS : VIEW_HEADING, "%s", ds_cstr(&s));
    ds_destroy(&s);
}

/* Adds the table 'id' with 'height' rows. */
static void
add_table(struct view *view, const struct model *model, size_t id,
          size_t height, const struct view_options *options)
{
    const struct table *table = &model->tables[id];
    size_t n = MIN(height, table->n_shown);
    size_t first = MIN(table->offset, table->n_shown - n);
    struct layout layout;

    layout_create(&layout, table, first, n, options);
    add_table_name(view, model, id, first, n);
    layout_format_titles(&layout, &add_line(view, VIEW_HEADING)->text);
    for (size_t i = 0; i < n; i++) {
        layout_format_row(&layout, i, &add_line(
                              view, get_style(table->shown[first + i]))->text);
    }
    if (!n) {
        add_text(view, VIEW_FAINT, "%s", get_emptiness(model, table));
    }
    layout_destroy(&layout);
}

/* Distributes 'rows' among the tables in turn, one row at a time, to as many
 * as each can show. */
static void
share_rows(const struct model *model, size_t rows, size_t heights[N_TABLES])
{
    bool grown = true;

    memset(heights, 0, N_TABLES * sizeof *heights);
    while (rows && grown) {
        grown = false;
        for (size_t i = 0; i < N_TABLES && rows; i++) {
            if (heights[i] < MAX(1, model->tables[i].n_shown)) {
                heights[i]++;
                rows--;
                grown = true;
            }
        }
    }
}

/* Adds all tables, or that in focus alone if it is zoomed or if 'height' lines
 * are too few for all. */
static void
add_tables(struct view *view, const struct model *model, size_t height,
           const struct view_options *options)
{
    size_t headings = N_TABLES * N_HEADINGS;
    size_t heights[N_TABLES];

    if (model->zoomed || height < headings + N_TABLES) {
        view->page = height - MIN(height, N_HEADINGS);
        add_table(view, model, model->focus, view->page, options);
        return;
    }
    share_rows(model, height - headings, heights);
    view->page = heights[model->focus];
    for (size_t i = 0; i < N_TABLES; i++) {
        add_table(view, model, i, heights[i], options);
    }
}

/* The screen. */

static void
add_footer(struct view *view, const struct model *model)
{
    if (model->editing) {
        add_text(view, VIEW_TITLE, "filter: %s_  (Enter keeps it, Esc removes "
                 "it)", printable(ds_cstr_ro(&model->filter)));
    } else {
        add_text(view, VIEW_TITLE, "q quit  h help  Tab table  z zoom  s sort"
                 "  r reverse  / filter  p pause");
    }
}

static void
remove_line(struct view *view)
{
    ds_destroy(&view->lines[--view->n].text);
}

void
view_create(struct view *view, const struct model *model,
            const struct view_options *options)
{
    memset(view, 0, sizeof *view);
    if (model->help) {
        for (size_t i = 0; i < ARRAY_SIZE(help); i++) {
            add_text(view, i ? VIEW_PLAIN : VIEW_TITLE, "%s", help[i]);
        }
    } else {
        add_title(view, model, options);
        add_status(view, model);
        add_tables(view, model, options->height - MIN(options->height,
                                                      view->n + 1), options);
        while (view->n >= options->height && view->n > 1) {
            remove_line(view);
        }
        while (view->n + 1 < options->height) {
            add_line(view, VIEW_PLAIN);
        }
        add_footer(view, model);
    }
    while (view->n > options->height) {
        remove_line(view);
    }
    while (view->n < options->height) {
        add_line(view, VIEW_PLAIN);
    }
    finish_lines(view, options);
}

void
view_create_all(struct view *view, const struct model *model,
                const struct view_options *options)
{
    memset(view, 0, sizeof *view);
    add_status(view, model);
    for (size_t i = 0; i < N_TABLES; i++) {
        add_line(view, VIEW_PLAIN);
        add_table(view, model, i, model->tables[i].n_shown, options);
    }
    finish_lines(view, options);
    for (size_t i = 0; i < view->n; i++) {
        struct ds *text = &view->lines[i].text;

        while (ds_chomp(text, ' ')) {
            continue;
        }
    }
}
