/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "publish/uplink-qos.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/printable.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "ovsdb/footprint-keys.h"
#include "policy/queue-plan.h"
#include "settings/settings.h"
#include "smap.h"
#include "sset.h"
#include "topology/topology.h"
#include "util.h"
#include "uuid.h"
#include "vswitch-idl.h"

VLOG_DEFINE_THIS_MODULE(uplink_qos);

#define QOS_TYPE "linux-htb"

struct uplink_qos {
    struct sset problems;       /* See uplink_qos_get_problems(). */
    bool refused;               /* See uplink_qos_is_refused(). */
};

/* One uplink_qos_run(). */
struct update {
    const struct uplink_qos_inputs *in;
    struct ovsdb_idl_txn *txn;
    struct sset problems;
    bool refused;
    size_t n_uplinks;
};

struct uplink_qos *
uplink_qos_create(void)
{
    struct uplink_qos *uq = xzalloc(sizeof *uq);

    sset_init(&uq->problems);
    return uq;
}

void
uplink_qos_destroy(struct uplink_qos *uq)
{
    if (uq) {
        sset_destroy(&uq->problems);
        free(uq);
    }
}

void
uplink_qos_register(struct ovsdb_idl *idl)
{
    /* Not tracked: rows of tracked tables lose the version by which a Port is
     * known to have changed. */
    ovsdb_idl_add_column(idl, &ovsrec_port_col_qos);
    ovsdb_idl_add_table(idl, &ovsrec_table_qos);
    ovsdb_idl_add_column(idl, &ovsrec_qos_col_type);
    ovsdb_idl_add_column(idl, &ovsrec_qos_col_queues);
    ovsdb_idl_add_column(idl, &ovsrec_qos_col_other_config);
    ovsdb_idl_add_column(idl, &ovsrec_qos_col_external_ids);
    ovsdb_idl_add_table(idl, &ovsrec_table_queue);
    ovsdb_idl_add_column(idl, &ovsrec_queue_col_other_config);
    ovsdb_idl_add_column(idl, &ovsrec_queue_col_external_ids);
}

static bool
is_ours(const struct smap *external_ids)
{
    return smap_get(external_ids, FP_KEY_QOS) != NULL;
}

static void
add_problem(struct update *u, char *problem)
{
    u->refused = true;
    sset_add_and_free(&u->problems, problem);
}

/* Finding uplinks. */

/* Do packets leave the machine by 'iface', for all that is known?  Stores its
 * speed in '*speed', 0 if it is not known. */
static bool
is_uplink(const struct update *u, const struct ovsrec_interface *iface,
          uint64_t *speed)
{
    const struct settings *settings = u->in->settings;
    const struct port *port;
    bool found;

    if (settings->learning.uplinks[0]) {
        found = settings_find_uplink(settings, iface->name, speed);
    } else {
        *speed = 0;
        port = topology_find_port(u->in->topology, iface->name);
        found = (port && port->bridge->wanted
                 && port->kind == PORT_KIND_UPLINK && !port->identity.inactive
                 && (!iface->type[0] || !strcmp(iface->type, "system")));
    }
    if (!*speed && iface->n_link_speed && iface->link_speed[0] > 0) {
        *speed = iface->link_speed[0];
    }
    return found;
}

/* The same for a Port, whose speed is that of its slowest Interface: each has
 * the queues. */
static bool
is_uplink_port(const struct update *u, const struct ovsrec_port *row,
               uint64_t *speed)
{
    *speed = UINT64_MAX;
    for (size_t i = 0; i < row->n_interfaces; i++) {
        uint64_t own;

        if (!is_uplink(u, row->interfaces[i], &own)) {
            return false;
        }
        *speed = MIN(*speed, own);
    }
    return row->n_interfaces > 0;
}

/* Rows of ours. */

static void
set_rate(struct smap *config, const char *key, uint64_t rate)
{
    smap_add_format(config, key, "%"PRIu64, rate);
}

/* Makes 'config' the other_config of a row.  Returns true if it is not
 * 'old'. */
static bool
differs(const struct smap *config, const struct smap *old)
{
    return !smap_equal(config, old);
}

/* Makes 'row', null for one that is yet to be inserted, a Queue that gets what
 * 'given' says. */
