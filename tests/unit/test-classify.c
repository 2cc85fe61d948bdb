/* SPDX-License-Identifier: Apache-2.0 */

/* The BPF programs of bpf/elephant.bpf.c, compiled for user space and run by
 * threads in place of processors, with maps and a clock of this test's own.
 *
 *     test-classify race ROUNDS    two processors account for packets of one
 *                                  flow, below the rate and then above it
 *     test-classify stale          a candidate is left behind
 *     test-classify zeroed         somebody resets a flow's counters
 *     test-classify answered       a flow, with and without an answer
 *     test-classify crowd          many candidates come, and go, and come
 *     test-classify quota          one zone has more than all others
 *
 * It prints what happened. */

#include <config.h>

#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The program is not written for this compiler and these warnings. */
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#pragma GCC diagnostic ignored "-Wcast-align"
#pragma GCC diagnostic ignored "-Wpointer-arith"
#ifdef __clang__
#pragma clang diagnostic ignored "-Wunknown-attributes"
#endif
#define __bpf__ 1
#include "bpf/elephant.bpf.c"

#define N_BUCKETS 65536

/* An element of a map.  A thread may still use it after another thread has
 * deleted it. */
struct element {
    struct element *next;
    __u64 key;
    struct elephant_flow value;
};

static struct element *buckets[N_BUCKETS];
/* Elements that were deleted. */
static struct element *graveyard;
static size_t n_elements;
static size_t max_elements = ELEPHANT_MAX_FLOWS;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

/* What was told to user space. */
static int n_enter, n_gone, n_crowded;
static int enter_zone;
static __thread struct elephant_event event;

/* The clock.  A thread sees in 'clock_read' what it was when it read the
 * counters, as a processor does when there is no interrupt in between. */
static __u64 clock_ns = 1000000000;
static __thread __u64 clock_read;
static bool world_locked;

static void
lock_world(void)
{
    while (__atomic_test_and_set(&world_locked, __ATOMIC_ACQUIRE)) {
        sched_yield();
    }
}

static void
unlock_world(void)
{
    __atomic_clear(&world_locked, __ATOMIC_RELEASE);
}

static struct element **
find_element(__u64 key)
{
    struct element **e = &buckets[key / 64 % N_BUCKETS];

    while (*e && (*e)->key != key) {
        e = &(*e)->next;
    }
    return e;
}

/* Returns the counter for that ELEPHANT_MISS_KEY(), of the zones 0 to 15.  It
 * is always there, so that no program has to add it. */
static __u64 *
find_miss(__u32 key)
{
    static __u64 counts[ELEPHANT_N_MISSES][16];

    return &counts[key >> 16][key & 15];
}

void *
bpf_map_lookup_elem(void *map, const void *key)
{
    struct element *e = NULL;

    if (map == (void *) &zone_misses) {
        return find_miss(*(const __u32 *) key);
    } else if (map == (void *) &flows) {
        pthread_mutex_lock(&mutex);
        e = *find_element(*(const __u64 *) key);
        pthread_mutex_unlock(&mutex);
    }
    return e ? &e->value : NULL;
}

long int
bpf_map_update_elem(void *map, const void *key, const void *value,
                    __u64 flags)
{
    struct element **e;
    long int error = 0;

    (void) map;
    (void) flags;
    pthread_mutex_lock(&mutex);
    e = find_element(*(const __u64 *) key);
    if (*e) {
        error = -17;
    } else if (n_elements >= max_elements) {
        error = -7;
    } else {
        *e = calloc(1, sizeof **e);
        (*e)->key = *(const __u64 *) key;
        (*e)->value = *(const struct elephant_flow *) value;
        n_elements++;
    }
    pthread_mutex_unlock(&mutex);
    return error;
}

long int
bpf_map_delete_elem(void *map, const void *key)
{
    struct element **e;
    long int error = -2;

    (void) map;
    pthread_mutex_lock(&mutex);
    e = find_element(*(const __u64 *) key);
    if (*e) {
        struct element *dead = *e;

        /* As in the kernel, others may still look at it. */
        *e = dead->next;
        dead->next = graveyard;
        graveyard = dead;
        n_elements--;
        error = 0;
    }
    pthread_mutex_unlock(&mutex);
    return error;
}

void *
bpf_ringbuf_reserve(void *ringbuf, __u64 size, __u64 flags)
{
    (void) ringbuf;
    (void) flags;
    return size <= sizeof event ? &event : NULL;
}

void
bpf_ringbuf_submit(void *data, __u64 flags)
{
    (void) data;
    (void) flags;
    if (event.type == ELEPHANT_ENTER) {
        COUNT(n_enter, 1);
        enter_zone = event.flow.zone;
    } else if (event.type == ELEPHANT_GONE) {
        COUNT(n_gone, 1);
    } else {
        COUNT(n_crowded, 1);
    }
}

