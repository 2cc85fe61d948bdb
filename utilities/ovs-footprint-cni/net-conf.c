/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "net-conf.h"

#include <stdlib.h>
#include <string.h>

#include "bitmap.h"
#include "cni-env.h"
#include "cni-error.h"
#include "cni-version.h"
#include "lib/ovs-compat.h"
#include "openvswitch/shash.h"
#include "util.h"

/* ovs-cni's defaults; the interval is in milliseconds. */
#define DEFAULT_LINK_RETRIES 5
#define DEFAULT_LINK_INTERVAL 600

/* In milliseconds. */
#define DEFAULT_TIMEOUT 30000
#define MAX_TIMEOUT 600000

/* The smallest MTU that RFC 791 allows, in bytes. */
#define MIN_MTU 68

/* The highest OpenFlow port number that ovs-vswitchd assigns
 * (Interface:ofport_request). */
#define MAX_OFPORT 65279

#define N_VLANS 4096

/* Keys that only runtimes act upon, or that say nothing that we need. */
static const char *const ignored_keys[] = {
    "type", "cniVersions", "disableCheck", "disableGC",
    "loadOnlyInlinedPlugins", "capabilities", "cni.dev/attachments",
};

static struct cni_error *
bad(const char *key, const char *remedy)
{
    return cni_error(CNI_BAD_CONFIG, "network configuration: \"%s\" is "
                     "invalid: %s", key, remedy);
}

/* Stores the member 'key' of 'object', if it is there, in '*value'. */
static struct cni_error *
get_string(const struct json *object, const char *key, const char **value)
{
    const struct json *json = shash_find_data(json_object(object), key);

    if (!json || json->type == JSON_NULL) {
        return NULL;
    }
    if (json->type != JSON_STRING) {
        return bad(key, "use a string");
    }
    *value = *json_string(json) ? json_string(json) : NULL;
    return NULL;
}

static struct cni_error *
get_integer(const struct json *object, const char *key, int64_t min,
            int64_t max, int64_t *value)
{
    const struct json *json = shash_find_data(json_object(object), key);

    if (!json || json->type == JSON_NULL) {
        return NULL;
    }
    if (json->type != JSON_INTEGER || json_integer(json) < min
        || json_integer(json) > max) {
        return cni_error(CNI_BAD_CONFIG, "network configuration: \"%s\" is "
                         "invalid: use a whole number from %"PRId64" to "
                         "%"PRId64, key, min, max);
    }
    *value = json_integer(json);
    return NULL;
}

static struct cni_error *
get_int(const struct json *object, const char *key, int min, int max,
        int *value)
{
    int64_t value64 = *value;
    struct cni_error *error = get_integer(object, key, min, max, &value64);

    *value = value64;
    return error;
}

/* Stores the member 'key', if it is there, in '*object', which is otherwise
 * set to null. */
static struct cni_error *
get_object(const struct json *parent, const char *key,
           const struct json **object)
{
    const struct json *json = (parent
                               ? shash_find_data(json_object(parent), key)
                               : NULL);

    *object = json && json->type == JSON_OBJECT ? json : NULL;
    return (json && json->type != JSON_OBJECT && json->type != JSON_NULL
            ? bad(key, "use an object") : NULL);
}

/* Parses one element of "trunk", {"id": N} or {"minID": N, "maxID": M}. */
static struct cni_error *
parse_trunk(const struct json *json, unsigned long *vlans)
{
    int id = -1, min = -1, max = -1;
    struct cni_error *error;

    if (json->type != JSON_OBJECT) {
        return bad("trunk", "use a list of {\"id\": VLAN} and "
                   "{\"minID\": VLAN, \"maxID\": VLAN}");
    }
    error = get_int(json, "id", 0, N_VLANS - 1, &id);
    if (!error) {
        error = get_int(json, "minID", 0, N_VLANS - 1, &min);
    }
    if (!error) {
        error = get_int(json, "maxID", 0, N_VLANS - 1, &max);
    }
    if (error) {
        return error;
    }
    if ((min < 0) != (max < 0) || (id < 0 && min < 0) || max < min) {
        return bad("trunk", "each element needs an \"id\", or a \"minID\" and "
                   "a \"maxID\" that is not less");
    }
    if (id >= 0) {
        bitmap_set1(vlans, id);
    }
    if (min >= 0) {
        bitmap_set_multiple(vlans, min, max - min + 1, true);
    }
    return NULL;
}

