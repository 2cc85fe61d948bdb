/* SPDX-License-Identifier: Apache-2.0 */

#ifndef IPAM_H
#define IPAM_H 1

/* The IPAM plugin that a network configuration names, if it names one.
 *
 * One that does not speak the configuration's protocol version is asked again
 * in the latest one that it does. */

struct attachment;
struct cni_error;
struct cni_result;
struct plugin;

/* Has the plugin give addresses.  Initializes 'result', which the caller must
 * destroy even if this fails. */
struct cni_error *ipam_add(const struct plugin *, struct cni_result *result);

/* Has the plugin take back the addresses of 'who'.  'ipam' is the "ipam" of
 * the network configuration by which they were given, as JSON text, if it may
 * have changed since, otherwise null. */
struct cni_error *ipam_del(const struct plugin *, const struct attachment *who,
                           const char *ipam);

struct cni_error *ipam_check(const struct plugin *);

/* These ask nothing of a plugin that does not know the command yet. */
struct cni_error *ipam_status(const struct plugin *);
struct cni_error *ipam_gc(const struct plugin *);

/* Returns the "ipam" of the configuration as JSON text, or null if it has
 * none; the caller must free it. */
char *ipam_get_text(const struct plugin *);

#endif /* ipam.h */
