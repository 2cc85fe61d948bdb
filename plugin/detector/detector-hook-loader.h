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

#ifndef DETECTOR_HOOK_LOADER_H
#define DETECTOR_HOOK_LOADER_H 1

/* Gets bpf/elephant.bpf.c into the kernel: chooses how to attach it, by
 * trying, and explains what was refused.  What it is for is
 * detector-hook.c's business. */

struct elephant_bpf;

/* Loads and attaches the programs in the best way that the kernel accepts.
 * Returns the skeleton, which the caller destroys with
 * elephant_bpf__destroy(), and stores in '*howp' a string for people that says
 * how it is attached, and why not better.  On failure returns null and stores
 * in '*errorp' what was refused and what would help.  The caller must free
 * either string; the other one is set to null. */
struct elephant_bpf *hook_load(char **howp, char **errorp);

#endif /* detector-hook-loader.h */
