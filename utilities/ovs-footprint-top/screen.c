/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "screen.h"

#include <curses.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fatal-signal.h"
#include "lib/ovs-compat.h"
#include "lib/printable.h"
#include "model.h"
#include "openvswitch/poll-loop.h"
#include "signals.h"
#include "socket-util.h"
#include "util.h"
#include "view.h"

/* How long an Esc waits for the rest of a key's sequence, in milliseconds. */
#define ESCAPE_DELAY 50

static int resized[2];          /* A pipe to which handle_winch() writes. */
static int input;               /* A copy of stdin, since poll_fd_wait() does
                                 * not accept 0. */
static bool is_open;
static bool colours;            /* Are colours used? */

static void
handle_winch(int signr OVS_UNUSED)
{
    int save_errno = errno;

    ovs_ignore(write(resized[1], "", 1));
    errno = save_errno;
}

/* Catches SIGWINCH.  ncurses has a handler, too, but that does not wake up
 * poll_block(). */
static void
catch_winch(void)
{
    struct sigaction sa = {
        .sa_handler = handle_winch,
        .sa_flags = SA_RESTART,
    };

    xpipe_nonblocking(resized);
    sigemptyset(&sa.sa_mask);
    xsigaction(SIGWINCH, &sa, NULL);
}

static void
restore_terminal(void *aux OVS_UNUSED)
{
    screen_close();
}

/* Colours on the terminal's own background. */
static void
init_colours(void)
{
    start_color();
    use_default_colors();
    init_pair(VIEW_TITLE, COLOR_CYAN, -1);
    init_pair(VIEW_PROBLEM, COLOR_WHITE, COLOR_RED);
    init_pair(VIEW_FOCUS, COLOR_BLACK, COLOR_CYAN);
    init_pair(VIEW_HEADING, COLOR_CYAN, -1);
    init_pair(VIEW_HEAVY, COLOR_RED, -1);
    init_pair(VIEW_UNSURE, COLOR_YELLOW, -1);
    init_pair(VIEW_FAINT, -1, -1);
}

static attr_t
get_attributes(enum view_style style)
{
    static const attr_t attributes[VIEW_N_STYLES] = {
        [VIEW_PROBLEM] = A_BOLD,
        [VIEW_HEADING] = A_BOLD,
        [VIEW_HEAVY] = A_BOLD,
    };
    static const attr_t plain_attributes[VIEW_N_STYLES] = {
        [VIEW_PROBLEM] = A_REVERSE | A_BOLD,
        [VIEW_FOCUS] = A_REVERSE,
        [VIEW_HEADING] = A_BOLD,
        [VIEW_HEAVY] = A_BOLD,
    };

    return (colours ? attributes[style] | COLOR_PAIR(style)
            : plain_attributes[style]);
}

/* Has ncurses take the terminal.  Returns false if TERM is not known, or the
 * terminal cannot move its cursor. */
static bool
take_terminal(void)
{
    const char *cup;

    if (!newterm(NULL, stdout, stdin)) {
        return false;
    }
    cup = tigetstr("cup");
    is_open = true;
    if (!cup || cup == (char *) -1) {
        screen_close();
    }
    return is_open;
}

bool
screen_open(bool colour, char **errorp)
{
    const char *term = getenv("TERM");

    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        *errorp = xstrdup("stdin or stdout is not a terminal; use --batch");
        return false;
    }
    input = dup(STDIN_FILENO);
    if (input < 0) {
        *errorp = xasprintf("cannot read the terminal (%s)",
                            ovs_strerror(errno));
        return false;
    }
    catch_winch();
    fatal_signal_add_hook(restore_terminal, NULL, NULL, true);
    if (!take_terminal()) {
        *errorp = xasprintf("TERM=%s: such a terminal is unknown, or cannot "
                            "move its cursor; set TERM, or use --batch",
                            term ? printable(term) : "");
        return false;
    }
    colours = colour && has_colors();
    if (colours) {
        init_colours();
    }
    cbreak();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    set_escdelay(ESCAPE_DELAY);
    curs_set(0);
    return true;
}

void
screen_close(void)
{
    if (is_open) {
        is_open = false;
        endwin();
    }
}

/* Adapts to the terminal's size if that has changed. */
static void
adapt_size(void)
{
    struct winsize size;
    char buffer[64];
    bool changed = false;

    while (read(resized[0], buffer, sizeof buffer) > 0) {
        changed = true;
    }
    if (changed && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row
        && size.ws_col) {
        resizeterm(size.ws_row, size.ws_col);
        clearok(stdscr, TRUE);
    }
}

void
screen_get_size(size_t *width, size_t *height)
{
    adapt_size();
    *width = MAX(1, getmaxx(stdscr));
    *height = MAX(1, getmaxy(stdscr));
}

void
screen_draw(const struct view *view)
{
    erase();
    for (size_t i = 0; i < view->n; i++) {
        attrset(get_attributes(view->lines[i].style));
        mvaddstr(i, 0, ds_cstr_ro(&view->lines[i].text));
    }
    attrset(A_NORMAL);
    refresh();
}

int
screen_get_key(void)
{
    static const struct {
        int curses;
        enum top_key key;
    } keys[] = {
        { ERR, TOP_KEY_NONE },
        { KEY_RESIZE, TOP_KEY_NONE },
        { KEY_UP, TOP_KEY_UP },
        { KEY_DOWN, TOP_KEY_DOWN },
        { KEY_PPAGE, TOP_KEY_PAGE_UP },
        { KEY_NPAGE, TOP_KEY_PAGE_DOWN },
        { KEY_HOME, TOP_KEY_HOME },
        { KEY_END, TOP_KEY_END },
        { KEY_BTAB, TOP_KEY_BACK_TAB },
        { KEY_ENTER, TOP_KEY_ENTER },
        { KEY_BACKSPACE, TOP_KEY_ERASE },
        { '\t', TOP_KEY_TAB },
        { '\r', TOP_KEY_ENTER },
        { '\n', TOP_KEY_ENTER },
        { '\x1b', TOP_KEY_ESCAPE },
        { '\x7f', TOP_KEY_ERASE },
        { '\b', TOP_KEY_ERASE },
    };
    int c = getch();

    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        if (c == keys[i].curses) {
            return keys[i].key;
        }
    }
    return c;
}

void
screen_wait(void)
{
    poll_fd_wait(input, POLLIN);
    poll_fd_wait(resized[0], POLLIN);
}
