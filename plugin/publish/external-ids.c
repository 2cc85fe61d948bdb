/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "publish/external-ids.h"

#include <stdlib.h>
#include <string.h>

#include "coverage.h"
#include "footprint/judge.h"
#include "hash.h"
#include "lib/humanize.h"
#include "openvswitch/hmap.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/uuid.h"
#include "ovs-thread.h"
#include "ovsdb-idl.h"
#include "ovsdb/footprint-keys.h"
#include "publish/learner.h"
#include "timeval.h"
#include "topology/topology.h"
#include "util.h"
#include "vswitch-idl.h"

COVERAGE_DEFINE(external_ids_key_set);
COVERAGE_DEFINE(external_ids_key_removed);

/* What should be published of a port. */
struct publication {
    bool any;                   /* Is anything said of it? */
    bool restoring;             /* Is something left as it was? */
    enum footprint_class class;
    enum footprint_role role;
    enum evidence_kind kind;
    unsigned int n_elephants;
    uint16_t zone;
    bool offload;               /* Has it hints? */
    long long int since;
    uint32_t workload;          /* Hash of the workload's name. */
    enum workload_class workload_class; /* What the workload is known to be. */
};

/* What was last written of a port. */
struct written {
    struct hmap_node node;      /* In 'written' of struct external_ids. */
    struct uuid row;            /* The Interface: the first part of the key. */
    char *endpoint_id;          /* Of the endpoint: the rest, or null. */
    uint64_t version;           /* The port's, then. */
    struct publication publication;
    bool pending;               /* Was a counter left out of date? */
    bool seen;                  /* For mark and sweep. */
};

struct external_ids {
    struct hmap written;        /* Contains "struct written"s. */
    uint64_t judge_seq;         /* judge_get_seq() in the last run. */
    long long int counters_due; /* Not before this are counters written. */
    bool counters_pending;      /* Is any counter out of date? */
    bool invalidated;           /* Must all Interfaces be compared? */
};

struct external_ids *
external_ids_create(void)
{
    struct external_ids *p = xzalloc(sizeof *p);

    hmap_init(&p->written);
    p->invalidated = true;
    return p;
}

static void
forget(struct external_ids *p, struct written *w)
{
    hmap_remove(&p->written, &w->node);
    free(w->endpoint_id);
    free(w);
}

void
external_ids_destroy(struct external_ids *p)
{
    struct written *w;

    if (p) {
        HMAP_FOR_EACH_SAFE (w, node, &p->written) {
            forget(p, w);
        }
        hmap_destroy(&p->written);
        free(p);
    }
}

void
external_ids_invalidate(struct external_ids *p)
{
    p->invalidated = true;
}

void
external_ids_register(struct ovsdb_idl *idl)
{
    ovsdb_idl_add_table(idl, &ovsrec_table_open_vswitch);
    ovsdb_idl_add_column(idl, &ovsrec_open_vswitch_col_external_ids);
    ovsdb_idl_add_table(idl, &ovsrec_table_interface);

    /* To add it would mean not to track it, which topology_register()
     * wants. */
    ovsdb_idl_track_add_column(idl, &ovsrec_interface_col_external_ids);
}

/* Writes 'value' to 'key' of an Interface; null removes it. */
static void
set_interface_key(const struct ovsrec_interface *row, const char *key,
                  const char *value)
{
    if (value) {
        COVERAGE_INC(external_ids_key_set);
        ovsrec_interface_update_external_ids_setkey(row, key, value);
    } else {
        COVERAGE_INC(external_ids_key_removed);
        ovsrec_interface_update_external_ids_delkey(row, key);
    }
}

static void
set_node_key(const struct ovsrec_open_vswitch *row, const char *key,
             const char *value)
{
    if (value) {
        COVERAGE_INC(external_ids_key_set);
        ovsrec_open_vswitch_update_external_ids_setkey(row, key, value);
    } else {
        COVERAGE_INC(external_ids_key_removed);
        ovsrec_open_vswitch_update_external_ids_delkey(row, key);
    }
}

/* The keys of an Interface, in the order of 'interface_values'. */
static const char *const interface_keys[] = {
    FP_KEY_CLASS, FP_KEY_SINCE, FP_KEY_ZONE, FP_KEY_ROLE, FP_KEY_EVIDENCE,
    FP_KEY_HINTS, FP_KEY_ELEPHANTS,
};
enum { N_INTERFACE_KEYS = ARRAY_SIZE(interface_keys) };

