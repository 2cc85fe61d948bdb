/* SPDX-License-Identifier: Apache-2.0 */

#ifndef PORT_WORKLOAD_H
#define PORT_WORKLOAD_H 1

/* What is known of the workload that a port is of. */

#include <stdbool.h>

#include "lib/learning.h"

/* The workload of a port. */
struct port_workload {
    const char *key;            /* Null if there is no telling. */
    bool said;                  /* Do its external_ids say it outright? */
    enum workload_class class;
    char *why;                  /* If there is no telling, why. */
};

#endif /* port-workload.h */
