/* SPDX-License-Identifier: Apache-2.0 */

#ifndef CNI_ERROR_H
#define CNI_ERROR_H 1

/* What went wrong, in the form in which the CNI specification wants to be
 * told.
 *
 * A function that can fail returns a "struct cni_error *" which is null if it
 * did not, and otherwise the caller's to destroy. */

#include "openvswitch/compiler.h"

struct json;

/* The specification defines those below 100; the others are ours. */
enum cni_code {
    CNI_BAD_VERSION = 1,        /* cniVersion is none that we speak. */
    CNI_UNSUPPORTED_FIELD = 2,  /* A key asks for what we cannot do. */
    CNI_NO_CONTAINER = 3,       /* Nothing needs to be deleted. */
    CNI_BAD_ENVIRONMENT = 4,    /* A CNI_* variable is missing or invalid. */
    CNI_IO = 5,                 /* Reading or writing failed. */
    CNI_DECODE = 6,             /* It is not JSON. */
    CNI_BAD_CONFIG = 7,         /* It is JSON, but not a configuration. */
    CNI_TRY_AGAIN = 11,         /* It will pass: try the same again. */
    CNI_NOT_READY = 50,         /* STATUS: an ADD would fail. */
    CNI_LIMITED = 51,           /* STATUS: and what is there may suffer. */
    CNI_KERNEL = 100,           /* The kernel refused a link or address. */
    CNI_OPEN_VSWITCH = 101,     /* Open vSwitch refused a port. */
    CNI_IPAM = 102,             /* The IPAM plugin cannot be understood. */
    CNI_CHECK = 103,            /* CHECK: not what ADD left. */
};

struct cni_error {
    int code;                   /* An enum cni_code, or an IPAM plugin's. */
    char *msg;                  /* One sentence: what, why, what to do. */
};

struct cni_error *cni_error(int code, const char *format, ...)
    OVS_PRINTF_FORMAT(2, 3) OVS_WARN_UNUSED_RESULT;
void cni_error_destroy(struct cni_error *);

/* Keeps the first of two errors, either of which may be null, and logs and
 * destroys the other one. */
struct cni_error *cni_error_first(struct cni_error *, struct cni_error *)
    OVS_WARN_UNUSED_RESULT;

/* Logs and destroys an error, which may be null, that stops nothing. */
void cni_error_log(struct cni_error *);

/* Returns the error as the JSON object to print in protocol 'version'; the
 * caller must destroy it. */
struct json *cni_error_to_json(const struct cni_error *, const char *version);

#endif /* cni-error.h */
