/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "evidence/ovs-counters.h"

#include <string.h>

#include "evidence/byte-counters.h"
#include "openvswitch/shash.h"
#include "ovsdb-idl.h"
#include "sset.h"
#include "util.h"
#include "vswitch-idl.h"

/* ovs-vswitchd's default, which is also its minimum. */
#define DEFAULT_INTERVAL 5000

/* So many names are worth the statistics of Interfaces that nobody asked
 * for. */
#define MANY 64

struct ovs_counters {
    char *remote;
    struct sset names;          /* Interfaces to watch. */
    struct ovsdb_idl *idl;      /* Null if 'names' is empty. */
    struct shash rows;          /* Contains "struct ovsrec_interface"s of
                                 * 'idl', by name, as of 'seqno'. */
    unsigned int seqno;
    bool all;                   /* Does 'idl' replicate all Interfaces? */
};

struct ovs_counters *
ovs_counters_create(const char *remote)
{
    struct ovs_counters *oc = xzalloc(sizeof *oc);

    oc->remote = xstrdup(remote);
    sset_init(&oc->names);
    shash_init(&oc->rows);
    return oc;
}

void
ovs_counters_destroy(struct ovs_counters *oc)
{
    if (oc) {
        ovsdb_idl_destroy(oc->idl);
        sset_destroy(&oc->names);
        shash_destroy(&oc->rows);
        free(oc->remote);
        free(oc);
    }
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
    oc->idl = idl;
    oc->all = false;
    oc->seqno = ovsdb_idl_get_seqno(idl);
}

/* Has the server send the statistics of the Interfaces in 'oc->names', or of
 * 'all'.  To name each takes as long as there are names, on either side, each
 * time that one comes or goes. */
static void
set_condition(struct ovs_counters *oc, bool all)
{
    struct ovsdb_idl_condition condition;
    const char *name;

    if (all && oc->all) {
        return;
    }
    oc->all = all;
    ovsdb_idl_condition_init(&condition);
    if (all) {
        ovsdb_idl_condition_add_clause_true(&condition);
    } else {
        SSET_FOR_EACH (name, &oc->names) {
            ovsrec_interface_add_clause_name(&condition, OVSDB_F_EQ, name);
        }
    }
    ovsrec_interface_set_condition(oc->idl, &condition);
    ovsdb_idl_condition_destroy(&condition);
}

void
ovs_counters_watch(struct ovs_counters *oc, const struct sset *names,
                   size_t n_interfaces)
{
    size_t n = sset_count(names);

    if (sset_equals(&oc->names, names)) {
        return;
    }
    sset_destroy(&oc->names);
    sset_clone(&oc->names, names);
    if (sset_is_empty(names)) {
        ovsdb_idl_destroy(oc->idl);
        oc->idl = NULL;
        shash_clear(&oc->rows);
        return;
    }
    if (!oc->idl) {
        connect_idl(oc);
    }
    set_condition(oc, n >= MANY && n > n_interfaces / 2);
}

void
ovs_counters_run(struct ovs_counters *oc)
{
    const struct ovsrec_interface *row;

    if (!oc->idl) {
        return;
    }
    ovsdb_idl_run(oc->idl);
    if (ovsdb_idl_get_seqno(oc->idl) == oc->seqno) {
        return;
    }
    oc->seqno = ovsdb_idl_get_seqno(oc->idl);
    shash_clear(&oc->rows);
    OVSREC_INTERFACE_FOR_EACH (row, oc->idl) {
        shash_add(&oc->rows, row->name, row);
    }
}

void
ovs_counters_wait(const struct ovs_counters *oc)
{
    if (oc->idl) {
        ovsdb_idl_wait(oc->idl);
    }
}

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

bool
ovs_counters_get(const struct ovs_counters *oc, const char *name,
                 struct byte_counters *counters)
{
    const struct ovsrec_interface *row = (sset_contains(&oc->names, name)
                                          ? shash_find_data(&oc->rows, name)
                                          : NULL);

    /* The counters are the switch's: it receives what is sent. */
    return (row && get_statistic(row, "rx_bytes", &counters->sent)
            && get_statistic(row, "tx_bytes", &counters->received));
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