static struct ovsrec_queue *
sync_queue(const struct update *u, struct ovsrec_queue *row,
           const struct queue_wish *given)
{
    struct smap config = SMAP_INITIALIZER(&config);

    set_rate(&config, "min-rate", given->min_rate);
    set_rate(&config, "max-rate", given->max_rate);
    if (!row) {
        const struct smap ids = SMAP_CONST1(&ids, FP_KEY_QOS, "queue");

        row = ovsrec_queue_insert(u->txn);
        ovsrec_queue_set_external_ids(row, &ids);
        ovsrec_queue_set_other_config(row, &config);
    } else if (differs(&config, &row->other_config)) {
        ovsrec_queue_set_other_config(row, &config);
    }
    smap_destroy(&config);
    return row;
}

static struct ovsrec_queue *
find_queue(const struct ovsrec_qos *qos, int64_t id)
{
    for (size_t i = 0; i < qos->n_queues; i++) {
        if (qos->key_queues[i] == id) {
            return qos->value_queues[i];
        }
    }
    return NULL;
}

static void
delete_queue(const struct ovsrec_queue *row)
{
    if (is_ours(&row->external_ids)) {
        ovsrec_queue_delete(row);
    }
}

/* Gives 'qos', of ours, the 'n' queues 'given'.  Others that it had go. */
static void
sync_queues(const struct update *u, const struct ovsrec_qos *qos,
            const struct queue_wish *given, size_t n)
{
    int64_t *ids = xmalloc(n * sizeof *ids);
    struct ovsrec_queue **rows = xmalloc(n * sizeof *rows);
    bool changed = qos->n_queues != n;

    for (size_t i = 0; i < n; i++) {
        struct ovsrec_queue *old = find_queue(qos, given[i].id);

        ids[i] = given[i].id;
        rows[i] = sync_queue(u, old, &given[i]);
        changed |= !old;
    }
    if (changed) {
        for (size_t i = 0; i < qos->n_queues; i++) {
            bool stays = false;

            for (size_t j = 0; j < n; j++) {
                stays |= qos->key_queues[i] == ids[j];
            }
            if (!stays) {
                delete_queue(qos->value_queues[i]);
            }
        }
        ovsrec_qos_set_queues(qos, ids, rows, n);
    }
    free(rows);
    free(ids);
}

/* Makes the QoS of 'port', which is null or ours, one of 'speed' with the 'n'
 * queues 'given'. */
static void
sync_qos(const struct update *u, const struct ovsrec_port *port,
         uint64_t speed, const struct queue_wish *given, size_t n)
{
    struct smap config = SMAP_INITIALIZER(&config);
    const struct ovsrec_qos *qos = port->qos;

    set_rate(&config, "max-rate", speed);
    if (!qos) {
        const struct smap ids = SMAP_CONST1(&ids, FP_KEY_QOS, "uplink");

        VLOG_INFO("%s: adding %"PRIuSIZE" queues", printable(port->name), n);
        qos = ovsrec_qos_insert(u->txn);
        ovsrec_qos_set_external_ids(qos, &ids);
        ovsrec_qos_set_type(qos, QOS_TYPE);
        ovsrec_qos_set_other_config(qos, &config);
        ovsrec_port_verify_qos(port);
        ovsrec_port_set_qos(port, qos);
    } else if (differs(&config, &qos->other_config)) {
        ovsrec_qos_set_other_config(qos, &config);
    }
    smap_destroy(&config);
    sync_queues(u, qos, given, n);
}

/* Deletes 'qos', which is ours, and its queues. */
static void
delete_qos(const struct update *u, const struct ovsrec_qos *qos)
{
    const struct ovsrec_port *port;

    OVSREC_PORT_FOR_EACH (port, u->in->idl) {
        if (port->qos == qos) {
            VLOG_INFO("%s: removing its queues", printable(port->name));
            ovsrec_port_set_qos(port, NULL);
        }
    }
    for (size_t i = 0; i < qos->n_queues; i++) {
        delete_queue(qos->value_queues[i]);
    }
    ovsrec_qos_delete(qos);
}

/* Others. */

