/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "zones/foreign-zones.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bitmap.h"
#include "conntrack/ct-dump.h"
#include "conntrack/ct-mark.h"
#include "conntrack/ct-zone.h"
#include "coverage.h"
#include "openvswitch/meta-flow.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofp-group.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "pipeline/flow-table.h"
#include "pipeline/of-switch.h"
#include "pipeline/pipeline.h"
#include "sset.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(foreign_zones);

COVERAGE_DEFINE(foreign_zones_bridge_read);
COVERAGE_DEFINE(foreign_zones_conntrack_read);

/* What was read is not read again for this many milliseconds. */
#define REFRESH_MSEC 60000

/* How many milliseconds to wait for a bridge that does not answer.  After
 * that, containers get zones although those in its flows are not known. */
#define PATIENCE_MSEC 5000

/* Pieces of a dump, some hundred entries each, that are taken at a time. */
#define STEPS_PER_RUN 10

/* One bridge, and the zones that its flows name. */
struct scan {
    char *name;
    struct of_switch *sw;       /* Null when it was read. */
    long long int deadline;     /* When to give up, if 'sw'; 0: not set yet. */
    unsigned long *zones;       /* As last read. */
    unsigned long *new_zones;   /* As far as read now, if 'sw'. */
    bool ours;                  /* Were there flows of ours when last read? */
    bool new_ours;              /* Are there, as far as read now, if 'sw'? */
    bool was_read;              /* Was it ever read to its end? */
};

struct foreign_zones {
    struct shash scans;         /* Contains "struct scan"s, by name. */
    unsigned long *ours;        /* Zones that flows of ours ever named. */
    bool has_bridges;           /* Was foreign_zones_set_bridges() called? */

    struct ct_dump *dump;       /* Null if there is no way to have one. */
    bool dumping;               /* Is a dump under way? */
    bool dumped;                /* Was there any complete dump? */
    unsigned long *entries;     /* Zones that may have entries. */
    unsigned long *foreign;     /* Zones that have entries of others. */
    unsigned long *new_entries; /* As 'entries', as far as read now. */
    unsigned long *new_foreign; /* As 'foreign', as far as read now. */

    long long int refreshed;    /* When reading last began; LLONG_MIN:
                                 * never. */
    uint64_t seq;               /* Raised when what is known has changed. */
};

/* Not a warning: only a precaution is lost, and what prevents the reading also
 * prevents the detector from working, which causes a warning. */
static void
log_unreadable(int error)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 1);

    VLOG_INFO_RL(&rl, "conntrack's table cannot be read (%s): zones that "
                 "others use are known only where flows name them",
                 ovs_strerror(error));
}

struct foreign_zones *
foreign_zones_create(void)
{
    struct foreign_zones *fz = xzalloc(sizeof *fz);
    int error = ct_dump_open(&fz->dump);

    if (error) {
        log_unreadable(error);
    }
    shash_init(&fz->scans);
    fz->ours = bitmap_allocate(CT_N_ZONES);
    fz->entries = bitmap_allocate1(CT_N_ZONES);
    fz->foreign = bitmap_allocate(CT_N_ZONES);
    fz->new_entries = bitmap_allocate(CT_N_ZONES);
    fz->new_foreign = bitmap_allocate(CT_N_ZONES);
    fz->refreshed = LLONG_MIN;
    fz->seq = 1;
    return fz;
}

static void
scan_destroy(struct scan *scan)
{
    of_switch_destroy(scan->sw);
    bitmap_free(scan->zones);
    bitmap_free(scan->new_zones);
    free(scan->name);
    free(scan);
}

void
foreign_zones_destroy(struct foreign_zones *fz)
{
    struct shash_node *node;

    if (!fz) {
        return;
    }
    SHASH_FOR_EACH_SAFE (node, &fz->scans) {
        scan_destroy(node->data);
        shash_delete(&fz->scans, node);
    }
    shash_destroy(&fz->scans);
    ct_dump_close(fz->dump);
    bitmap_free(fz->ours);
    bitmap_free(fz->entries);
    bitmap_free(fz->foreign);
    bitmap_free(fz->new_entries);
    bitmap_free(fz->new_foreign);
    free(fz);
}

/* Bridges. */

static void
scan_start(struct scan *scan)
{
    if (!scan->sw) {
        scan->sw = of_switch_create(scan->name);
        scan->deadline = 0;
        bitmap_set_multiple(scan->new_zones, 0, CT_N_ZONES, false);
        scan->new_ours = false;
    }
}