__u64
bpf_ktime_get_ns(void)
{
    return clock_read;
}

long int
bpf_probe_read_kernel(void *dst, __u32 size, const void *src)
{
    if (size == sizeof(struct nf_conn_acct)) {
        lock_world();
        memcpy(dst, src, size);
        clock_read = clock_ns;
        unlock_world();
    } else {
        memcpy(dst, src, size);
    }
    return 0;
}

/* A conntrack entry with counters, aligned as the kernel's are. */
struct entry {
    struct nf_conn ct;
    union {
        struct nf_ct_ext ext;
        struct {
            __u8 offset[16];
            struct nf_conn_acct acct;
        };
    };
} __attribute__((aligned(64)));

/* Our network namespace: 'netns_inum' cannot be set here, and is 0. */
static struct net net = { .ns.inum = 0 };

static void
entry_init(struct entry *e, __u16 zone, __u16 port)
{
    memset(e, 0, sizeof *e);
    e->ct.zone.id = zone;
    e->ct.tuplehash[0].tuple.src.u.all = port;
    e->ct.tuplehash[0].tuple.dst.protonum = 6;
    e->ct.status = IPS_CONFIRMED | IPS_SEEN_REPLY;
    e->ct.ct_net.net = &net;
    e->ct.ext = &e->ext;
    e->offset[NF_CT_EXT_ACCT] = USUAL_ACCT_OFFSET;
}

/* Does what the kernel does for a packet: calls the program, and counts. */
static void
packet(struct entry *e, __u32 bytes)
{
    __u64 ctx[4] = { (unsigned long int) &e->ct, 0, 1, bytes };

    acct_add_fentry(ctx);
    lock_world();
    e->acct.counter[0].bytes += bytes;
    e->acct.counter[0].packets++;
    unlock_world();
}

static void
end(struct entry *e)
{
    __u64 ctx[1] = { (unsigned long int) &e->ct };

    destroy_fentry(ctx);
}

/* Sets the threshold of zones 1 to 9 to 'bytes' at 10 Mbit/s. */
static void
set_threshold(__u64 bytes, __u64 chunk)
{
    for (int zone = 1; zone < 10; zone++) {
        zones[zone] = 1;
    }
    profiles[1] = (struct elephant_profile) {
        .offset = chunk,
        .position = (chunk - 1) & ~(chunk / 16 - 1),
        .chunk = chunk,
        .bytes = bytes,
        .rate = 10000000,
        .hold_ns = 30000000000ULL,
    };
}

/* Two processors, one flow. */

#define PACKET 1024
#define CHUNK (16 * PACKET)

struct race {
    struct entry entry;
    int rounds;
    __u64 ns_per_packet;
};

static void *
race_thread(void *race_)
{
    struct race *race = race_;

    for (int i = 0; i < race->rounds * (CHUNK / PACKET); i++) {
        lock_world();
        clock_ns += race->ns_per_packet;
        unlock_world();
        packet(&race->entry, PACKET);
    }
    return NULL;
}

/* Has two threads cross 'rounds' boundaries each, at 'rate' bit/s together.
 * Returns how often that was taken for an elephant. */
static int
run_race(struct race *race, __u64 rate)
{
    pthread_t threads[2];

    n_enter = 0;
    race->ns_per_packet = PACKET * 8 * 1000000000ULL / rate;
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, race_thread, race);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    return n_enter;
}

static void
test_race(int rounds)
{
    struct race race = { .rounds = rounds };

    set_threshold(1, CHUNK);
    entry_init(&race.entry, 1, 1);
    printf("at 7 Mbit/s: %d elephants\n", run_race(&race, 7000000));
    race.rounds = 10;
    printf("at 20 Mbit/s: %s\n",
           run_race(&race, 20000000) ? "an elephant" : "none");
}

/* A candidate is left behind at the address of another entry. */
static void
test_stale(void)
{
    static struct entry e;

    set_threshold(4 * CHUNK, CHUNK);
    entry_init(&e, 1, 1);
    for (int i = 0; i < 4; i++) {
        clock_ns += 1000000;
        packet(&e, CHUNK);
    }
    printf("zone %d has an elephant\n", enter_zone);

    /* No end(): it was missed. */
    n_enter = 0;
    entry_init(&e, 2, 1);
    e.acct.counter[0].bytes = 4 * CHUNK;
    clock_ns += 1000000;
    packet(&e, CHUNK);
    printf("another's first chunk: %d elephants, %d gone, zone 1 has %d, "
           "zone 2 has %d\n", n_enter, n_gone, n_zone_flows[1],
           n_zone_flows[2]);
    clock_ns += 1000000;
    packet(&e, CHUNK);
    printf("and its second: %d elephants, in zone %d\n", n_enter, enter_zone);
}

