/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "node/publication.h"

#include <stdlib.h>

#include "detector/detector.h"
#include "footprint/judge.h"
#include "footprint/tracker.h"
#include "node/figures.h"
#include "node/node-parts.h"
#include "node/watch.h"
#include "ovsdb/footprint-keys.h"
#include "policy/policies.h"
#include "publish/external-ids.h"
#include "publish/metrics-server.h"
#include "publish/nfd-file.h"
#include "publish/uplink-qos.h"
#include "settings/settings.h"
#include "smap.h"
#include "sset.h"
#include "svec.h"
#include "util.h"
#include "vswitch-idl.h"

struct publication {
    const struct node_parts *parts;
    struct external_ids *external_ids;
    struct uplink_qos *uplink_qos;
    struct metrics_server *metrics_server;
    struct nfd_file *nfd_file;
    bool due;                   /* Must OVSDB be compared again, */
    bool all_due;               /* and not only what says that it changed? */
    size_t n_cleared;           /* See publication_count_cleared(). */
};

static void
gather_metrics(struct metrics_figures *figures, void *parts)
{
    figures_gather_metrics(parts, figures);
}

struct publication *
publication_create(const struct node_parts *parts)
{
    struct publication *p = xzalloc(sizeof *p);

    p->parts = parts;
    p->external_ids = external_ids_create();
    p->uplink_qos = uplink_qos_create();
    p->metrics_server = metrics_server_create(
        gather_metrics, CONST_CAST(struct node_parts *, parts));
    p->nfd_file = nfd_file_create();
    return p;
}

void
publication_destroy(struct publication *p)
{
    if (p) {
        external_ids_destroy(p->external_ids);
        uplink_qos_destroy(p->uplink_qos);
        metrics_server_destroy(p->metrics_server);
        nfd_file_destroy(p->nfd_file);
        free(p);
    }
}

void
publication_register(struct ovsdb_idl *idl)
{
    external_ids_register(idl);
    uplink_qos_register(idl);
}

void
publication_note_change(struct publication *p)
{
    p->due = p->all_due = true;
}

void
publication_note_ports(struct publication *p)
{
    p->due = true;
}

void
publication_invalidate(struct publication *p)
{
    external_ids_invalidate(p->external_ids);
    p->due = true;
}

static struct external_ids_node
summarize(const struct node_parts *parts)
{
    const struct detector *detector = watch_get_detector(parts->watch);

    return (struct external_ids_node) {
        .n_bridges = sset_count(&parts->settings->bridges),
        .n_elephants = tracker_count_conversations(parts->tracker),
        .n_heavy = judge_count_heavy(parts->judge),
        .restoring = judge_is_restoring(parts->judge),
        .detector = detector_kind_to_string(detector_get_kind(detector)),
    };
}

static void
run_queues(struct publication *p, struct ovsdb_idl_txn *txn)
{
    const struct node_parts *parts = p->parts;
    const struct uplink_qos_inputs inputs = {
        .idl = parts->idl,
        .topology = parts->topology,
        .settings = parts->settings,
        .plan = policies_get_queue_plan(parts->policies),
    };

    uplink_qos_run(p->uplink_qos, txn, &inputs);
}

static void
run_keys(struct publication *p, struct ovsdb_idl_txn *txn, long long int now)
{
    const struct node_parts *parts = p->parts;
    const struct external_ids_inputs inputs = {
        .idl = parts->idl,
        .topology = parts->topology,
        .judge = parts->judge,
        .learner = parts->learner,
        .node = summarize(parts),
        .all = p->all_due,
    };

    external_ids_run(p->external_ids, txn, &inputs, now);
    p->all_due = false;
}

static void
run_nfd_file(struct publication *p, const struct smap *external_ids)
{
    struct nfd_file_node node;

    figures_gather_nfd(p->parts, &node);
    nfd_file_run(p->nfd_file, external_ids, &node);
}

void
publication_run(struct publication *p, struct ovsdb_idl_txn *txn,
                bool cleaning_up, long long int now)
{
    const struct ovsrec_open_vswitch *cfg
        = ovsrec_open_vswitch_first(p->parts->idl);
    const struct smap *external_ids = cfg ? &cfg->external_ids : NULL;

    /* Without that row nothing can be written, and nothing need be removed. */
    if (txn && (cfg || cleaning_up)
        && (p->due || external_ids_is_due(p->external_ids, now))) {
        p->due = false;
        run_queues(p, txn);
        if (cleaning_up) {
            size_t n = external_ids_clear(p->parts->idl, txn);

            p->n_cleared = MAX(p->n_cleared, n);
        } else {
            run_keys(p, txn, now);
        }
    }
    metrics_server_run(p->metrics_server, cleaning_up ? NULL : external_ids,
                       now);
    if (cfg && cleaning_up) {
        nfd_file_clear(p->nfd_file, external_ids);
    } else if (cfg && smap_get(external_ids, FP_CFG_NFD_FILE)) {
        run_nfd_file(p, external_ids);
    } else if (cfg) {
        nfd_file_remove(p->nfd_file);
    }
}

void
publication_wait(const struct publication *p)
{
    external_ids_wait(p->external_ids);
    metrics_server_wait(p->metrics_server);
}

bool
publication_is_due(const struct publication *p)
{
    return p->due;
}

size_t
publication_count_cleared(const struct publication *p)
{
    return p->n_cleared;
}

bool
publication_are_queues_refused(const struct publication *p)
{
    return uplink_qos_is_refused(p->uplink_qos);
}

static void
add_problem(struct svec *problems, const char *problem)
{
    if (problem) {
        svec_add(problems, problem);
    }
}

void
publication_get_problems(const struct publication *p, struct svec *problems)
{
    const struct sset *of_uplinks = uplink_qos_get_problems(p->uplink_qos);
    const char **sorted = sset_sort(of_uplinks);

    for (size_t i = 0; i < sset_count(of_uplinks); i++) {
        svec_add(problems, sorted[i]);
    }
    free(sorted);
    add_problem(problems, metrics_server_get_problem(p->metrics_server));
    add_problem(problems, nfd_file_get_problem(p->nfd_file));
}
