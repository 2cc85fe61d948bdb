/* SPDX-License-Identifier: Apache-2.0 */

/* Feeds net-conf and cni-result: a network configuration and, after a byte 1,
 * the file that is merged into it.  What comes in as prevResult must go out
 * byte for byte, and a result must survive being written and read. */

#include <config.h>
#include "tests/fuzz/fuzz.h"
#include "utilities/ovs-footprint-cni/net-conf.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/json.h"
#include "util.h"
#include "utilities/ovs-footprint-cni/attachment.h"
#include "utilities/ovs-footprint-cni/cni-error.h"
#include "utilities/ovs-footprint-cni/cni-result.h"

/* The text that net_conf_find_raw() finds must be the value that it stands
 * for. */
static void
check_raw(const struct net_conf *conf)
{
    const char *raw;
    size_t len;

    if (conf->prev_result
        && net_conf_find_raw(conf->input, "prevResult", &raw, &len)) {
        char *copy = xmemdup0(raw, len);
        struct json *json = json_from_string(copy);

        ovs_assert(json_equal(json, conf->prev_result));
        json_destroy(json);
        free(copy);
    }
}

static void
check_result(const struct json *json, const char *version)
{
    struct cni_result a, b;
    struct cni_error *error = cni_result_parse(json, "result", &a);

    if (!error) {
        struct json *once = cni_result_to_json(&a, version), *twice;

        ovs_assert(!cni_result_parse(once, "result", &b));
        twice = cni_result_to_json(&b, version);
        ovs_assert(json_equal(once, twice));
        json_destroy(once);
        json_destroy(twice);
        cni_result_destroy(&b);
    }
    cni_result_destroy(&a);
    cni_error_destroy(error);
}

static void
check_conf(const struct net_conf *conf)
{
    char port[IFNAMSIZ];
    struct attachment a = { conf->name, "c1", "eth0" };

    attachment_get_port(&a, port);
    ovs_assert(attachment_port_is_of(conf->name, port));
    check_raw(conf);
    if (conf->prev_result) {
        check_result(conf->prev_result, conf->version);
        check_result(conf->prev_result, "1.1.0");
    }
}

/* Destroys 'error', which must be printable as JSON. */
static void
drop_error(struct cni_error *error)
{
    if (error) {
        struct json *json = cni_error_to_json(error, "1.0.0");

        free(json_to_string(json, 0));
        json_destroy(json);
        cni_error_destroy(error);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_to_string(data, size);
    char *file = strchr(text, 1);
    struct cni_error *error;
    struct net_conf *conf;

    if (file) {
        *file++ = '\0';
    }
    error = net_conf_parse(text, &conf);
    ovs_assert(error || conf);
    if (!error) {
        check_conf(conf);
        if (file) {
            error = net_conf_merge(conf, file, "file");
        }
    }
    drop_error(error);
    net_conf_destroy(conf);
    free(text);
    return 0;
}
