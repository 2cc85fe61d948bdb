/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "feed-rows.h"

#include "cluster.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "ovsdb-cs.h"
#include "util.h"

/* Values.  Each of these leaves '*value' alone where 'columns' does not say
 * anything, or nothing of that type. */

static void
take_string(const struct shash *columns, const char *name, const char **value)
{
    const struct json *json = shash_find_data(columns, name);

    if (json && json->type == JSON_STRING) {
        *value = json_string(json);
    }
}

static void
take_integer(const struct shash *columns, const char *name,
             long long int *value)
{
    const struct json *json = shash_find_data(columns, name);

    if (json && json->type == JSON_INTEGER) {
        *value = json_integer(json);
    }
}

/* OVSDB writes a real number without a fraction like an integer. */
static void
take_real(const struct shash *columns, const char *name, double *value)
{
    const struct json *json = shash_find_data(columns, name);

    if (json && (json->type == JSON_REAL || json->type == JSON_INTEGER)) {
        *value = json_real(json);
    }
}

/* Instances. */

static const char *const instance_columns[] = {
    "node", "on_node", "workload", "container", "class", "role",
    "bits_per_second", "elephants", NULL,
};

static void
take_class(const struct shash *columns, enum footprint_class *class)
{
    const char *s = NULL;

    take_string(columns, "class", &s);
    if (s && !footprint_class_from_string(s, class)) {
        *class = FOOTPRINT_UNKNOWN;
    }
}

/* OVSDB writes an absent role as an empty set: whatever is no string means
 * that there is none. */
static void
take_role(const struct shash *columns, enum footprint_role *role)
{
    if (shash_find_data(columns, "role")) {
        const char *s = NULL;

        take_string(columns, "role", &s);
        *role = footprint_role_from_string(s);
    }
}

static bool
apply_instance(struct cluster *cluster,
               const struct ovsdb_cs_row_update *update)
{
    struct cluster_instance_row row = {
        .writer = "",
        .node = "",
        .workload = "",
        .container = "",
        .class = FOOTPRINT_UNKNOWN,
        .role = FOOTPRINT_NONE,
    };

    if (update->type == OVSDB_CS_ROW_DELETE) {
        cluster_remove_instance(cluster, &update->row_uuid);
        return true;
    }
    if (update->type != OVSDB_CS_ROW_INSERT
        && !cluster_get_instance(cluster, &update->row_uuid, &row)) {
        return false;
    }
    take_string(update->columns, "node", &row.writer);
    take_string(update->columns, "on_node", &row.node);
    take_string(update->columns, "workload", &row.workload);
    take_string(update->columns, "container", &row.container);
    take_class(update->columns, &row.class);
    take_role(update->columns, &row.role);
    take_real(update->columns, "bits_per_second", &row.rate);
    take_integer(update->columns, "elephants", &row.elephants);
    cluster_set_instance(cluster, &update->row_uuid, &row);
    return true;
}

/* Observations. */

static const char *const observation_columns[] = {
    "workload", "timestamp", "trials", "heavy_trials", "seconds",
    "heavy_seconds", "source_seconds", "sink_seconds", "bytes", "peak_rate",
    "instances", "first_seen", "last_seen", NULL,
};

static bool
apply_observation(struct cluster *cluster,
                  const struct ovsdb_cs_row_update *update)
{
    const struct shash *columns = update->columns;
    struct observation o = { .timestamp = 0 };
    const char *workload = "";

    if (update->type == OVSDB_CS_ROW_DELETE) {
        cluster_remove_observation(cluster, &update->row_uuid);
        return true;
    }
    if (update->type != OVSDB_CS_ROW_INSERT
        && !cluster_get_observation(cluster, &update->row_uuid, &workload,
                                    &o)) {
        return false;
    }
    take_string(columns, "workload", &workload);
    take_integer(columns, "timestamp", &o.timestamp);
    take_real(columns, "trials", &o.trials);
    take_real(columns, "heavy_trials", &o.heavy_trials);
    take_real(columns, "seconds", &o.seconds);
    take_real(columns, "heavy_seconds", &o.heavy_seconds);
    take_real(columns, "source_seconds", &o.source_seconds);
    take_real(columns, "sink_seconds", &o.sink_seconds);
    take_real(columns, "bytes", &o.bytes);
    take_real(columns, "peak_rate", &o.peak_rate);
    take_integer(columns, "instances", &o.instances);
    take_integer(columns, "first_seen", &o.first_seen);
    take_integer(columns, "last_seen", &o.last_seen);
    cluster_set_observation(cluster, &update->row_uuid, workload, &o);
    return true;
}

const struct feed_table feed_tables[FEED_N_TABLES] = {
    { "Instance", instance_columns, apply_instance },
    { "Observation", observation_columns, apply_observation },
};

struct json *
feed_compose_monitor_requests(void)
{
    struct json *requests = json_object_create();

    for (size_t i = 0; i < FEED_N_TABLES; i++) {
        const struct feed_table *table = &feed_tables[i];
        struct json *columns = json_array_create_empty();
        struct json *request = json_object_create();

        for (size_t j = 0; table->columns[j]; j++) {
            json_array_add(columns, json_string_create(table->columns[j]));
        }
        json_object_put(request, "columns", columns);
        json_object_put(requests, table->name, json_array_create_1(request));
    }
    return requests;
}
