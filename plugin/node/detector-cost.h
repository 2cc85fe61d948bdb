/* SPDX-License-Identifier: Apache-2.0 */

#ifndef DETECTOR_COST_H
#define DETECTOR_COST_H 1

/* What each kind of detector costs, or would, with the present traffic.
 *
 * The hook costs something for each packet, the others for each entry in
 * conntrack's table, again and again.  So how many packets a second come to
 * and from the containers whose zones are ours, and how many entries there
 * are, tells which one is cheaper: detector-load.h.  The costs of one packet
 * and one entry are those that tests/bench/hook-cost and
 * tests/bench/scan-cost measured. */

struct detector_cost;
struct judge;
struct topology;
struct watch;

struct detector_cost *detector_cost_create(void);
void detector_cost_destroy(struct detector_cost *);

struct detector_cost_inputs {
    const struct topology *topology;
    const struct judge *judge;  /* Knows whose packets pass our zones. */
    struct watch *watch;        /* Is told the costs. */
};

/* Counts packets from time to time, and tells the watch. */
void detector_cost_run(struct detector_cost *,
                       const struct detector_cost_inputs *,
                       long long int now);
void detector_cost_wait(const struct detector_cost *);

struct detector_cost_figures {
    double packets;             /* A second, counted in each of our zones that
                                 * they pass. */
    int entries;                /* In conntrack's table. */

    /* Shares of a processor, at COST_INSTRUCTIONS a second. */
    double hook, scan, poll;
};

/* That is 1 in each cycle at 2 GHz, or 2 at 1 GHz. */
#define COST_INSTRUCTIONS 2e9

/* Stores in '*figures' how things are at 'now'. */
void detector_cost_estimate(struct detector_cost *,
                            const struct detector_cost_inputs *,
                            long long int now,
                            struct detector_cost_figures *figures);

#endif /* detector-cost.h */