/* The first of those that a daemon just started may not know yet, and the
 * first that is a counter. */
#define INTERFACE_DETAIL 3
#define INTERFACE_COUNTER (N_INTERFACE_KEYS - 2)

/* Returns what whoever runs the virtual machine behind 'port' may want to give
 * it, malloc()'d, or null if nobody asked or it needs nothing.
 *
 * All packets of a connection go through one queue, so more queues than there
 * are elephants are of no use, nor are more than there are processors. */
static char *
get_hints(const struct port *port, const struct verdict *v)
{
    unsigned int n = MIN(v->footprint.n_elephants,
                         MAX(count_cpu_cores(), 1));

    return (port_get_policy(port)->offload && v->kind == EVIDENCE_FLOWS && n
            ? xasprintf("vhost-queues=%u,vcpus=%u", n, n) : NULL);
}

/* Stores in 'values' what should stand in 'interface_keys' for 'port', on
 * which the verdict is 'v', null for nothing.  The caller must free all of
 * them. */
static void
get_interface_values(const struct port *port, const struct verdict *v,
                     char *values[N_INTERFACE_KEYS])
{
    const struct footprint *fp = &v->footprint;
    bool judged = fp->class != FOOTPRINT_UNKNOWN;
    const char *role = footprint_role_to_string(fp->role);

    memset(values, 0, N_INTERFACE_KEYS * sizeof *values);
    if (!port->is_container) {
        return;
    }
    values[0] = xstrdup(footprint_class_to_string(fp->class));
    values[1] = humanize_time(fp->since);
    values[2] = port->zone ? xasprintf("%"PRIu16, port->zone) : NULL;
    values[3] = nullable_xstrdup(role);
    if (judged) {
        enum evidence_kind kind = v->kind;

        values[4] = nullable_xstrdup(evidence_kind_to_string(kind));
        values[5] = get_hints(port, v);
        values[6] = (kind == EVIDENCE_FLOWS
                     ? xasprintf("%u", fp->n_elephants) : NULL);
    }
}

/* Brings the keys of 'row' to what they should be for 'port', which may be an
 * endpoint and on which the verdict is 'v', or with both null, for nobody.
 * The counter alone is no reason to write, unless 'counters' says so.  Returns
 * true if it was left as it is though it is out of date. */
static bool
sync_keys(const struct ovsrec_interface *row, const struct port *port,
          const struct verdict *v, bool counters)
{
    const char *id = port ? port->endpoint_id : NULL;
    char *values[N_INTERFACE_KEYS] = { NULL };
    bool restoring = port && v->restoring && port->is_container;
    bool pending = false;

    if (port && port->bridge->wanted) {
        get_interface_values(port, v, values);
    } else {
        restoring = false;
    }
    for (size_t i = 0; i < N_INTERFACE_KEYS; i++) {
        char *key = (id ? xasprintf("%s.%s", interface_keys[i], id)
                     : xstrdup(interface_keys[i]));
        const char *old = smap_get(&row->external_ids, key);

        if (restoring && old && i >= INTERFACE_DETAIL) {
            /* What stands there may be better. */
        } else if (i >= INTERFACE_COUNTER && old && values[i] && !counters) {
            pending |= !nullable_string_is_equal(old, values[i]);
        } else if (!nullable_string_is_equal(old, values[i])) {
            set_interface_key(row, key, values[i]);

            /* With a new class or role goes all that belongs to it. */
            counters = true;
            restoring = false;
        }
        free(key);
        free(values[i]);
    }
    return pending;
}

/* The keys of the workload. */
static const char *const workload_keys[] = {
    FP_KEY_WORKLOAD, FP_KEY_WORKLOAD_DERIVED, FP_KEY_WORKLOAD_CLASS,
};
enum { N_WORKLOAD_KEYS = ARRAY_SIZE(workload_keys) };

/* Brings the keys of 'row' that tell the workload of the endpoint 'id', or,
 * with a null 'id', of the Interface itself, to what 'w' says; null is none.
 * What somebody else said outright remains. */
