/* SPDX-License-Identifier: Apache-2.0 */

#ifndef DELEGATE_H
#define DELEGATE_H 1

/* Runs another plugin, namely an IPAM plugin, as a child process. */

struct cni_error;
struct cni_env;
struct json;

struct delegate_task {
    const char *type;           /* The plugin. */
    const char *command;        /* "ADD", ... */
    const char *container;      /* Null: the same as ours. */
    const char *ifname;         /* Null: the same as ours. */
    const char *conf;           /* What it gets on its stdin. */
};

/* Has a plugin do 'task'; it is looked for in env->path.  It is killed at
 * 'deadline', on the clock of time_msec().
 *
 * Stores what it printed in '*output', which the caller must destroy, or null
 * if it printed nothing.  An error is the plugin's own if it printed one. */
struct cni_error *delegate_run(const struct cni_env *env,
                               const struct delegate_task *task,
                               long long int deadline, struct json **output);

#endif /* delegate.h */
