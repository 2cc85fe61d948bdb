/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "lib/humanize.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "util.h"

#define RFC3339 "%Y-%m-%dT%H:%M:%SZ"

char *
humanize_amount(uint64_t n)
{
    static const char prefixes[] = " kMGTPE";
    double x = n;
    int i = 0;

    while (x >= 999.5 && i < (int) strlen(prefixes) - 1) {
        x /= 1000;
        i++;
    }
    return (!i ? xasprintf("%"PRIu64, n)
            : xasprintf("%.*f%c", x < 9.995 ? 2 : x < 99.95 ? 1 : 0, x,
                        prefixes[i]));
}

char *
humanize_duration(long long int s)
{
    return (s < 60 ? xasprintf("%llds", s)
            : s < 3600 ? xasprintf("%lldm%02llds", s / 60, s % 60)
            : xasprintf("%lldh%02lldm", s / 3600, s / 60 % 60));
}

char *
humanize_time(long long int wall_msec)
{
    time_t t = wall_msec / 1000;
    char buffer[64];
    struct tm tm;

    strftime(buffer, sizeof buffer, RFC3339, gmtime_r(&t, &tm));
    return xstrdup(buffer);
}

bool
humanize_parse_time(const char *s, long long int *wall_msec)
{
    struct tm tm = { .tm_isdst = 0 };
    const char *tail = strptime(s, RFC3339, &tm);

    if (!tail || *tail) {
        return false;
    }
    *wall_msec = timegm(&tm) * 1000LL;
    return true;
}
