/* SPDX-License-Identifier: Apache-2.0 */

#ifndef CNI_ENV_H
#define CNI_ENV_H 1

/* What a runtime asks for, in environment variables.  Pure: takes the
 * variables from a function, and changes nothing. */

#include "smap.h"

enum cni_command {
    CNI_ADD,
    CNI_DEL,
    CNI_CHECK_CMD,
    CNI_GC,
    CNI_STATUS,
    CNI_VERSION,
};

struct cni_env {
    enum cni_command command;
    const char *container;      /* CNI_CONTAINERID; null for GC and STATUS. */
    const char *netns;          /* CNI_NETNS, or null: DEL can do without. */
    const char *ifname;         /* CNI_IFNAME; null for GC and STATUS. */
    const char *path;           /* CNI_PATH, or "". */
    struct smap args;           /* CNI_ARGS. */
};

struct cni_error;

/* Reads the variables that 'get' returns, which must outlive 'env'.  The
 * caller must destroy 'env' even if this fails. */
struct cni_error *cni_env_init(struct cni_env *env,
                               const char *(*get)(const char *name));
void cni_env_destroy(struct cni_env *);

const char *cni_command_to_string(enum cni_command);

/* Returns what is wrong with a container's name, or null. */
const char *cni_check_container(const char *);

#endif /* cni-env.h */