static struct cni_error *
parse_trunks(struct net_conf *conf, const struct json *json)
{
    unsigned long *vlans;
    struct cni_error *error = NULL;
    size_t i;

    if (json->type == JSON_NULL) {
        return NULL;
    }
    if (json->type != JSON_ARRAY) {
        return bad("trunk", "use a list");
    }
    vlans = bitmap_allocate(N_VLANS);
    for (i = 0; i < json_array_size(json) && !error; i++) {
        error = parse_trunk(json_array_at(json, i), vlans);
    }
    conf->trunks = xmalloc(N_VLANS * sizeof *conf->trunks);
    conf->n_trunks = 0;
    BITMAP_FOR_EACH_1 (i, N_VLANS, vlans) {
        conf->trunks[conf->n_trunks++] = i;
    }
    bitmap_free(vlans);
    return error;
}

static struct cni_error *
parse_mac(struct net_conf *conf, const struct json *object)
{
    const char *s = NULL;
    struct cni_error *error = get_string(object, "mac", &s);

    if (error || !s) {
        return error;
    }
    if (!eth_addr_from_string(s, &conf->mac) || eth_addr_is_zero(conf->mac)
        || eth_addr_is_multicast(conf->mac)) {
        return bad("mac", "use a unicast Ethernet address such as "
                   "0a:58:0a:00:00:05");
    }
    conf->has_mac = true;
    return NULL;
}

static struct cni_error *
parse_bandwidth(struct net_conf *conf, const struct json *runtime)
{
    struct net_conf_bandwidth *b = &conf->bandwidth;
    const struct {
        const char *key;
        int64_t *value;
    } members[] = {
        { "ingressRate", &b->ingress_rate },
        { "ingressBurst", &b->ingress_burst },
        { "egressRate", &b->egress_rate },
        { "egressBurst", &b->egress_burst },
    };
    const struct json *json;
    struct cni_error *error = get_object(runtime, "bandwidth", &json);

    for (size_t i = 0; json && i < ARRAY_SIZE(members) && !error; i++) {
        error = get_integer(json, members[i].key, 0, INT64_MAX,
                            members[i].value);
    }
    conf->has_bandwidth = b->ingress_rate || b->egress_rate;
    return error;
}

/* Takes the strings of 'object', which may be null. */
static void
take_labels(struct net_conf *conf, const struct json *object)
{
    struct shash_node *node;

    if (!object) {
        return;
    }
    SHASH_FOR_EACH (node, json_object(object)) {
        const struct json *value = node->data;

        if (value->type == JSON_STRING) {
            smap_replace(&conf->labels, node->name, json_string(value));
        }
    }
}

/* Parses args.cni: "mac", and "labels", which the CNI conventions define as
 * [{"key": K, "value": V}] and some runtimes write as an object. */
static struct cni_error *
parse_cni_args(struct net_conf *conf, const struct json *args)
{
    const struct json *cni, *labels;
    struct cni_error *error = get_object(args, "cni", &cni);

    if (error || !cni) {
        return error;
    }
    labels = shash_find_data(json_object(cni), "labels");
    if (labels && labels->type == JSON_OBJECT) {
        take_labels(conf, labels);
    } else if (labels && labels->type == JSON_ARRAY) {
        for (size_t i = 0; i < json_array_size(labels); i++) {
            const struct json *label = json_array_at(labels, i);
            const char *key = NULL, *value = NULL;

            if (label->type != JSON_OBJECT) {
                return bad("labels", "use a list of {\"key\": KEY, "
                           "\"value\": VALUE}");
            }
            error = get_string(label, "key", &key);
            if (!error) {
                error = get_string(label, "value", &value);
            }
            if (error) {
                return error;
            }
            if (key && value) {
                smap_replace(&conf->labels, key, value);
            }
        }
    }
    return parse_mac(conf, cni);
}

