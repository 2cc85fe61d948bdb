/*
 * Copyright (c) 2026 The ovs-footprint Authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at:
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */


#ifndef SHOW_STATUS_H
#define SHOW_STATUS_H 1

/* How the daemon itself is doing: "show-status". */

struct ds;
struct json;
struct node;
struct ovsdb_idl;

struct status_context {
    struct node *node;
    struct ovsdb_idl *idl;
    const char *remote;         /* The database. */
};

void status_format(const struct status_context *, struct ds *);

/* Returns a new JSON object; the caller must destroy it. */
struct json *status_to_json(const struct status_context *);

#endif /* show-status.h */
