/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "evidence/ovs-counters.h"

#include <stdlib.h>
#include <string.h>

#include "evidence/byte-counters.h"
#include "hash.h"
#include "openvswitch/hmap.h"
#include "openvswitch/poll-loop.h"
#include "ovsdb-idl.h"
#include "util.h"
#include "vswitch-idl.h"

/* ovs-vswitchd's default, which is also its minimum. */
#define DEFAULT_INTERVAL 5000

/* So many names are worth the statistics of Interfaces that nobody asked
 * for. */
#define MANY 64

/* An Interface that is watched. */
struct ovs_counter {
    struct hmap_node node;      /* In the counters', by 'name'. */
    char *name;
    struct byte_counters value;
    bool known;                 /* Is there such a value? */
};

struct ovs_counters {
    char *remote;
    struct hmap all;            /* Contains "struct ovs_counter"s. */
    struct ovsdb_idl *idl;      /* Null if 'all' is empty. */
    struct ovsdb_idl_index *by_name; /* Of the Interfaces in 'idl'. */
    bool names_changed;         /* Since the server was told of them? */
    bool replicates_all;        /* Does 'idl' replicate all Interfaces? */
    unsigned int seqno;         /* Of 'idl', when last looked at. */
    size_t n_rows;              /* Interfaces in the replica then. */
};

struct ovs_counters *
ovs_counters_create(const char *remote)
{
    struct ovs_counters *oc = xzalloc(sizeof *oc);

    oc->remote = xstrdup(remote);
    hmap_init(&oc->all);
    return oc;
}

void
ovs_counters_destroy(struct ovs_counters *oc)
{
    struct ovs_counter *c;

    if (oc) {
        HMAP_FOR_EACH_SAFE (c, node, &oc->all) {
            ovs_counters_remove(oc, c);
        }
        hmap_destroy(&oc->all);
        ovsdb_idl_destroy(oc->idl);
        free(oc->remote);
        free(oc);
    }
}

static struct ovs_counter *
find_counter(const struct ovs_counters *oc, const char *name)
{
    struct ovs_counter *c;

    HMAP_FOR_EACH_WITH_HASH (c, node, hash_string(name, 0), &oc->all) {
        if (!strcmp(c->name, name)) {
            return c;
        }
    }
    return NULL;
}

/* Returns false if 'row' does not say. */
static bool
get_statistic(const struct ovsrec_interface *row, const char *key,
              uint64_t *value)
{
    for (size_t i = 0; i < row->n_statistics; i++) {
        if (!strcmp(row->key_statistics[i], key)) {
            *value = row->value_statistics[i];
            return row->value_statistics[i] >= 0;
        }
    }
    return false;
}

/* The row's counters are the switch's: it receives what is sent. */
static void
read_row(struct ovs_counter *c, const struct ovsrec_interface *row)
{
    c->known = (get_statistic(row, "rx_bytes", &c->value.sent)
                && get_statistic(row, "tx_bytes", &c->value.received));
}

static const struct ovsrec_interface *
find_row(const struct ovs_counters *oc, const char *name)
{
    struct ovsrec_interface *target
        = ovsrec_interface_index_init_row(oc->by_name);
    const struct ovsrec_interface *row;

    ovsrec_interface_index_set_name(target, name);
    row = ovsrec_interface_index_find(oc->by_name, target);
    ovsrec_interface_index_destroy_row(target);
    return row;
}

struct ovs_counter *
ovs_counters_add(struct ovs_counters *oc, const char *name)
{
    struct ovs_counter *c = xzalloc(sizeof *c);
    const struct ovsrec_interface *row = oc->idl ? find_row(oc, name) : NULL;

    c->name = xstrdup(name);
    hmap_insert(&oc->all, &c->node, hash_string(name, 0));
    oc->names_changed = true;
    if (row) {
        read_row(c, row);
    }
    return c;
}

void
ovs_counters_remove(struct ovs_counters *oc, struct ovs_counter *c)
{
    hmap_remove(&oc->all, &c->node);
    free(c->name);
    free(c);
    oc->names_changed = true;
}

static void
connect_idl(struct ovs_counters *oc)
{
    struct ovsdb_idl *idl = ovsdb_idl_create(oc->remote, &ovsrec_idl_class,
                                             false, true);

    ovsdb_idl_add_table(idl, &ovsrec_table_open_vswitch);
    ovsdb_idl_add_column(idl, &ovsrec_open_vswitch_col_other_config);
    ovsdb_idl_add_table(idl, &ovsrec_table_interface);
    ovsdb_idl_add_column(idl, &ovsrec_interface_col_name);
    ovsdb_idl_add_column(idl, &ovsrec_interface_col_statistics);
    ovsdb_idl_track_add_column(idl, &ovsrec_interface_col_name);
    ovsdb_idl_track_add_column(idl, &ovsrec_interface_col_statistics);
    oc->by_name = ovsdb_idl_index_create1(idl, &ovsrec_interface_col_name);
    oc->idl = idl;
    oc->replicates_all = false;
    oc->n_rows = 0;
    oc->seqno = ovsdb_idl_get_seqno(idl);
}

