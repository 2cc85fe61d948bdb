/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "evidence/passage.h"

#include "detector/threshold.h"
#include "openvswitch/dynamic-string.h"

/* Returns what 'growth' within 'msec' milliseconds is in bit/s. */
static uint64_t
get_rate(uint64_t growth, long long int msec)
{
    return growth * 8000.0 / msec;
}

/* Takes the window from 'p->since' to 'now', at the end of which there is
 * 'v'. */
static void
compare(struct passage *p, const struct passage_view *v,
        const struct elephant_threshold *threshold, long long int now)
{
    long long int msec = now - p->since;
    uint64_t flows = get_rate(v->flows - p->first.flows, msec);
    uint64_t wire = get_rate(v->wire - p->first.wire, msec);

    if (flows > wire && flows - wire > threshold->rate) {
        p->denied = true;
        p->until = now + PASSAGE_REST;
        p->moved = flows;
        p->missing = flows - wire;
    } else if (flows >= threshold->rate) {
        p->denied = false;
    }
}

bool
passage_update(struct passage *p, const struct passage_view *v,
               const struct elephant_threshold *threshold, long long int now)
{
    bool was_denied = p->denied;
    bool goes_on = (p->since && v->n_elephants == p->first.n_elephants
                    && v->flows >= p->first.flows
                    && v->wire >= p->first.wire);

    if (!v->n_elephants) {
        p->since = 0;
        p->denied = p->denied && now < p->until;
        return p->denied != was_denied;
    } else if (goes_on && now < p->since + PASSAGE_WINDOW) {
        return false;
    } else if (goes_on) {
        compare(p, v, threshold, now);
    }
    p->first = *v;
    p->since = now;
    return p->denied != was_denied;
}

void
passage_format(const struct passage *p, struct ds *s)
{
    ds_put_format(s, "%.3g of %.3g Mbit/s of the elephants in its conntrack "
                  "zone do not pass its interface: packets to its Ethernet "
                  "address that the bridge drops, or sends to where another "
                  "container uses that address", p->missing / 1e6,
                  p->moved / 1e6);
}
