/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"
#include "lib/json-member.h"
#include "lib/ovs-compat.h"
#include "openvswitch/json.h"
#include "util.h"

/* The shortest slot of a history, in milliseconds. */
#define SLOT_MSEC 10000

/* In bit/s: no link is faster, and the sum still fits into an integer. */
#define MAX_RATE 1e18

/* How many characters may be typed as a filter. */
#define MAX_FILTER 64

void
answers_destroy(struct answers *answers)
{
    for (size_t i = 0; i < N_TABLES; i++) {
        json_destroy(answers->tables[i].json);
        free(answers->tables[i].error);
    }
    json_destroy(answers->status.json);
    free(answers->status.error);
    memset(answers, 0, sizeof *answers);
}

void
model_init(struct model *model, long long int interval)
{
    *model = (struct model) {
        .histories = SHASH_INITIALIZER(&model->histories),
        .slot_msec = MAX(SLOT_MSEC, interval),
        .answered = -1,
        .focus = TABLE_CONTAINERS,
        .filter = DS_EMPTY_INITIALIZER,
    };
    for (size_t i = 0; i < N_TABLES; i++) {
        table_init(&model->tables[i], i);
    }
}

void
model_destroy(struct model *model)
{
    for (size_t i = 0; i < N_TABLES; i++) {
        table_destroy(&model->tables[i]);
    }
    json_destroy(model->status);
    free(model->status_problem);
    shash_destroy_free_data(&model->histories);
    free(model->problem);
    ds_destroy(&model->filter);
}

/* Filters and sorts all tables anew. */
static void
arrange(struct model *model)
{
    for (size_t i = 0; i < N_TABLES; i++) {
        table_arrange(&model->tables[i], ds_cstr(&model->filter));
    }
}

/* Answers. */

/* Returns a string that names the container of 'row', a row of elephants or of
 * containers; the caller must free it. */
static char *
container_key(const struct json *row)
{
    const char *port = json_member_find_string(row, "port");
    const char *container = json_member_find_string(row, "container");

    port = port ? port : "";
    return xasprintf("%"PRIuSIZE" %s%s", strlen(port), port,
                     container ? container : "");
}

/* Adds up the rates of elephants by container_key(). */
static void
sum_rates(const struct table *elephants, struct shash *rates)
{
    for (size_t i = 0; i < elephants->n_rows; i++) {
        const struct json *row = elephants->rows[i].object;
        double rate = table_get_number(row, "rate");
        char *key = container_key(row);
        double *sum = shash_find_data(rates, key);

        if (!sum) {
            sum = xzalloc(sizeof *sum);
            shash_add(rates, key, sum);
        }
        *sum = MIN(MAX_RATE, *sum + (rate > 0 ? rate : 0));
        free(key);
    }
}

/* Moves what is in 'answer' to 'table'. */
static void
take_rows(struct table *table, struct answer *answer)
{
    size_t n = (answer->json && answer->json->type == JSON_ARRAY
                ? json_array_size(answer->json) : 0);

    table_clear(table);
    free(table->problem);
    table->problem = answer->error;
    answer->error = NULL;
    for (size_t i = 0; i < n; i++) {
        table_add(table, json_clone(json_array_at(answer->json, i)), NULL);
    }
}

/* Returns the rate of the elephants of the container 'row', NaN if it is not
 * known: without the evidence of flows, there may be elephants that are not
 * seen. */
static double
rate_of(const struct json *row, const struct shash *rates, const char *key)
{
    const char *evidence = json_member_find_string(row, "evidence");
    const double *rate = shash_find_data(rates, key);

    return (rate ? *rate
            : evidence && !strcmp(evidence, "flows") ? 0
            : NAN);
}

/* Returns the history of the container 'key', which is moved from 'old' if it
 * is still there, or created. */
static struct history *
get_history(struct model *model, struct shash *old, const char *key)
{
    struct history *h = shash_find_data(&model->histories, key);

    if (!h) {
        h = shash_find_and_delete(old, key);
        if (!h) {
            h = xmalloc(sizeof *h);
            history_init(h);
        }
        shash_add(&model->histories, key, h);
    }
    return h;
}

