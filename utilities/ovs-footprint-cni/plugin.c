/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "plugin.h"

#include <stdlib.h>
#include <string.h>

#include "cni-error.h"
#include "dirs.h"
#include "engine.h"
#include "ovsdb/footprint-keys.h"
#include "ports.h"
#include "timeval.h"
#include "util.h"
#include "vswitch-idl.h"

/* What plugin_grant_time() gives, in milliseconds. */
#define CLEAN_UP_MSEC 5000

/* The bridge of OVN, for ports that are OVN's. */
#define OVN_BRIDGE "br-int"

/* Where the parts of an identity come from: the first of these that is there,
 * arguments in CNI_ARGS before labels and annotations. */
static const struct {
    const char *key;
    const char *args[2];
    const char *labels[2];
} id_sources[] = {
    { FP_ID_NAMESPACE,
      { "K8S_POD_NAMESPACE", NULL },
      { "io.kubernetes.pod.namespace", NULL } },
    { FP_ID_POD,
      { "K8S_POD_NAME", NULL },
      { "io.kubernetes.pod.name", "io.kubernetes.container.name" } },
    { FP_CFG_IMAGE,
      { "IMAGE", NULL },
      { "io.kubernetes.cri.image-name",
        "org.opencontainers.image.ref.name" } },
    { FP_CFG_WORKLOAD,
      { "FOOTPRINT_WORKLOAD", NULL },
      { FP_CFG_WORKLOAD, NULL } },
};

/* Labels that name a service of a compose project, which is a workload. */
static const struct {
    const char *project;
    const char *service;
} compose_labels[] = {
    { "com.docker.compose.project", "com.docker.compose.service" },
    { "io.podman.compose.project", "io.podman.compose.service" },
    { "io.podman.compose.project", "com.docker.compose.service" },
};

struct cni_error *
plugin_open_ports(struct plugin *p, struct ports **ports)
{
    const char *file = p->conf->socket_file;
    struct cni_error *error;
    char *remote;

    remote = (!file ? xasprintf("unix:%s/db.sock", ovs_rundir())
              : *file == '/' ? xasprintf("unix:%s", file)
              : xstrdup(file));
    error = ports_open(remote, p->deadline, ports);
    free(remote);
    return error;
}

void
plugin_grant_time(struct plugin *p)
{
    p->deadline = MAX(p->deadline, time_msec() + CLEAN_UP_MSEC);
}

const char *
plugin_get_bridge(const struct plugin *p)
{
    return (p->conf->bridge ? p->conf->bridge
            : smap_get(&p->env.args, "OvnPort") ? OVN_BRIDGE
            : NULL);
}

static const char *
find_value(const struct smap *map, const char *const keys[2])
{
    for (size_t i = 0; i < 2 && keys[i]; i++) {
        const char *value = smap_get(map, keys[i]);

        if (value && *value) {
            return value;
        }
    }
    return NULL;
}

static void
add_compose_workload(const struct smap *labels, struct smap *ids)
{
    for (size_t i = 0; i < ARRAY_SIZE(compose_labels); i++) {
        const char *project = smap_get(labels, compose_labels[i].project);
        const char *service = smap_get(labels, compose_labels[i].service);

        if (project && service) {
            smap_add_format(ids, FP_CFG_WORKLOAD, "compose:%s/%s", project,
                            service);
            return;
        }
    }
}

void
plugin_get_ids(const struct plugin *p, struct smap *ids)
{
    for (size_t i = 0; i < ARRAY_SIZE(id_sources); i++) {
        const char *value = find_value(&p->env.args, id_sources[i].args);

        if (!value) {
            value = find_value(&p->conf->labels, id_sources[i].labels);
        }
        if (value) {
            smap_replace(ids, id_sources[i].key, value);
        }
    }
    if (!smap_get(ids, FP_CFG_IMAGE) && !smap_get(ids, FP_ID_NAMESPACE)) {
        char *image = engine_find_image(p->who.container);

        if (image && *image) {
            smap_add(ids, FP_CFG_IMAGE, image);
        }
        free(image);
    }
    if (p->conf->workload) {
        smap_replace(ids, FP_CFG_WORKLOAD, p->conf->workload);
    } else if (!smap_get(ids, FP_CFG_WORKLOAD)) {
        add_compose_workload(&p->conf->labels, ids);
    }
    smap_replace(ids, FP_ID_CONTAINER, p->who.container);
    smap_replace(ids, FP_CNI_NETWORK, p->who.network);
    smap_replace(ids, FP_CNI_IFNAME, p->who.ifname);
}

struct cni_error *
plugin_check_name(const struct plugin *p, const struct ovsrec_interface *iface)
{
    const char *container = smap_get_def(&iface->external_ids,
                                         FP_ID_CONTAINER, "");

    return (!strcmp(container, p->who.container) ? NULL
            : cni_error(CNI_CHECK, "Interface %s does not say that it is "
                        "container %s's: see its external_ids", iface->name,
                        p->who.container));
}
