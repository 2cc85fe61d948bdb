/* SPDX-License-Identifier: Apache-2.0 */

#ifndef OPTION_NUMBER_H
#define OPTION_NUMBER_H 1

/* A whole number that a program's command line gives. */

/* Returns the number 'value' of the option '--OPTION'.  Ends the process, with
 * a message, if it is not a number from 'min' to 'max'. */
int option_number_parse(const char *option, const char *value, int min,
                        int max);

#endif /* option-number.h */
