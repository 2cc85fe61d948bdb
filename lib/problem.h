/* SPDX-License-Identifier: Apache-2.0 */

#ifndef PROBLEM_H
#define PROBLEM_H 1

/* A problem: a sentence for people that says what is wrong and what would
 * help, or null while nothing is.  Whoever has one keeps it for "show-status"
 * and logs it once, when it changes.  Pure. */

#include <stdbool.h>

/* Makes '*problemp' 'problem', which may be null, and takes ownership of it.
 * Returns true if there is a problem now that differs from the previous one,
 * and is to be logged. */
bool problem_set(char **problemp, char *problem);

#endif /* problem.h */