static void
sync_workload(const struct ovsrec_interface *row, const char *id,
              const struct port_workload *w)
{
    const struct smap *ids = &row->external_ids;
    const char *said = smap_get(ids, FP_KEY_WORKLOAD);
    const char *derived = smap_get(ids, FP_KEY_WORKLOAD_DERIVED);
    bool ours = id || !said || (derived && !strcmp(said, derived));
    const char *key = w && w->key && !w->said ? w->key : NULL;
    const char *values[N_WORKLOAD_KEYS] = {
        ours ? key : said,
        id ? NULL : key,
        w && w->key ? workload_class_to_string(w->class) : NULL,
    };

    for (size_t i = 0; i < N_WORKLOAD_KEYS; i++) {
        char *name = (id ? xasprintf("%s.%s", workload_keys[i], id)
                      : xstrdup(workload_keys[i]));

        if (!nullable_string_is_equal(smap_get(ids, name), values[i])) {
            set_interface_key(row, name, values[i]);
        }
        free(name);
    }
}

/* If 'key' is 'name' followed by an endpoint's ID, returns that, otherwise
 * null. */
static const char *
skip_name(const char *key, const char *name)
{
    size_t len = strlen(name);

    return !strncmp(key, name, len) && key[len] == '.' ? key + len + 1 : NULL;
}

/* If 'key' is one that we publish for an endpoint, returns that endpoint's ID,
 * otherwise null. */
static const char *
get_endpoint_id(const char *key)
{
    const char *id = NULL;

    for (size_t i = 0; i < N_INTERFACE_KEYS && !id; i++) {
        id = skip_name(key, interface_keys[i]);
    }
    for (size_t i = 0; i < N_WORKLOAD_KEYS && !id; i++) {
        id = skip_name(key, workload_keys[i]);
    }
    return id;
}

/* Removes from 'row' what stands there for endpoints that it has no more. */
static void
remove_stale_endpoints(const struct ovsrec_interface *row,
                       const struct topology *t)
{
    const struct smap_node *node;

    SMAP_FOR_EACH (node, &row->external_ids) {
        const char *id = get_endpoint_id(node->key);
        char *name;

        if (!id) {
            continue;
        }
        name = xasprintf("%s/%s", row->name, id);
        if (!t || !topology_find_port(t, name)) {
            set_interface_key(row, node->key, NULL);
        }
        free(name);
    }
}

/* Returns what should be published of 'port', on which the verdict is 'v', and
 * whose workload is 'w'. */
static struct publication
get_publication(const struct port *port, const struct verdict *v,
                const struct port_workload *w)
{
    if (!port->is_container || !port->bridge->wanted) {
        return (struct publication) { .any = false };
    }
    return (struct publication) {
        .any = true,
        .restoring = v->restoring,
        .class = v->footprint.class,
        .role = v->footprint.role,
        .kind = v->kind,
        .n_elephants = v->footprint.n_elephants,
        .zone = port->zone,
        .offload = port_get_policy(port)->offload,
        .since = v->footprint.since,
        .workload = w && w->key ? hash_string(w->key, w->said) : 0,
        .workload_class = w ? w->class : WORKLOAD_UNKNOWN,
    };
}

static bool
publication_equals(const struct publication *a,
                   const struct publication *b)
{
    return (a->any == b->any
            && a->restoring == b->restoring
            && a->class == b->class
            && a->role == b->role
            && a->kind == b->kind
            && a->n_elephants == b->n_elephants
            && a->zone == b->zone
            && a->offload == b->offload
            && a->since == b->since
            && a->workload == b->workload
            && a->workload_class == b->workload_class);
}

/* Returns what was last written of 'port', which at first is nothing. */
static struct written *
get_written(struct external_ids *p, const struct port *port)
{
    uint32_t hash = uuid_hash(&port->uuid);
    struct written *w;

    if (port->endpoint_id) {
        hash = hash_string(port->endpoint_id, hash);
    }
    HMAP_FOR_EACH_WITH_HASH (w, node, hash, &p->written) {
        if (uuid_equals(&w->row, &port->uuid)
            && nullable_string_is_equal(w->endpoint_id, port->endpoint_id)) {
            return w;
        }
    }
    w = xzalloc(sizeof *w);
    w->row = port->uuid;
    w->endpoint_id = nullable_xstrdup(port->endpoint_id);
    hmap_insert(&p->written, &w->node, hash);
    return w;
}

