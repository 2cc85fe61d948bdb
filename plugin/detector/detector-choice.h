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

#ifndef DETECTOR_CHOICE_H
#define DETECTOR_CHOICE_H 1

/* Which kind of detector it is to be: what the user wants, and what works. */

#include "settings/settings.h"

/* Returns the best detector of those that 'choice' allows and that work here;
 * one of kind DETECTOR_NONE if there is none.  Stores in '*whyp' a malloc()'d
 * string for people that says why it is not a better one, or null if it is the
 * best of all. */
struct detector *detector_choose(enum detector_choice choice, char **whyp);

#endif /* detector-choice.h */
