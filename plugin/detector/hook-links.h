/* SPDX-License-Identifier: Apache-2.0 */

#ifndef HOOK_LINKS_H
#define HOOK_LINKS_H 1

/* Attaches the loaded programs of bpf/elephant.bpf.c, and detaches them while
 * there is nobody to watch: then conntrack works as if they did not exist.
 *
 * The kernel takes some tens of milliseconds to attach them and hundreds to
 * detach them, since it waits for processors that may be in them, so a thread
 * does it:
 *
 *                       wanted
 *        DETACHED ------------------> attaching
 *           ^                             |
 *           |                             v
 *        detaching <----------------- ATTACHED
 *                      not wanted
 *
 * Nobody else may attach or detach the programs meanwhile. */

#include <stdbool.h>

struct elephant_bpf;
struct hook_links;

/* Takes programs that are attached, and that must outlive the result. */
struct hook_links *hook_links_create(struct elephant_bpf *);

/* Leaves the programs as they are. */
void hook_links_destroy(struct hook_links *);

/* Says whether they should be attached from now on. */
void hook_links_set_wanted(struct hook_links *, bool wanted);

bool hook_links_are_attached(const struct hook_links *);

/* Returns true if they have been attached since the last call. */
bool hook_links_run(struct hook_links *, long long int now);
void hook_links_wait(const struct hook_links *);

#endif /* hook-links.h */