/* Forgets what was written of ports that are no more. */
static void
sweep_written(struct external_ids *p, const struct topology *t)
{
    const struct port *port;
    struct written *w;

    if (hmap_count(&p->written) <= hmap_count(topology_get_ports(t))) {
        return;
    }
    HMAP_FOR_EACH (w, node, &p->written) {
        w->seen = false;
    }
    HMAP_FOR_EACH (port, name_node, topology_get_ports(t)) {
        get_written(p, port)->seen = true;
    }
    HMAP_FOR_EACH_SAFE (w, node, &p->written) {
        if (!w->seen) {
            forget(p, w);
        }
    }
}

/* What one run needs all the way down. */
struct sync {
    struct external_ids *p;
    const struct external_ids_inputs *in;
    bool counters;              /* May counters be written? */
};

static void
sync_port(const struct sync *sync, const struct ovsrec_interface *row,
          const struct port *port)
{
    const struct verdict *v = judge_get_verdict(sync->in->judge, port);
    const struct port_workload *workload
        = learner_get_workload(sync->in->learner, port);
    struct written *w = get_written(sync->p, port);

    w->version = port->version;
    w->publication = get_publication(port, v, workload);
    w->pending = sync_keys(row, port, v, sync->counters);
    sync_workload(row, port->endpoint_id,
                  port->bridge->wanted ? workload : NULL);
    sync->p->counters_pending |= w->pending;
}

/* Compares all Interfaces, those that are no ports any more included. */
static void
sync_all_interfaces(const struct sync *sync)
{
    const struct topology *t = sync->in->topology;
    const struct ovsrec_interface *row;

    OVSREC_INTERFACE_FOR_EACH (row, sync->in->idl) {
        const struct port *port = topology_find_port(t, row->name);
        const struct port *child;

        remove_stale_endpoints(row, t);
        if (!port) {
            sync_keys(row, NULL, NULL, true);
            sync_workload(row, NULL, NULL);
            continue;
        }
        sync_port(sync, row, port);
        LIST_FOR_EACH (child, sibling_node, &port->children) {
            sync_port(sync, row, child);
        }
    }
}

/* Does the row of 'port' say what was last published of it, and is that what
 * should be? */
static bool
is_published(const struct sync *sync, const struct port *port)
{
    const struct publication wanted
        = get_publication(port, judge_get_verdict(sync->in->judge, port),
                          learner_get_workload(sync->in->learner, port));
    struct written *w = get_written(sync->p, port);

    return (w->version == port->version && !w->pending
            && publication_equals(&wanted, &w->publication));
}

/* Compares the Interface of 'port', unless that is what was last published of
 * it, and its row has not changed since. */
static void
sync_interface(const struct sync *sync, const struct port *port)
{
    const struct ovsrec_interface *row;

    if (is_published(sync, port)) {
        return;
    }
    row = ovsrec_interface_get_for_uuid(sync->in->idl, &port->uuid);
    if (row) {
        if (!port->endpoint_id) {
            remove_stale_endpoints(row, sync->in->topology);
        }
        sync_port(sync, row, port);
    }
}

/* Compares the Interfaces of all ports. */
static void
sync_ports(const struct sync *sync)
{
    const struct port *port;

    HMAP_FOR_EACH (port, name_node, topology_get_ports(sync->in->topology)) {
        sync_interface(sync, port);
    }
}

/* Compares the Interfaces of ports that have changed since the last run. */
static void
sync_changed_ports(const struct sync *sync)
{
    const struct judge *judge = sync->in->judge;
    const struct verdict *v = NULL;

    while ((v = judge_get_changed(judge, sync->p->judge_seq, v)) != NULL) {
        sync_interface(sync, v->evidence.port);
    }
}

/* Compares what may differ from what should be published. */
static void
sync_interfaces(const struct sync *sync, bool all)
{
    struct external_ids *p = sync->p;

    if (p->invalidated || all) {
        p->counters_pending = false;
    }
    if (p->invalidated) {
        sync_all_interfaces(sync);
    } else if (all) {
        sync_ports(sync);
    } else {
        sync_changed_ports(sync);
    }
    p->invalidated = false;
    p->judge_seq = judge_get_seq(sync->in->judge);
    sweep_written(p, sync->in->topology);
}

