/* SPDX-License-Identifier: Apache-2.0 */

#ifndef DETECTOR_HOOK_LOADER_H
#define DETECTOR_HOOK_LOADER_H 1

/* Gets bpf/elephant.bpf.c into the kernel: chooses how to attach it, by
 * trying, and explains what was refused.  What it is for is
 * detector-hook.c's business. */

#include <stdbool.h>

struct elephant_bpf;

/* Loads and attaches the programs in the best way that the kernel accepts.
 * Returns the skeleton, which the caller destroys with
 * elephant_bpf__destroy(), and stores in '*howp' a string for people that says
 * how it is attached, and why not better.  On failure returns null and stores
 * in '*errorp' what was refused and what would help.  The caller must free
 * either string; the other one is set to null. */
struct elephant_bpf *hook_load(char **howp, char **errorp);

/* Returns true if the kernel's function tracer is switched off.  Then programs
 * can be attached to functions, but are never called. */
bool hook_is_off(void);

#endif /* detector-hook-loader.h */