static struct cni_error *
parse_runtime(struct net_conf *conf)
{
    const struct json *args, *runtime, *annotations;
    struct cni_error *error = get_object(conf->json, "args", &args);

    error = cni_error_first(error, parse_cni_args(conf, args));
    error = cni_error_first(error, get_object(conf->json, "runtimeConfig",
                                              &runtime));
    if (!runtime) {
        return error;
    }
    error = cni_error_first(
        error, get_object(runtime, "io.kubernetes.cri.pod-annotations",
                          &annotations));
    take_labels(conf, annotations);
    error = cni_error_first(error, parse_mac(conf, runtime));
    if (!conf->device_id) {
        error = cni_error_first(error, get_string(runtime, "deviceID",
                                                  &conf->device_id));
    }
    return cni_error_first(error, parse_bandwidth(conf, runtime));
}

/* Parses {"containerID": ID, "ifname": NAME}, an attachment that GC must leave
 * alone. */
static struct cni_error *
parse_attachment(struct net_conf *conf, const struct json *json)
{
    const char *container = NULL, *ifname = NULL;
    struct cni_error *error;
    char *s;

    if (json->type != JSON_OBJECT) {
        return bad("cni.dev/valid-attachments", "use a list of objects");
    }
    error = get_string(json, "containerID", &container);
    if (!error) {
        error = get_string(json, "ifname", &ifname);
    }
    if (error) {
        return error;
    }
    if (!container || !ifname) {
        return bad("cni.dev/valid-attachments", "each needs a "
                   "\"containerID\" and an \"ifname\"");
    }
    s = xasprintf("%s %s", container, ifname);
    sset_add_and_free(&conf->attachments, s);
    return NULL;
}

/* Parses the attachments that are valid.  Some versions of libcni use another
 * key, which the specification had first, and all write null for an empty
 * list. */
static struct cni_error *
parse_attachments(struct net_conf *conf)
{
    const struct shash *object = json_object(conf->json);
    const struct json *json = shash_find_data(object,
                                              "cni.dev/valid-attachments");
    struct cni_error *error = NULL;

    json = json ? json : shash_find_data(object, "cni.dev/attachments");
    conf->has_attachments = json != NULL;
    if (!json || json->type == JSON_NULL) {
        return NULL;
    }
    if (json->type != JSON_ARRAY) {
        return bad("cni.dev/valid-attachments", "use a list");
    }
    for (size_t i = 0; i < json_array_size(json) && !error; i++) {
        error = parse_attachment(conf, json_array_at(json, i));
    }
    return error;
}

static struct cni_error *
parse_ipam(struct net_conf *conf)
{
    const struct json *ipam;
    struct cni_error *error = get_object(conf->json, "ipam", &ipam);

    if (error || !ipam) {
        return error;
    }
    error = get_string(ipam, "type", &conf->ipam);
    if (!error && conf->ipam && strchr(conf->ipam, '/')) {
        conf->ipam = NULL;
        return bad("ipam.type", "use a program's name, without a directory");
    }
    return error;
}

/* Reads those of ovs-cni's and our keys that are strings or numbers. */
static struct cni_error *
parse_scalars(struct net_conf *conf, const struct json *json)
{
    const struct {
        const char *key;
        const char **value;
    } strings[] = {
        { "bridge", &conf->bridge },
        { "interface_type", &conf->interface_type },
        { "deviceID", &conf->device_id },
        { "configuration_path", &conf->configuration_path },
        { "socket_file", &conf->socket_file },
        { "workload", &conf->workload },
    };
    const struct {
        const char *key;
        int min, max;
        int *value;
    } ints[] = {
        { "vlan", 0, N_VLANS - 1, &conf->vlan },
        { "mtu", 0, 65535, &conf->mtu },
        { "ofport_request", 0, MAX_OFPORT, &conf->ofport_request },
        { "link_state_check_retries", 0, 10000, &conf->link_retries },
        { "link_state_check_interval", 0, 60000, &conf->link_interval },
        { "timeout", 1, MAX_TIMEOUT, &conf->timeout },
    };
    struct cni_error *error = NULL;

    for (size_t i = 0; i < ARRAY_SIZE(strings); i++) {
        error = cni_error_first(error, get_string(json, strings[i].key,
                                                  strings[i].value));
    }
    for (size_t i = 0; i < ARRAY_SIZE(ints); i++) {
        error = cni_error_first(error, get_int(json, ints[i].key, ints[i].min,
                                               ints[i].max, ints[i].value));
    }
    return cni_error_first(error, (conf->mtu && conf->mtu < MIN_MTU
                                   ? bad("mtu", "use 68 or more") : NULL));
}