/* Moves the containers in 'answer' to their table, and adds rates and
 * histories.  A container that is gone loses its history. */
static void
take_containers(struct model *model, struct answer *answer, long long int now)
{
    struct shash old = SHASH_INITIALIZER(&old);
    struct shash rates = SHASH_INITIALIZER(&rates);
    struct table *table = &model->tables[TABLE_CONTAINERS];

    take_rows(table, answer);
    sum_rates(&model->tables[TABLE_ELEPHANTS], &rates);
    shash_swap(&old, &model->histories);
    for (size_t i = 0; i < table->n_rows; i++) {
        struct json *row = table->rows[i].object;
        char *key = container_key(row);
        double rate = rate_of(row, &rates, key);
        struct history *h = get_history(model, &old, key);

        history_add(h, now / model->slot_msec, rate);
        if (row->type == JSON_OBJECT) {
            json_object_put(row, "rate", isnan(rate) ? json_null_create()
                            : json_integer_create(rate));
        }
        table->rows[i].history = h;
        free(key);
    }
    shash_destroy_free_data(&rates);
    shash_destroy_free_data(&old);
}

void
model_update(struct model *model, struct answers *answers, long long int now)
{
    take_rows(&model->tables[TABLE_ELEPHANTS],
              &answers->tables[TABLE_ELEPHANTS]);
    take_containers(model, &answers->tables[TABLE_CONTAINERS], now);
    take_rows(&model->tables[TABLE_WORKLOADS],
              &answers->tables[TABLE_WORKLOADS]);
    json_destroy(model->status);
    free(model->status_problem);
    model->status = answers->status.json;
    model->status_problem = answers->status.error;
    answers->status = (struct answer) { NULL, NULL };
    answers_destroy(answers);
    model->answered = now;
    arrange(model);
}

/* Keys. */

static void
set_focus(struct model *model, int id)
{
    model->focus = (id + N_TABLES) % N_TABLES;
}

static void
scroll(struct table *table, long long int rows, size_t page)
{
    long long int last = (long long int) table->n_shown - (long long int) page;
    long long int offset = (long long int) table->offset + rows;

    table->offset = MAX(0, MIN(offset, last));
}

/* Sorts by the next column, or the one before. */
static void
change_sort(struct table *table, int step)
{
    size_t n = table->class->n_columns;

    do {
        table->sort = (table->sort + n + step) % n;
    } while (table->class->columns[table->sort].kind == COLUMN_HISTORY);
    table->reverse = false;
    table->offset = 0;
}

/* Handles a key while the filter is edited. */
static void
edit_filter(struct model *model, int key)
{
    struct ds *filter = &model->filter;

    if (key == TOP_KEY_ENTER) {
        model->editing = false;
    } else if (key == TOP_KEY_ESCAPE) {
        model->editing = false;
        ds_clear(filter);
    } else if (key == TOP_KEY_ERASE) {
        ds_truncate(filter, filter->length ? filter->length - 1 : 0);
    } else if (key >= ' ' && key < 0x7f && filter->length < MAX_FILTER) {
        ds_put_char(filter, key);
    }
    for (size_t i = 0; i < N_TABLES; i++) {
        model->tables[i].offset = 0;
    }
}

/* Handles a key that is about the rows of the table in focus.  Returns false
 * for any other key. */
static bool
handle_table_key(struct table *table, int key, size_t page)
{
    const long long int all = table->n_shown;
    const long long int full = MAX(1, page);

    switch (key) {
    case TOP_KEY_UP:        case 'k': scroll(table, -1, page); break;
    case TOP_KEY_DOWN:      case 'j': scroll(table, 1, page); break;
    case TOP_KEY_PAGE_UP:             scroll(table, -full, page); break;
    case TOP_KEY_PAGE_DOWN: case ' ': scroll(table, full, page); break;
    case TOP_KEY_HOME:      case 'g': scroll(table, -all, page); break;
    case TOP_KEY_END:       case 'G': scroll(table, all, page); break;
    case 's':               case '>': change_sort(table, 1); break;
    case 'S':               case '<': change_sort(table, -1); break;
    case 'r': table->reverse = !table->reverse; break;
    default: return false;
    }
    return true;
}