/* Looks whether the QoS of 'port', which is somebody else's, will do. */
static void
check_foreign_qos(struct update *u, const struct ovsrec_port *port)
{
    const struct queue_plan *plan = u->in->plan;
    const struct ovsrec_qos *qos = port->qos;
    const char *type = qos->type[0] ? qos->type : "none";

    for (size_t i = 0; i < plan->n; i++) {
        const struct queue_wish *q = &plan->queues[i];

        if (q->port || !find_queue(qos, q->id)) {
            add_problem(u, xasprintf(
                "%s has a QoS of somebody else's already, "UUID_FMT" of type "
                "\"%s\", %s queue %"PRIu32": it is left alone, and no packet "
                "is put into a queue; %s",
                port->name, UUID_ARGS(&qos->header_.uuid), type,
                q->port ? "whose rates are not ours to set for" : "without",
                q->id,
                q->port ? "name the queue without rates"
                : "add the queue to it"));
            return;
        }
    }
}

/* Gives 'port', an uplink of 'speed', the queues of the plan. */
static void
serve_uplink(struct update *u, const struct ovsrec_port *port, uint64_t speed)
{
    const struct queue_plan *plan = u->in->plan;
    struct queue_wish *given;

    u->n_uplinks++;
    if (port->qos && !is_ours(&port->qos->external_ids)) {
        check_foreign_qos(u, port);
        return;
    }
    if (!speed) {
        add_problem(u, xasprintf("%s: the speed of this uplink is not known, "
                                 "so it gets no queues: set external_ids:"
                                 FP_CFG_UPLINKS" to %s=BIT/S", port->name,
                                 port->interfaces[0]->name));
        return;
    }
    given = xmalloc((plan->n + 1) * sizeof *given);
    if (queue_plan_divide(plan, speed, given)) {
        sync_qos(u, port, speed, given, plan->n + 1);
    } else {
        add_problem(u, xasprintf("%s: the min-rates of queues are more than "
                                 "the %"PRIu64" bit/s of this uplink: lower "
                                 "them", port->name, speed));
    }
    free(given);
}

/* Deletes those of our rows that no uplink needs. */
static void
sweep(const struct update *u)
{
    const struct ovsrec_qos *qos, *next_qos;

    OVSREC_QOS_FOR_EACH_SAFE (qos, next_qos, u->in->idl) {
        const struct ovsrec_port *port;
        bool needed = false;
        uint64_t speed;

        if (!is_ours(&qos->external_ids)) {
            continue;
        }
        OVSREC_PORT_FOR_EACH (port, u->in->idl) {
            needed |= (u->in->plan->n && port->qos == qos
                       && is_uplink_port(u, port, &speed) && speed);
        }
        if (!needed) {
            delete_qos(u, qos);
        }
    }
}

/* Makes the problems those that 'u' found, and logs those that are new. */
static void
take_problems(struct uplink_qos *uq, struct update *u)
{
    const char *problem;

    SSET_FOR_EACH (problem, &u->problems) {
        if (!sset_contains(&uq->problems, problem)) {
            VLOG_WARN("%s", printable_text(problem));
        }
    }
    sset_swap(&uq->problems, &u->problems);
    sset_destroy(&u->problems);
    uq->refused = u->refused;
}

void
uplink_qos_run(struct uplink_qos *uq, struct ovsdb_idl_txn *txn,
               const struct uplink_qos_inputs *in)
{
    struct update u = { .in = in, .txn = txn,
                        .problems = SSET_INITIALIZER(&u.problems) };
    const struct ovsrec_port *port;

    sweep(&u);
    if (in->plan->n) {
        OVSREC_PORT_FOR_EACH (port, in->idl) {
            uint64_t speed;

            if (is_uplink_port(&u, port, &speed)) {
                serve_uplink(&u, port, speed);
            }
        }
        if (!u.n_uplinks) {
            add_problem(&u, xstrdup(
                "external_ids:"FP_CFG_POLICY" names a queue, but there is no "
                "uplink on which to have it: set external_ids:"FP_CFG_UPLINKS
                " to a port of a bridge"));
        }
    }
    if (in->plan->problem) {
        sset_add(&u.problems, in->plan->problem);
    }
    take_problems(uq, &u);
}

bool
uplink_qos_is_refused(const struct uplink_qos *uq)
{
    return uq->refused;
}

const struct sset *
uplink_qos_get_problems(const struct uplink_qos *uq)
{
    return &uq->problems;
}