static bool
is_known(const char *key)
{
    static const char *const known_keys[] = {
        "cniVersion", "name", "ipam", "args", "runtimeConfig", "prevResult",
        "cni.dev/valid-attachments", "bridge", "interface_type", "deviceID",
        "configuration_path", "socket_file", "workload", "vlan", "trunk",
        "mtu", "dns",
        "ofport_request", "link_state_check_retries",
        "link_state_check_interval", "timeout",
    };

    for (size_t i = 0; i < ARRAY_SIZE(known_keys); i++) {
        if (!strcmp(key, known_keys[i])) {
            return true;
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(ignored_keys); i++) {
        if (!strcmp(key, ignored_keys[i])) {
            return true;
        }
    }
    return false;
}

static void
note_unknown_keys(struct net_conf *conf, const struct json *json)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, json_object(json)) {
        if (!is_known(node->name)) {
            sset_add(&conf->unknown, node->name);
        }
    }
}

/* Parses those members that are neither strings nor numbers. */
static struct cni_error *
parse_rest(struct net_conf *conf)
{
    const struct json *json;
    struct cni_error *error = NULL;

    json = shash_find_data(json_object(conf->json), "trunk");
    if (json) {
        error = parse_trunks(conf, json);
    }
    error = cni_error_first(error, parse_attachments(conf));
    error = cni_error_first(error, parse_ipam(conf));
    error = cni_error_first(error, get_object(conf->json, "dns", &conf->dns));
    error = cni_error_first(error, get_object(conf->json, "prevResult",
                                              &conf->prev_result));
    return cni_error_first(error, parse_runtime(conf));
}

static struct cni_error *
parse_version(struct net_conf *conf)
{
    const char *version = NULL;
    struct cni_error *error = get_string(conf->json, "cniVersion", &version);

    if (error) {
        return error;
    }
    if (!version || !cni_version_is_known(version)) {
        return cni_error(CNI_BAD_VERSION, "network configuration: "
                         "\"cniVersion\": \"%s\" is none that this plugin "
                         "speaks: use one from %s to %s",
                         version ? version : "", cni_oldest_version,
                         cni_latest_version);
    }
    conf->version = version;
    return NULL;
}

/* The same characters are allowed as in a container's ID: IPAM plugins make
 * file names of both. */
static struct cni_error *
parse_name(struct net_conf *conf)
{
    struct cni_error *error = get_string(conf->json, "name", &conf->name);
    const char *reason;

    if (error) {
        return error;
    }
    reason = (conf->name ? cni_check_container(conf->name)
              : "the network needs a name");
    if (reason) {
        conf->name = NULL;
        return bad("name", reason);
    }
    return NULL;
}

static struct net_conf *
net_conf_create(const char *text, struct json *json)
{
    struct net_conf *conf = xzalloc(sizeof *conf);

    conf->json = json;
    conf->input = xstrdup(text);
    conf->text = xstrdup(text);
    conf->version = cni_latest_version;
    conf->vlan = -1;
    conf->timeout = DEFAULT_TIMEOUT;
    conf->link_retries = DEFAULT_LINK_RETRIES;
    conf->link_interval = DEFAULT_LINK_INTERVAL;
    smap_init(&conf->labels);
    sset_init(&conf->unknown);
    sset_init(&conf->attachments);
    return conf;
}

/* Parses 'text', which error messages call 'what'.  Returns a JSON object, or
 * null with an error. */