static void
test_zeroed(void)
{
    static struct entry e;

    set_threshold(4 * CHUNK, CHUNK);
    entry_init(&e, 1, 1);
    for (int i = 0; i < 8; i++) {
        clock_ns += 1000000;
        packet(&e, CHUNK);
    }
    memset(&e.acct, 0, sizeof e.acct);
    for (int i = 0; i < 8; i++) {
        clock_ns += 1000000;
        packet(&e, CHUNK);
    }
    printf("entered %d times\n", n_enter);
    end(&e);
    printf("gone %d times, %d flows\n", n_gone, (int) n_flows);
}

/* Moves 'n' chunks, each in a millisecond. */
static void
move_chunks(struct entry *e, int n)
{
    n_enter = 0;
    misses.unassured_bytes = 0;
    for (int i = 0; i < n; i++) {
        clock_ns += 1000000;
        packet(e, CHUNK);
    }
    printf("%d elephants, %d chunks without an answer\n", n_enter,
           (int) (misses.unassured_bytes / CHUNK));
}

static void
test_answered(void)
{
    static struct entry e;

    set_threshold(4 * CHUNK, CHUNK);
    entry_init(&e, 1, 1);
    e.ct.status = IPS_CONFIRMED;
    move_chunks(&e, 8);
    e.ct.status |= IPS_SEEN_REPLY;
    move_chunks(&e, 8);

    /* No end(), and another flow at its address that nobody answers. */
    entry_init(&e, 1, 2);
    e.ct.status = IPS_CONFIRMED;
    move_chunks(&e, 8);
}

/* Makes 'n' flows from 'entries' on candidates. */
static void
make_candidates(struct entry *entries, int n)
{
    for (int i = 0; i < n; i++) {
        packet(&entries[i], CHUNK);
    }
}

static struct entry *
make_entries(int n, __u16 zone)
{
    struct entry *entries = aligned_alloc(64, n * sizeof *entries);

    for (int i = 0; i < n; i++) {
        entry_init(&entries[i], zone, i);
    }
    return entries;
}

static void
test_crowd(void)
{
    struct entry *entries = make_entries(ELEPHANT_CROWD, 1);

    set_threshold(4 * CHUNK, CHUNK);
    for (int i = 0; i < 2; i++) {
        make_candidates(entries, ELEPHANT_CROWD);
        printf("%d flows, told %d times\n", (int) n_flows, n_crowded);
        for (int j = 0; j < ELEPHANT_CROWD; j++) {
            end(&entries[j]);
        }
    }
    printf("%d flows, %d in zone 1\n", (int) n_flows, n_zone_flows[1]);
    free(entries);
}

static void
test_quota(void)
{
    struct entry *many = make_entries(ELEPHANT_MAX_FLOWS, 1);
    struct entry *few = make_entries(100, 2);

    set_threshold(4 * CHUNK, CHUNK);
    make_candidates(many, ELEPHANT_MAX_FLOWS);
    make_candidates(few, 100);
    printf("zone 1 has %s, zone 2 has %d, %"PRIu64" were not watched\n",
           n_zone_flows[1] > ELEPHANT_MAX_FLOWS / 2 ? "more than half of all"
           : "at most half of all", n_zone_flows[2],
           (uint64_t) misses.table_full);
    printf("because of zone 1 %"PRIu64", because of zone 2 %"PRIu64"\n",
           (uint64_t) *find_miss(ELEPHANT_MISS_KEY(ELEPHANT_MISS_TABLE_FULL,
                                                   1)),
           (uint64_t) *find_miss(ELEPHANT_MISS_KEY(ELEPHANT_MISS_TABLE_FULL,
                                                   2)));
    free(many);
    free(few);
}

int
main(int argc, char *argv[])
{
    const char *name = argc > 1 ? argv[1] : "";

    if (!strcmp(name, "race") && argc > 2) {
        test_race(atoi(argv[2]));
    } else if (!strcmp(name, "stale")) {
        test_stale();
    } else if (!strcmp(name, "zeroed")) {
        test_zeroed();
    } else if (!strcmp(name, "answered")) {
        test_answered();
    } else if (!strcmp(name, "crowd")) {
        test_crowd();
    } else if (!strcmp(name, "quota")) {
        test_quota();
    } else {
        fprintf(stderr, "usage: %s race ROUNDS|stale|zeroed|answered|crowd"
                "|quota\n", argv[0]);
        return EXIT_FAILURE;
    }
    return 0;
}