/* Has the server send the statistics of the Interfaces in 'oc->all', or of all
 * there are.  To name each takes as long as there are names, on either side,
 * each time that one comes or goes. */
static void
set_condition(struct ovs_counters *oc, bool replicate_all)
{
    struct ovsdb_idl_condition condition;
    const struct ovs_counter *c;

    if (replicate_all && oc->replicates_all) {
        return;
    }
    oc->replicates_all = replicate_all;
    ovsdb_idl_condition_init(&condition);
    if (replicate_all) {
        ovsdb_idl_condition_add_clause_true(&condition);
    } else {
        HMAP_FOR_EACH (c, node, &oc->all) {
            ovsrec_interface_add_clause_name(&condition, OVSDB_F_EQ, c->name);
        }
    }
    ovsrec_interface_set_condition(oc->idl, &condition);
    ovsdb_idl_condition_destroy(&condition);
}

/* Asks the server for the statistics of the Interfaces that are watched. */
static void
ask(struct ovs_counters *oc, size_t n_interfaces)
{
    size_t n = hmap_count(&oc->all);

    if (!n) {
        ovsdb_idl_destroy(oc->idl);
        oc->idl = NULL;
        return;
    }
    if (!oc->idl) {
        connect_idl(oc);
    }
    set_condition(oc, n >= MANY && n > n_interfaces / 2);
}

/* Takes what the rows say that have changed. */
static void
read_changes(struct ovs_counters *oc)
{
    const struct ovsrec_interface *row;
    struct ovs_counter *c;

    /* An Interface that was deleted may have been added again. */
    OVSREC_INTERFACE_FOR_EACH_TRACKED (row, oc->idl) {
        c = ovsrec_interface_is_deleted(row) ? find_counter(oc, row->name)
            : NULL;
        if (c) {
            c->known = false;
        }
    }
    OVSREC_INTERFACE_FOR_EACH_TRACKED (row, oc->idl) {
        c = ovsrec_interface_is_deleted(row) ? NULL
            : find_counter(oc, row->name);
        if (c) {
            read_row(c, row);
        }
    }
}

/* Takes what all rows say. */
static void
read_all(struct ovs_counters *oc)
{
    const struct ovsrec_interface *row;
    struct ovs_counter *c;

    HMAP_FOR_EACH (c, node, &oc->all) {
        c->known = false;
    }
    OVSREC_INTERFACE_FOR_EACH (row, oc->idl) {
        c = find_counter(oc, row->name);
        if (c) {
            read_row(c, row);
        }
    }
}

/* Returns how many Interfaces are in the replica. */
static size_t
count_rows(const struct ovs_counters *oc)
{
    const struct ovsrec_interface *row;
    size_t n = 0;

    OVSREC_INTERFACE_FOR_EACH (row, oc->idl) {
        n++;
    }
    return n;
}

/* Returns how many there should be, by those that have come and gone. */
static size_t
expect_rows(const struct ovs_counters *oc)
{
    const struct ovsrec_interface *row;
    size_t n = oc->n_rows;

    OVSREC_INTERFACE_FOR_EACH_TRACKED (row, oc->idl) {
        if (ovsrec_interface_is_deleted(row)) {
            n--;
        } else if (ovsrec_interface_is_new(row)) {
            n++;
        }
    }
    return n;
}

/* Takes what the server has sent.  When it has sent all anew, as after a new
 * connection or another schema, rows may be gone that are not among those that
 * have changed, and all that are left are new. */
static void
read_replica(struct ovs_counters *oc)
{
    size_t n_rows;

    if (ovsdb_idl_get_seqno(oc->idl) == oc->seqno) {
        return;
    }
    oc->seqno = ovsdb_idl_get_seqno(oc->idl);
    n_rows = count_rows(oc);
    if (n_rows == expect_rows(oc)) {
        read_changes(oc);
    } else {
        read_all(oc);
    }
    oc->n_rows = n_rows;
    ovsdb_idl_track_clear(oc->idl);
}

void
ovs_counters_run(struct ovs_counters *oc, size_t n_interfaces)
{
    if (oc->names_changed) {
        oc->names_changed = false;
        ask(oc, n_interfaces);
    }
    if (oc->idl) {
        ovsdb_idl_run(oc->idl);
        read_replica(oc);
    }
}

void
ovs_counters_wait(const struct ovs_counters *oc)
{
    if (oc->names_changed) {
        poll_immediate_wake();
    }
    if (oc->idl) {
        ovsdb_idl_wait(oc->idl);
    }
}

bool
ovs_counter_get(const struct ovs_counter *c, struct byte_counters *counters)
{
    *counters = c->value;
    return c->known;
}

long long int
ovs_counters_get_interval(const struct ovs_counters *oc)
{
    const struct ovsrec_open_vswitch *cfg
        = oc->idl ? ovsrec_open_vswitch_first(oc->idl) : NULL;

    return MAX(DEFAULT_INTERVAL,
               cfg ? smap_get_int(&cfg->other_config,
                                  "stats-update-interval", 0) : 0);
}