void
foreign_zones_set_bridges(struct foreign_zones *fz, const struct sset *bridges)
{
    struct shash_node *node;
    const char *name;

    fz->has_bridges = true;
    SHASH_FOR_EACH_SAFE (node, &fz->scans) {
        if (!sset_contains(bridges, node->name)) {
            scan_destroy(node->data);
            shash_delete(&fz->scans, node);
            fz->seq++;
        }
    }
    SSET_FOR_EACH (name, bridges) {
        if (!shash_find(&fz->scans, name)) {
            struct scan *scan = xzalloc(sizeof *scan);

            scan->name = xstrdup(name);
            scan->zones = bitmap_allocate(CT_N_ZONES);
            scan->new_zones = bitmap_allocate(CT_N_ZONES);
            shash_add(&fz->scans, name, scan);
            scan_start(scan);
        }
    }
}

/* Adds the zones that 'ofpacts' name, at any depth, to 'zones'. */
static void
collect_zones(const struct ofpact *ofpacts, size_t len, unsigned long *zones)
{
    const struct ofpact *a;

    OFPACT_FOR_EACH_FLATTENED (a, ofpacts, len) {
        const struct ofpact_conntrack *ct;

        if (a->type != OFPACT_CT) {
            continue;
        }
        ct = ofpact_get_CT(a);
        if (!ct->zone_src.field) {
            bitmap_set1(zones, ct->zone_imm);
        }
    }
}

/* A scan that runs, and whether it is over. */
struct scan_aux {
    struct foreign_zones *fz;
    struct scan *scan;
    bool done;
};

static void
handle_switch(const struct of_switch_event *event, void *aux_)
{
    struct scan_aux *aux = aux_;
    unsigned long *zones = aux->scan->new_zones;
    const struct ofputil_bucket *bucket;

    switch (event->type) {
    case OF_SWITCH_CONNECTED:
    case OF_SWITCH_LOST:
        bitmap_set_multiple(zones, 0, CT_N_ZONES, false);
        aux->scan->new_ours = false;
        of_switch_list(aux->scan->sw);
        break;

    case OF_SWITCH_FLOW:
        if (pipeline_owns_cookie(event->flow->cookie)) {
            aux->scan->new_ours = true;
            collect_zones(event->flow->ofpacts, event->flow->ofpacts_len,
                          aux->fz->ours);
        } else {
            collect_zones(event->flow->ofpacts, event->flow->ofpacts_len,
                          zones);
        }
        break;

    case OF_SWITCH_GROUP:
        LIST_FOR_EACH (bucket, list_node, &event->group->buckets) {
            collect_zones(bucket->ofpacts, bucket->ofpacts_len, zones);
        }
        break;

    case OF_SWITCH_LISTED:
        aux->scan->was_read = true;
        aux->done = true;
        break;

    case OF_SWITCH_FAILED:
        aux->done = true;
        break;

    case OF_SWITCH_FLOW_REMOVED:
    case OF_SWITCH_COMMITTED:
    case OF_SWITCH_DISCONNECTED:
    default:
        break;
    }
}

static void
scan_run(struct foreign_zones *fz, struct scan *scan, long long int now)
{
    struct scan_aux aux = { fz, scan, false };

    if (!scan->deadline) {
        scan->deadline = now + PATIENCE_MSEC;
    }
    of_switch_run(scan->sw, handle_switch, &aux);
    if (aux.done || now >= scan->deadline) {
        of_switch_destroy(scan->sw);
        scan->sw = NULL;
    }
    if (aux.done) {
        COVERAGE_INC(foreign_zones_bridge_read);
        if (!bitmap_equal(scan->zones, scan->new_zones, CT_N_ZONES)) {
            unsigned long *old = scan->zones;

            scan->zones = scan->new_zones;
            scan->new_zones = old;
            fz->seq++;
        }
        if (scan->ours != scan->new_ours) {
            scan->ours = scan->new_ours;
            fz->seq++;
        }
    }
}

/* Conntrack. */

void
foreign_zones_read_conntrack(struct foreign_zones *fz)
{
    if (fz->dump && !fz->dumping && !ct_dump_start(fz->dump, -1)) {
        bitmap_set_multiple(fz->new_entries, 0, CT_N_ZONES, false);
        bitmap_set_multiple(fz->new_foreign, 0, CT_N_ZONES, false);
        fz->dumping = true;
    }
}

static void
handle_entry(const struct ct_message *m, long long int when OVS_UNUSED,
             void *fz_)
{
    struct foreign_zones *fz = fz_;
    struct ct_flow flow;

    bitmap_set1(fz->new_entries, m->zone);
    if (m->zone && !bitmap_is_set(fz->new_foreign, m->zone)
        && ct_message_get_flow(m, &flow) && !ct_mark_is_ours(flow.mark)) {
        bitmap_set1(fz->new_foreign, m->zone);
    }
}

