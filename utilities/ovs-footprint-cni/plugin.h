/* SPDX-License-Identifier: Apache-2.0 */

#ifndef PLUGIN_H
#define PLUGIN_H 1

/* One call of the plugin.
 *
 *     add.c       ADD on a host with plain Open vSwitch
 *     chained.c   ADD and CHECK behind another plugin
 *     check.c     CHECK of what add.c did
 *     del.c       DEL: removing what an ADD left, whatever is missing
 *     gc.c        GC, and for all commands: removing what gone containers left
 *     status.c    STATUS
 *
 * A command that prints something stores it in '*output', which the caller
 * must free. */

#include "attachment.h"
#include "cni-env.h"
#include "net-conf.h"

struct cni_error;
struct ovsrec_interface;
struct ports;

struct plugin {
    struct cni_env env;
    struct net_conf *conf;
    struct attachment who;      /* Not for GC and STATUS. */
    char port[IFNAMSIZ];        /* attachment_get_port() of it. */
    long long int deadline;     /* For all that waits, by time_msec(). */
};

struct cni_error *plugin_add(struct plugin *, char **output);
struct cni_error *plugin_chained_add(struct plugin *, char **output);
struct cni_error *plugin_check(struct plugin *);
struct cni_error *plugin_chained_check(struct plugin *);
struct cni_error *plugin_del(struct plugin *);
struct cni_error *plugin_gc(struct plugin *);
struct cni_error *plugin_status(struct plugin *);

/* Connects to Open vSwitch's database. */
struct cni_error *plugin_open_ports(struct plugin *, struct ports **);

/* Removes the port of this attachment, if it is there. */
struct cni_error *plugin_remove_port(struct plugin *, struct ports *);

/* Removes the ports that we added and whose links are gone, whatever their
 * network is, and gives back their addresses, in one of 'parts' of the time
 * that is left.  What cannot be removed stays for a later time. */
void plugin_remove_stale_ports(struct plugin *, struct ports *, int parts);

/* Makes sure that there is some time left for cleaning up, however much others
 * took. */
void plugin_grant_time(struct plugin *);

/* Returns the bridge that the port goes to, or null if nobody says it. */
const char *plugin_get_bridge(const struct plugin *);

/* Adds to 'ids' who is behind the port, in our keys, and which attachment it
 * is. */
void plugin_get_ids(const struct plugin *, struct smap *ids);

/* Returns an error if the port does not say whose it is. */
struct cni_error *plugin_check_name(const struct plugin *,
                                    const struct ovsrec_interface *);

#endif /* plugin.h */
