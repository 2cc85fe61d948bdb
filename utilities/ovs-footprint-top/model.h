/* SPDX-License-Identifier: Apache-2.0 */

#ifndef MODEL_H
#define MODEL_H 1

/* What ovs-footprint-top knows, and what its user wants to see of that.
 *
 * The model takes the daemon's answers and the user's keys; the view makes
 * lines of it.  Pure: times are arguments.  'now' is in time_msec() time,
 * 'wall' in time_wall_msec() time. */

#include <stdbool.h>
#include <stddef.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/shash.h"
#include "table.h"

/* What the daemon answered to one round of commands, each parsed JSON or, if
 * that is null, the sentence that says why not. */
struct answer {
    struct json *json;
    char *error;
};

struct answers {
    struct answer tables[N_TABLES]; /* To each table's command. */
    struct answer status;           /* To show-status. */
};

/* Frees what is in 'answers'. */
void answers_destroy(struct answers *);

/* Keys that are no characters. */
enum top_key {
    TOP_KEY_NONE = 0,
    TOP_KEY_UP = 0x110000,         /* Above Unicode. */
    TOP_KEY_DOWN,
    TOP_KEY_PAGE_UP,
    TOP_KEY_PAGE_DOWN,
    TOP_KEY_HOME,
    TOP_KEY_END,
    TOP_KEY_TAB,
    TOP_KEY_BACK_TAB,
    TOP_KEY_ENTER,
    TOP_KEY_ESCAPE,
    TOP_KEY_ERASE,
};

struct model {
    struct table tables[N_TABLES];
    struct json *status;        /* Null before the first answer. */
    char *status_problem;       /* Why that is no better; or null. */
    struct shash histories;     /* "struct history"s by container. */
    long long int slot_msec;    /* How long a slot of these is. */
    long long int answered;     /* When the latest answers came; -1: never. */
    char *problem;              /* Why there are no newer ones; or null. */

    enum table_id focus;        /* The table that keys are for. */
    bool zoomed;                /* Is it alone on the screen? */
    bool help;                  /* Is the help shown instead? */
    bool editing;               /* Do keys change the filter? */
    bool paused;
    bool quit;
    struct ds filter;
};

/* The daemon is asked each 'interval' milliseconds. */
void model_init(struct model *, long long int interval);
void model_destroy(struct model *);

/* Takes over 'answers', which are empty afterwards. */
void model_update(struct model *, struct answers *, long long int now);

/* Does 'key', a character or one of enum top_key.  'page' is how many rows
 * the table in focus has on the screen. */
void model_handle_key(struct model *, int key, size_t page);

/* Sorts the table 'id' by the column titled 'title', in whatever case.
 * Returns false if there is none. */
bool model_sort(struct model *, enum table_id, const char *title);

/* Returns all there is, as an object; the caller must destroy it. */
struct json *model_to_json(const struct model *, long long int now);

#endif /* model.h */
