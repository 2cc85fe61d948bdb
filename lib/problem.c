/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "lib/problem.h"

#include <stdlib.h>
#include <string.h>

bool
problem_set(char **problemp, char *problem)
{
    bool is_news = problem && (!*problemp || strcmp(*problemp, problem));

    free(*problemp);
    *problemp = problem;
    return is_news;
}
