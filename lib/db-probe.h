/* SPDX-License-Identifier: Apache-2.0 */

#ifndef DB_PROBE_H
#define DB_PROBE_H 1

/* Whether a server has a database yet, and which version of its schema.
 *
 * The OVSDB IDL takes for granted that its database is there, and complains
 * again and again if it is not.  Ours may be added to a running ovsdb-server
 * at any time, or never.  So this looks first, and the server tells it when
 * that changes. */

#include <stdbool.h>

struct db_probe;

/* 'remotes' is one server, or several of a cluster separated by commas. */
struct db_probe *db_probe_create(const char *remotes, const char *database);
void db_probe_destroy(struct db_probe *);

void db_probe_run(struct db_probe *);
void db_probe_wait(struct db_probe *);

/* Returns the version of the database's schema, "1.0.0", or null if it is not
 * known to be there. */
const char *db_probe_get_version(const struct db_probe *);

/* Does the server say that it does not have it? */
bool db_probe_is_absent(const struct db_probe *);

/* Returns a malloc()'d sentence that says why it is not known to be there. */
char *db_probe_explain(const struct db_probe *);

#endif /* db-probe.h */
