/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ipam.h"

#include <stdlib.h>
#include <string.h>

#include "cni-error.h"
#include "cni-result.h"
#include "cni-version.h"
#include "delegate.h"
#include "lib/ovs-compat.h"
#include "lib/printable.h"
#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "plugin.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(ipam);

/* Protocol versions that are tried, in this order, with a plugin that does not
 * know that of our configuration. */
static const char *const older_versions[] = { "1.0.0", "0.4.0", "0.3.1" };

/* Returns the plugin's name in 'conf', a network configuration, or null. */
static const char *
get_type(const struct json *conf)
{
    const struct json *ipam = shash_find_data(json_object(conf), "ipam");
    const struct json *type = (ipam && ipam->type == JSON_OBJECT
                               ? shash_find_data(json_object(ipam), "type")
                               : NULL);

    return (type && type->type == JSON_STRING && *json_string(type)
            ? json_string(type) : NULL);
}

/* Returns the text of 'conf' in protocol 'version', which the caller must
 * free. */
static char *
translate(const struct json *conf, const char *version)
{
    struct json *copy = json_deep_clone(conf);
    const struct json *prev = shash_find_data(json_object(copy),
                                              "prevResult");
    char *text;

    json_object_put_string(copy, "cniVersion", version);
    if (prev) {
        struct cni_result result;
        struct cni_error *error = cni_result_parse(prev, "prevResult",
                                                   &result);

        if (!error) {
            json_object_put(copy, "prevResult",
                            cni_result_to_json(&result, version));
        }
        cni_error_destroy(error);
        cni_result_destroy(&result);
    }
    text = json_to_string(copy, JSSF_SORT);
    json_destroy(copy);
    return text;
}

/* Runs 'task', whose configuration is 'conf', and runs it again in an older
 * version if the plugin wants one. */
static struct cni_error *
run_in_some_version(const struct plugin *p, struct delegate_task *task,
                    const struct json *conf, struct json **output)
{
    struct cni_error *error = delegate_run(&p->env, task, p->deadline, output);

    for (size_t i = 0; i < ARRAY_SIZE(older_versions); i++) {
        char *text;

        if (!error || error->code != CNI_BAD_VERSION) {
            break;
        }
        if (cni_version_is_at_least(older_versions[i], p->conf->version)) {
            continue;
        }
        cni_error_destroy(error);
        text = translate(conf, older_versions[i]);
        task->conf = text;
        error = delegate_run(&p->env, task, p->deadline, output);
        free(text);
    }
    return error;
}

static struct cni_error *
run(const struct plugin *p, const char *command, struct json **output)
{
    struct delegate_task task = {
        .type = p->conf->ipam,
        .command = command,
        .conf = p->conf->text,
    };

    *output = NULL;
    return (p->conf->ipam
            ? run_in_some_version(p, &task, p->conf->json, output) : NULL);
}

/* The same, for a command without output. */
static struct cni_error *
run_silent(const struct plugin *p, const char *command)
{
    struct json *output;
    struct cni_error *error = run(p, command, &output);

    json_destroy(output);
    return error;
}

struct cni_error *
ipam_add(const struct plugin *p, struct cni_result *result)
{
    struct json *output;
    struct cni_error *error = run(p, "ADD", &output);

    cni_result_init(result);
    if (!error && output) {
        error = cni_result_parse(output, p->conf->ipam, result);
    }
    if (!error && p->conf->ipam && !result->n_ips) {
        error = cni_error(CNI_IPAM, "%s: it gave no address", p->conf->ipam);
    }
    json_destroy(output);
    return error;
}

/* Returns the network configuration that gave 'who' its addresses: a copy of
 * the present one with the name of that network and, unless 'ipam' is null,
 * with that "ipam". */
static struct json *
get_former_conf(const struct plugin *p, const struct attachment *who,
                const char *ipam)
{
    struct json *conf = json_deep_clone(p->conf->json);
    struct json *json = ipam ? json_from_string(ipam) : NULL;

    json_object_put_string(conf, "name", who->network);
    if (json && json->type == JSON_OBJECT) {
        json_object_put(conf, "ipam", json);
    } else {
        json_destroy(json);
    }
    return conf;
}

struct cni_error *
ipam_del(const struct plugin *p, const struct attachment *who,
         const char *ipam)
{
    bool is_former = ipam || strcmp(who->network, p->conf->name);
    struct json *conf = (is_former ? get_former_conf(p, who, ipam)
                         : json_clone(p->conf->json));
    char *text = json_to_string(conf, JSSF_SORT);
    struct delegate_task task = {
        .type = get_type(conf),
        .command = "DEL",
        .container = who->container,
        .ifname = who->ifname,
        .conf = is_former ? text : p->conf->text,
    };
    struct json *output = NULL;
    struct cni_error *error = NULL;

    if (task.type && !strchr(task.type, '/')) {
        error = run_in_some_version(p, &task, conf, &output);
    }
    json_destroy(output);
    json_destroy(conf);
    free(text);
    return error;
}

struct cni_error *
ipam_check(const struct plugin *p)
{
    return run_silent(p, "CHECK");
}

/* Does the plugin say by 'error' that it does not know the command? */
static bool
is_too_old(const struct cni_error *error)
{
    return (error->code == CNI_BAD_VERSION
            || error->code == CNI_BAD_ENVIRONMENT);
}

/* Runs a command that only later versions of the protocol have. */
static struct cni_error *
run_if_known(const struct plugin *p, const char *command)
{
    struct delegate_task task = {
        .type = p->conf->ipam,
        .command = command,
        .conf = p->conf->text,
    };
    struct json *output = NULL;
    struct cni_error *error;

    if (!p->conf->ipam) {
        return NULL;
    }
    error = delegate_run(&p->env, &task, p->deadline, &output);
    json_destroy(output);
    if (error && is_too_old(error)) {
        VLOG_DBG("%s does not know %s (%s)", p->conf->ipam, command,
                 printable_text(error->msg));
        cni_error_destroy(error);
        return NULL;
    }
    return error;
}

struct cni_error *
ipam_status(const struct plugin *p)
{
    return run_if_known(p, "STATUS");
}

struct cni_error *
ipam_gc(const struct plugin *p)
{
    return run_if_known(p, "GC");
}

char *
ipam_get_text(const struct plugin *p)
{
    const struct json *ipam = shash_find_data(json_object(p->conf->json),
                                              "ipam");

    return p->conf->ipam ? json_to_string(ipam, JSSF_SORT) : NULL;
}
