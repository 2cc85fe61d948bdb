/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* Walks conntrack's table with detector "scan" while others change it:
 *
 *     test-scan-churn SECONDS RESIZE-MSEC
 *
 * There are entries that live all the time.  One thread makes and deletes
 * other entries as fast as it can, in our zone and in another one, and one
 * resizes the table every RESIZE-MSEC milliseconds, 0 for never.  Any entry in
 * our zone is an elephant here.  Fails unless each of those that live was
 * reported once and none of them as gone, and whatever else was reported is
 * reported as gone in the end. */

#include <errno.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "conntrack/ct-flow.h"
#include "detector/detector.h"
#include "openvswitch/poll-loop.h"
#include "packets.h"
#include "timeval.h"
#include "util.h"

enum {
    N_LIVING = 3000,
    N_CHURNING = 500,           /* At once. */
    OUR_ZONE = 7,
    FOREIGN_ZONE = 8,
    LIVING_PORT = 1,            /* Destination ports tell entries apart. */
    CHURNING_PORT = 2,
};

struct counts {
    unsigned int living[N_LIVING];  /* How often it was reported. */
    unsigned int living_gone;
    unsigned int churning;      /* Elephants that were reported, ... */
    unsigned int churning_gone; /* ... and are gone. */
    unsigned int lost;
};

static volatile bool stop;
static unsigned int n_made, n_resized;

static struct nf_conntrack *
compose(uint16_t zone, uint16_t port, unsigned int number)
{
    struct nf_conntrack *ct = nfct_new();

    nfct_set_attr_u8(ct, ATTR_L3PROTO, AF_INET);
    nfct_set_attr_u8(ct, ATTR_L4PROTO, IPPROTO_UDP);
    nfct_set_attr_u32(ct, ATTR_IPV4_SRC, htonl(0x0a000000 + number));
    nfct_set_attr_u32(ct, ATTR_IPV4_DST, htonl(0x0b000001));
    nfct_set_attr_u16(ct, ATTR_PORT_SRC, htons(1));
    nfct_set_attr_u16(ct, ATTR_PORT_DST, htons(port));
    nfct_set_attr_u16(ct, ATTR_ZONE, zone);
    nfct_set_attr_u32(ct, ATTR_TIMEOUT, 100000);
    nfct_set_attr_u32(ct, ATTR_STATUS, IPS_CONFIRMED
                          | IPS_SEEN_REPLY | IPS_ASSURED);
    nfct_setobjopt(ct, NFCT_SOPT_SETUP_REPLY);
    return ct;
}

static void
query(struct nfct_handle *h, enum nf_conntrack_query what, uint16_t zone,
      uint16_t port, unsigned int number)
{
    struct nf_conntrack *ct = compose(zone, port, number);

    if (nfct_query(h, what, ct)) {
        ovs_fatal(errno, "netlink request %d about entry %u", what, number);
    }
    nfct_destroy(ct);
}

static void *
churn(void *h)
{
    unsigned int first = 0, n = 0;

    while (!stop || first < n) {
        if (!stop) {
            query(h, NFCT_Q_CREATE, n & 3 ? FOREIGN_ZONE : OUR_ZONE,
                  CHURNING_PORT, n);
            n++;
        }
        if (stop || n - first > N_CHURNING) {
            query(h, NFCT_Q_DESTROY, first & 3 ? FOREIGN_ZONE : OUR_ZONE,
                  CHURNING_PORT, first);
            first++;
        }
    }
    n_made = n;
    return NULL;
}

static void *
resize(void *msec_)
{
    int *msec = msec_;

    for (int i = 0; !stop && *msec; i++) {
        FILE *file = fopen("/proc/sys/net/netfilter/nf_conntrack_buckets",
                           "w");

        if (!file || fprintf(file, "%d\n", i & 1 ? 65536 : 16384) < 0
            || fclose(file)) {
            ovs_fatal(errno, "cannot resize conntrack's table");
        }
        n_resized++;
        usleep(*msec * 1000);
    }
    return NULL;
}

static void
handle_event(enum detector_event_type type, const struct ct_flow *flow,
             void *counts_)
{
    struct counts *counts = counts_;
    bool gone = type == DETECTOR_GONE;

    if (!flow) {
        counts->lost++;
    } else if (flow->tuple.dst_port == htons(CHURNING_PORT)) {
        counts->churning += !gone;
        counts->churning_gone += gone;
    } else if (gone) {
        counts->living_gone++;
    } else {
        ovs_be32 src = in6_addr_get_mapped_ipv4(&flow->tuple.src);

        counts->living[(ntohl(src) & 0xffffff) % N_LIVING]++;
    }
}

static void
run_for(struct detector *detector, struct counts *counts, int seconds)
{
    long long int deadline = time_msec() + seconds * 1000LL;

    while (time_msec() < deadline) {
        detector_run(detector, handle_event, counts);
        detector_wait(detector);
        poll_timer_wait_until(deadline);
        poll_block();
    }
}

static bool
report(const struct counts *counts, struct detector *detector)
{
    const struct detector_blind_spot *spots;
    size_t n = detector_get_blind_spots(detector, &spots);
    unsigned int never = 0, often = 0;

    for (int i = 0; i < N_LIVING; i++) {
        never += counts->living[i] == 0;
        often += counts->living[i] > 1;
    }
    printf("%u made and deleted, %u times resized\n", n_made, n_resized);
    printf("living: %d, never reported %u, more than once %u, gone %u\n",
           N_LIVING, never, often, counts->living_gone);
    printf("others: reported %u, gone %u\n", counts->churning,
           counts->churning_gone);
    for (size_t i = 0; i < n; i++) {
        printf("%s %"PRIu64"\n", spots[i].name, spots[i].count);
    }
    return (!never && !often && !counts->living_gone
            && counts->churning == counts->churning_gone && !counts->lost);
}

int
main(int argc, char *argv[])
{
    const struct detector_options options = { .scan_interval = 100 };
    const struct elephant_threshold any = { 0, 0, 100000 };
    struct nfct_handle *h = nfct_open(CONNTRACK, 0);
    struct nfct_handle *h2 = nfct_open(CONNTRACK, 0);
    pthread_t churner, resizer;
    static struct counts counts;
    struct detector *detector;
    char *error;
    int msec;

    set_program_name(argv[0]);
    if (argc != 3) {
        ovs_fatal(0, "usage: %s SECONDS RESIZE-MSEC", argv[0]);
    } else if (!h || !h2) {
        ovs_fatal(errno, "cannot talk to conntrack");
    }
    msec = atoi(argv[2]);
    detector = detector_create(DETECTOR_SCAN, &error);
    if (!detector) {
        ovs_fatal(0, "%s", error);
    }
    detector_configure(detector, &options);
    detector_set_zone(detector, OUR_ZONE, &any);
    for (int i = 0; i < N_LIVING; i++) {
        query(h, NFCT_Q_CREATE, OUR_ZONE, LIVING_PORT, i);
    }

    pthread_create(&churner, NULL, churn, h2);
    pthread_create(&resizer, NULL, resize, &msec);
    run_for(detector, &counts, atoi(argv[1]));
    stop = true;
    pthread_join(churner, NULL);
    pthread_join(resizer, NULL);
    run_for(detector, &counts, 5);
    return report(&counts, detector) ? 0 : 1;
}
