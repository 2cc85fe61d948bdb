/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "cni-error.h"

#include <stdarg.h>
#include <stdlib.h>

#include "lib/printable.h"
#include "openvswitch/json.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(cni_error);

struct cni_error *
cni_error(int code, const char *format, ...)
{
    struct cni_error *error = xmalloc(sizeof *error);
    va_list args;

    va_start(args, format);
    error->code = code;
    error->msg = xvasprintf(format, args);
    va_end(args);
    return error;
}

void
cni_error_destroy(struct cni_error *error)
{
    if (error) {
        free(error->msg);
        free(error);
    }
}

void
cni_error_log(struct cni_error *error)
{
    if (error) {
        VLOG_WARN("%s", printable_text(error->msg));
        cni_error_destroy(error);
    }
}

struct cni_error *
cni_error_first(struct cni_error *a, struct cni_error *b)
{
    if (!a) {
        return b;
    }
    cni_error_log(b);
    return a;
}

struct json *
cni_error_to_json(const struct cni_error *error, const char *version)
{
    struct json *json = json_object_create();

    json_object_put_string(json, "cniVersion", version);
    json_object_put(json, "code", json_integer_create(error->code));
    json_object_put_string(json, "msg", error->msg);
    return json;
}