/* 'value' is null if the node should have none. */
static bool
sync_node_key(const struct ovsrec_open_vswitch *row, const char *key,
              const char *value, bool write)
{
    if (!nullable_string_is_equal(smap_get(&row->external_ids, key), value)) {
        if (!write) {
            return true;
        }
        set_node_key(row, key, value);
    }
    return false;
}

/* Nothing is said of a node that serves no bridge. */
static void
sync_node(struct external_ids *p, const struct ovsrec_open_vswitch *row,
          const struct external_ids_node *node, bool counters)
{
    bool serves = node->n_bridges > 0;
    char *elephants = serves ? xasprintf("%u", node->n_elephants) : NULL;
    char *heavy = serves ? xasprintf("%u", node->n_heavy) : NULL;
    const char *old_heavy = smap_get(&row->external_ids, FP_KEY_NODE_HEAVY);
    bool heavy_changed = !nullable_string_is_equal(old_heavy, heavy);
    bool restoring = serves && node->restoring && !heavy_changed
                    && smap_get(&row->external_ids, FP_KEY_NODE_ELEPHANTS);

    sync_node_key(row, FP_KEY_DETECTOR_IN_USE, serves ? node->detector : NULL,
                  true);
    sync_node_key(row, FP_KEY_NODE_HEAVY, heavy, true);
    if (!restoring && sync_node_key(row, FP_KEY_NODE_ELEPHANTS, elephants,
                                    counters || heavy_changed)) {
        p->counters_pending = true;
    }
    free(elephants);
    free(heavy);
}

void
external_ids_run(struct external_ids *p, struct ovsdb_idl_txn *txn,
                 const struct external_ids_inputs *in, long long int now)
{
    const struct ovsrec_open_vswitch *cfg = ovsrec_open_vswitch_first(in->idl);
    const struct sync sync = {
        .p = p, .in = in, .counters = now >= p->counters_due,
    };

    if (!txn || !cfg) {
        return;
    }
    sync_interfaces(&sync, in->all || external_ids_is_due(p, now));
    sync_node(p, cfg, &in->node, sync.counters);
    if (sync.counters) {
        p->counters_due = now + EXTERNAL_IDS_COUNTER_MSEC;
    }
}

bool
external_ids_is_due(const struct external_ids *p, long long int now)
{
    return p->counters_pending && now >= p->counters_due;
}

void
external_ids_wait(const struct external_ids *p)
{
    if (p->counters_pending) {
        poll_timer_wait_until(p->counters_due);
    }
}

/* Was any of the keys of 'row' written by us? */
static bool
has_key_of_ours(const struct ovsrec_interface *row)
{
    const struct smap *ids = &row->external_ids;
    const struct smap_node *node;
    bool any = (smap_get(ids, FP_KEY_WORKLOAD_DERIVED)
                || smap_get(ids, FP_KEY_WORKLOAD_CLASS));

    for (size_t i = 0; i < N_INTERFACE_KEYS && !any; i++) {
        any = smap_get(ids, interface_keys[i]) != NULL;
    }
    SMAP_FOR_EACH (node, ids) {
        any |= get_endpoint_id(node->key) != NULL;
    }
    return any;
}

size_t
external_ids_clear(const struct ovsdb_idl *idl, struct ovsdb_idl_txn *txn)
{
    static const char *const node_keys[] = {
        FP_KEY_NODE_ELEPHANTS, FP_KEY_NODE_HEAVY, FP_KEY_DETECTOR_IN_USE,
    };
    const struct ovsrec_open_vswitch *cfg = ovsrec_open_vswitch_first(idl);
    const struct ovsrec_interface *row;
    size_t n_rows = 0;
    bool any = false;

    if (!txn || !cfg) {
        return 0;
    }
    OVSREC_INTERFACE_FOR_EACH (row, idl) {
        n_rows += has_key_of_ours(row);
        sync_keys(row, NULL, NULL, true);
        sync_workload(row, NULL, NULL);
        remove_stale_endpoints(row, NULL);
    }
    for (size_t i = 0; i < ARRAY_SIZE(node_keys); i++) {
        any |= smap_get(&cfg->external_ids, node_keys[i]) != NULL;
        sync_node_key(cfg, node_keys[i], NULL, true);
    }
    return n_rows + any;
}
