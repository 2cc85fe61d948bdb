/* SPDX-License-Identifier: Apache-2.0 */

/* For sparse only, which takes glibc's initializers of a mutex for integers
 * that are used as pointers. */

#include_next <pthread.h>

#undef PTHREAD_MUTEX_INITIALIZER
#define PTHREAD_MUTEX_INITIALIZER {}

#undef PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP
#undef PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP
