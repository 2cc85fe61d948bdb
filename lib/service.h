/* SPDX-License-Identifier: Apache-2.0 */

#ifndef SERVICE_H
#define SERVICE_H 1

/* What a service manager is told of a daemon that it started: sd_notify(3)'s
 * protocol, which systemd and others speak.  All of it does nothing if nobody
 * asked for it, or without libsystemd. */

/* It serves now; 'version' is shown beside its name. */
void service_ready(const char *version);

/* It was asked to stop, and is about to. */
void service_stopping(void);

/* To be called in each round of the main loop: tells the manager's watchdog,
 * if it has one (systemd.service(5), WatchdogSec=), that the loop goes round,
 * and wakes up the loop in time for the next.  There are no errors: a manager
 * that does not hear from us restarts us. */
void service_run(void);
void service_wait(void);

#endif /* service.h */
