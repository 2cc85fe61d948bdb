/* SPDX-License-Identifier: Apache-2.0 */

#ifndef CNI_VERSION_H
#define CNI_VERSION_H 1

/* The versions of the CNI specification that we speak.  Pure. */

#include <stdbool.h>

struct json;

extern const char cni_oldest_version[];
extern const char cni_latest_version[];

/* Does protocol 'version' exist and do we speak it? */
bool cni_version_is_known(const char *version);

/* Is 'version', which we speak, 'other' or later? */
bool cni_version_is_at_least(const char *version, const char *other);

/* Returns the JSON array of the versions that we speak. */
struct json *cni_versions_to_json(void);

#endif /* cni-version.h */
