/* SPDX-License-Identifier: Apache-2.0 */

#ifndef SCREEN_H
#define SCREEN_H 1

/* The terminal: lines, colours and keys, by ncurses.  It is left as it was,
 * even if the program is killed by a signal that can be caught. */

#include <stdbool.h>
#include <stddef.h>

struct view;

/* Takes the terminal, with colours if it has some and 'colour'.  Returns
 * false, with a sentence in '*errorp' that the caller must free, if it
 * cannot be used. */
bool screen_open(bool colour, char **errorp);
void screen_close(void);

/* Stores how many characters fit on it. */
void screen_get_size(size_t *width, size_t *height);

/* Shows 'view', which was made for this size. */
void screen_draw(const struct view *);

/* Returns the next key (model.h), TOP_KEY_NONE if none was pressed. */
int screen_get_key(void);

/* Has poll_block() wake up when a key is pressed, or the size changes. */
void screen_wait(void);

#endif /* screen.h */