/* Handles any other key. */
static void
handle_key(struct model *model, int key)
{
    switch (key) {
    case TOP_KEY_TAB:      set_focus(model, model->focus + 1); break;
    case TOP_KEY_BACK_TAB: set_focus(model, (int) model->focus - 1); break;
    case '1': case '2': case '3': set_focus(model, key - '1'); break;
    case TOP_KEY_ENTER: case 'z': model->zoomed = !model->zoomed; break;
    case '/': model->editing = true; break;
    case TOP_KEY_ESCAPE: ds_clear(&model->filter); break;
    case 'p': model->paused = !model->paused; break;
    case 'h': case '?': model->help = true; break;
    case 'q': case 'Q': model->quit = true; break;
    default: break;
    }
}

void
model_handle_key(struct model *model, int key, size_t page)
{
    if (key == TOP_KEY_NONE) {
        return;
    } else if (model->help) {
        /* Any key ends it. */
        model->help = false;
        model->quit = key == 'q';
    } else if (model->editing) {
        edit_filter(model, key);
    } else if (!handle_table_key(&model->tables[model->focus], key, page)) {
        handle_key(model, key);
    }
    arrange(model);
}

bool
model_sort(struct model *model, enum table_id id, const char *title)
{
    struct table *table = &model->tables[id];

    for (size_t i = 0; i < table->class->n_columns; i++) {
        const struct column *column = &table->class->columns[i];

        if (column->kind != COLUMN_HISTORY
            && !strcasecmp(column->title, title)) {
            table->sort = i;
            arrange(model);
            return true;
        }
    }
    return false;
}

/* JSON. */

/* Returns the known values of 'h', the latest last; a gap is null. */
static struct json *
history_to_json(const struct history *h, long long int slot)
{
    struct json *array = json_array_create_empty();
    bool any = false;

    for (long long int i = slot - HISTORY_LEN + 1; i <= slot; i++) {
        double value = history_get(h, i);

        any = any || !isnan(value);
        if (any) {
            json_array_add(array, isnan(value) ? json_null_create()
                                  : json_integer_create(value));
        }
    }
    return array;
}

static struct json *
table_to_json(const struct table *table, long long int slot)
{
    struct json *array = json_array_create_empty();

    if (table->problem) {
        json_destroy(array);
        return json_null_create();
    }
    for (size_t i = 0; i < table->n_shown; i++) {
        const struct table_row *row = table->shown[i];
        struct json *object = json_deep_clone(row->object);

        if (row->history && object->type == JSON_OBJECT) {
            json_object_put(object, "history",
                            history_to_json(row->history, slot));
        }
        json_array_add(array, object);
    }
    return array;
}

/* Returns the sentences that say which answers could not be had, and why. */
static struct json *
problems_to_json(const struct model *model)
{
    struct json *array = json_array_create_empty();

    for (size_t i = 0; i < N_TABLES; i++) {
        const char *problem = model->tables[i].problem;

        if (problem) {
            json_array_add(array, json_string_create(problem));
        }
    }
    if (model->status_problem) {
        json_array_add(array, json_string_create(model->status_problem));
    }
    return array;
}

struct json *
model_to_json(const struct model *model, long long int now)
{
    static const char *const names[N_TABLES] = {
        [TABLE_ELEPHANTS] = "elephants",
        [TABLE_CONTAINERS] = "containers",
        [TABLE_WORKLOADS] = "workloads",
    };
    struct json *o = json_object_create();

    json_object_put(o, "status", model->status ? json_clone(model->status)
                                 : json_null_create());
    for (size_t i = 0; i < N_TABLES; i++) {
        json_object_put(o, names[i], table_to_json(&model->tables[i],
                                                   now / model->slot_msec));
    }
    json_object_put(o, "history_seconds",
                    json_integer_create(model->slot_msec / 1000));
    json_object_put(o, "unavailable", problems_to_json(model));
    return o;
}
