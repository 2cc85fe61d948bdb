/* SPDX-License-Identifier: Apache-2.0 */

#ifndef DETECTOR_CHOICE_H
#define DETECTOR_CHOICE_H 1

/* Chooses the kind of detector, by what the user wants and what works. */

struct detector;

/* Which detector the user wants. */
enum detector_choice {
    DETECTOR_CHOICE_AUTO,       /* The best that works. */
    DETECTOR_CHOICE_HOOK,
    DETECTOR_CHOICE_SCAN,
    DETECTOR_CHOICE_POLL,
    DETECTOR_CHOICE_NONE,
};

/* Returns the best detector of those that 'choice' allows and that work here;
 * one of kind DETECTOR_NONE if there is none.  Stores in '*whyp' a malloc()'d
 * string for people that says why it is not a better one, or null if it is the
 * best of all. */
struct detector *detector_choose(enum detector_choice choice, char **whyp);

#endif /* detector-choice.h */
