/* SPDX-License-Identifier: Apache-2.0 */

/* For sparse only, which finds integers used as pointers in the macros of
 * ncurses: here they are functions. */

#define NCURSES_NOMACROS 1
#include_next <curses.h>
