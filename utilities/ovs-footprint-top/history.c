/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "history.h"

#include <math.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

void
history_init(struct history *h)
{
    for (size_t i = 0; i < HISTORY_LEN; i++) {
        h->values[i] = NAN;
    }
    h->slot = -1;
}

void
history_add(struct history *h, long long int slot, double value)
{
    double *p;

    if (slot < 0 || slot < h->slot) {
        return;
    }
    if (h->slot < 0 || slot - h->slot >= HISTORY_LEN) {
        history_init(h);
    }
    for (; h->slot >= 0 && h->slot < slot; h->slot++) {
        h->values[(h->slot + 1) % HISTORY_LEN] = NAN;
    }
    h->slot = slot;
    p = &h->values[slot % HISTORY_LEN];
    *p = isnan(*p) ? value : MAX(*p, value);
}

double
history_get(const struct history *h, long long int slot)
{
    return (slot < 0 || slot > h->slot || h->slot - slot >= HISTORY_LEN ? NAN
            : h->values[slot % HISTORY_LEN]);
}

/* Returns the character for 'value' in a line whose highest value is 'max'. */
static const char *
symbol(double value, double max, bool utf8)
{
    static const char *const bars[][8] = {
        { ".", ":", "-", "=", "+", "*", "%", "#" },
        { "\xe2\x96\x81", "\xe2\x96\x82", "\xe2\x96\x83", "\xe2\x96\x84",
          "\xe2\x96\x85", "\xe2\x96\x86", "\xe2\x96\x87", "\xe2\x96\x88" },
    };
    const int n = ARRAY_SIZE(bars[0]);
    /* Whatever is not zero has a bar. */
    double bar = ceil(value / max * n) - 1;

    return (isnan(value) ? " "
            : value <= 0 ? "_"
            : bars[utf8][(int) MAX(0, bar)]);
}

void
history_format(const struct history *h, long long int slot, size_t width,
               bool utf8, struct ds *s)
{
    long long int first = slot - (long long int) width + 1;
    double max = 0;

    for (long long int i = first; i <= slot; i++) {
        max = fmax(max, history_get(h, i));
    }
    for (long long int i = first; i <= slot; i++) {
        ds_put_cstr(s, symbol(history_get(h, i), max, utf8));
    }
}