static void
end_dump(struct foreign_zones *fz)
{
    COVERAGE_INC(foreign_zones_conntrack_read);
    fz->dumping = false;
    fz->dumped = true;
    if (!bitmap_equal(fz->foreign, fz->new_foreign, CT_N_ZONES)) {
        fz->seq++;
    }
    memcpy(fz->entries, fz->new_entries, bitmap_n_bytes(CT_N_ZONES));
    memcpy(fz->foreign, fz->new_foreign, bitmap_n_bytes(CT_N_ZONES));
}

static void
run_dump(struct foreign_zones *fz)
{
    int error = (fz->dumping
                 ? ct_dump_run(fz->dump, STEPS_PER_RUN, handle_entry, fz)
                 : 0);

    if (error == EOF) {
        end_dump(fz);
    } else if (error) {
        log_unreadable(error);
        fz->dumping = false;
    }
}

bool
foreign_zones_is_reading(const struct foreign_zones *fz)
{
    return fz->dumping;
}

bool
foreign_zones_has_read(const struct foreign_zones *fz)
{
    return fz->dumped;
}

/* Bridges and conntrack. */

void
foreign_zones_refresh(struct foreign_zones *fz, long long int now)
{
    struct shash_node *node;

    if (fz->refreshed != LLONG_MIN && now < fz->refreshed + REFRESH_MSEC) {
        return;
    }
    fz->refreshed = now;
    foreign_zones_read_conntrack(fz);
    SHASH_FOR_EACH (node, &fz->scans) {
        scan_start(node->data);
    }
}

void
foreign_zones_run(struct foreign_zones *fz, long long int now)
{
    struct shash_node *node;

    if (fz->refreshed == LLONG_MIN) {
        foreign_zones_refresh(fz, now);
    }
    run_dump(fz);
    SHASH_FOR_EACH (node, &fz->scans) {
        struct scan *scan = node->data;

        if (scan->sw) {
            scan_run(fz, scan, now);
        }
    }
}

void
foreign_zones_wait(struct foreign_zones *fz)
{
    struct shash_node *node;

    if (fz->refreshed == LLONG_MIN) {
        poll_immediate_wake();
    }
    if (fz->dumping) {
        ct_dump_wait(fz->dump);
    }
    SHASH_FOR_EACH (node, &fz->scans) {
        struct scan *scan = node->data;

        if (scan->sw) {
            of_switch_wait(scan->sw);
            poll_timer_wait_until(scan->deadline);
        }
    }
}

bool
foreign_zones_is_ready(const struct foreign_zones *fz, long long int now)
{
    struct shash_node *node;

    if (fz->refreshed == LLONG_MIN || !fz->has_bridges) {
        return false;
    }
    if (now >= fz->refreshed + PATIENCE_MSEC) {
        return true;
    }
    SHASH_FOR_EACH (node, &fz->scans) {
        const struct scan *scan = node->data;

        if (scan->sw) {
            return false;
        }
    }
    return !fz->dumping || fz->dumped;
}

uint64_t
foreign_zones_get_seq(const struct foreign_zones *fz)
{
    return fz->seq;
}

void
foreign_zones_add_in_flows(const struct foreign_zones *fz, unsigned long *ids)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &fz->scans) {
        const struct scan *scan = node->data;

        bitmap_or(ids, scan->zones, CT_N_ZONES);
    }
}

bool
foreign_zones_has_our_flows(const struct foreign_zones *fz, const char *bridge)
{
    const struct scan *scan = shash_find_data(&fz->scans, bridge);

    return scan && scan->ours;
}

void
foreign_zones_get_unread(const struct foreign_zones *fz, struct sset *bridges)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &fz->scans) {
        const struct scan *scan = node->data;

        if (!scan->was_read) {
            sset_add(bridges, node->name);
        }
    }
}

bool
foreign_zones_was_in_our_flows(const struct foreign_zones *fz, uint16_t zone)
{
    return bitmap_is_set(fz->ours, zone);
}

void
foreign_zones_note_no_flows(struct foreign_zones *fz, const char *bridge)
{
    struct scan *scan = shash_find_data(&fz->scans, bridge);

    if (scan) {
        scan->ours = false;
    }
}

const unsigned long *
foreign_zones_in_conntrack(const struct foreign_zones *fz)
{
    return fz->foreign;
}

bool
foreign_zones_may_have_entries(const struct foreign_zones *fz, uint16_t zone)
{
    return bitmap_is_set(fz->entries, zone);
}

void
foreign_zones_note_entries(struct foreign_zones *fz, uint16_t zone, bool any)
{
    bitmap_set(fz->entries, zone, any);
    if (any) {
        /* A dump that is under way may already have passed these entries. */
        bitmap_set1(fz->new_entries, zone);
    }
}