static struct json *
parse_object(const char *text, const char *what, struct cni_error **error)
{
    struct json *json = json_from_string(text);

    if (json->type == JSON_OBJECT) {
        *error = NULL;
        return json;
    }
    *error = (json->type == JSON_STRING
              ? cni_error(CNI_DECODE, "%s is not a JSON object: %s", what,
                          json_string(json))
              : cni_error(CNI_DECODE, "%s is not a JSON object", what));
    json_destroy(json);
    return NULL;
}

struct cni_error *
net_conf_parse(const char *text, struct net_conf **confp)
{
    struct cni_error *error;
    struct json *json = parse_object(text, "stdin", &error);
    struct net_conf *conf;

    *confp = NULL;
    if (!json) {
        return error;
    }
    conf = net_conf_create(text, json);
    error = parse_version(conf);
    if (!error) {
        error = parse_name(conf);
    }
    if (!error) {
        error = parse_scalars(conf, json);
        error = cni_error_first(error, parse_rest(conf));
    } else {
        conf->name = NULL;
    }
    note_unknown_keys(conf, json);
    *confp = conf;
    return error;
}

/* The file's members are added to conf->json, since 'conf' has pointers to
 * strings in that, and then all of it is parsed again. */
struct cni_error *
net_conf_merge(struct net_conf *conf, const char *text, const char *file)
{
    struct cni_error *error;
    struct json *json = parse_object(text, file, &error);
    struct shash_node *node;

    if (!json) {
        return error;
    }
    note_unknown_keys(conf, json);
    SHASH_FOR_EACH (node, json_object(json)) {
        if (!shash_find(json_object(conf->json), node->name)) {
            json_object_put(conf->json, node->name, json_clone(node->data));
        }
    }
    json_destroy(json);
    free(conf->text);
    conf->text = json_to_string(conf->json, JSSF_SORT);
    error = parse_scalars(conf, conf->json);
    if (!conf->n_trunks) {
        const struct json *trunk = shash_find_data(json_object(conf->json),
                                                   "trunk");
        if (trunk) {
            free(conf->trunks);
            error = cni_error_first(error, parse_trunks(conf, trunk));
        }
    }
    return conf->ipam ? error : cni_error_first(error, parse_ipam(conf));
}

void
net_conf_destroy(struct net_conf *conf)
{
    if (conf) {
        json_destroy(conf->json);
        free(conf->input);
        free(conf->text);
        free(conf->trunks);
        smap_destroy(&conf->labels);
        sset_destroy(&conf->unknown);
        sset_destroy(&conf->attachments);
        free(conf);
    }
}

/* Returns what comes after the JSON string whose first quote is at 's'. */
static const char *
skip_string(const char *s)
{
    for (s++; *s != '"'; s++) {
        s += *s == '\\';
    }
    return s + 1;
}

/* Returns what comes after the JSON value that begins at 's'. */
static const char *
skip_value(const char *s)
{
    int depth = 0;

    do {
        if (*s == '"') {
            s = skip_string(s);
        } else if (*s == '{' || *s == '[') {
            depth++;
            s++;
        } else if (*s == '}' || *s == ']') {
            depth--;
            s++;
        } else {
            s += depth ? 1 : strcspn(s, ",}] \t\r\n");
        }
    } while (depth);
    return s;
}

static const char *
skip_space(const char *s)
{
    return s + strspn(s, " \t\r\n");
}

bool
net_conf_find_raw(const char *text, const char *key, const char **start,
                  size_t *len)
{
    const char *s = skip_space(text);
    bool found = false;

    s = skip_space(s + 1);      /* After the object's brace. */
    while (*s == '"') {
        const char *name = s + 1;
        const char *end = skip_string(s);
        size_t name_len = end - 1 - name;
        const char *value = skip_space(skip_space(end) + 1);

        end = skip_value(value);
        if (name_len == strlen(key) && !memcmp(name, key, name_len)) {
            /* Of several members with this name, the last one counts. */
            *start = value;
            *len = end - value;
            found = true;
        }
        s = skip_space(end);
        s = skip_space(s + (*s == ','));
    }
    return found;
}
