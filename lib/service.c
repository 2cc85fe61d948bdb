/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "lib/service.h"

#ifdef HAVE_LIBSYSTEMD
#include <inttypes.h>
#include <systemd/sd-daemon.h>

#include "openvswitch/poll-loop.h"
#include "openvswitch/types.h"
#include "openvswitch/util.h"
#include "timeval.h"

/* When, in time_msec() time, the watchdog is to be told next. */
static long long int next_sign = LLONG_MIN;

/* Returns half of systemd's watchdog timeout, in milliseconds, which
 * sd_watchdog_enabled(3) recommends to notify it in; 0 if there is none. */
static long long int
interval(void)
{
    static long long int msec = -1;

    if (msec < 0) {
        uint64_t usec = 0;

        msec = sd_watchdog_enabled(0, &usec) > 0 ? MAX(usec / 2000, 1) : 0;
    }
    return msec;
}

void
service_ready(const char *version)
{
    sd_notifyf(0, "READY=1\nSTATUS=%s", version);
}

void
service_stopping(void)
{
    sd_notify(0, "STOPPING=1");
}

void
service_run(void)
{
    if (interval() && time_msec() >= next_sign) {
        sd_notify(0, "WATCHDOG=1");
        next_sign = time_msec() + interval();
    }
}

void
service_wait(void)
{
    if (interval()) {
        poll_timer_wait_until(next_sign);
    }
}
#else
#include "openvswitch/compiler.h"

void
service_ready(const char *version OVS_UNUSED)
{
}

void
service_stopping(void)
{
}

void
service_run(void)
{
}

void
service_wait(void)
{
}
#endif
