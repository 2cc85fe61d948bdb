/* SPDX-License-Identifier: Apache-2.0 */

#ifndef FUZZ_H
#define FUZZ_H 1

/* What the fuzzers have in common.  Each tests/fuzz/fuzz-X.c has libFuzzer
 * feed the parser X with whatever it makes of the files in
 * tests/fuzz/corpus/X. */

#include <stddef.h>
#include <stdint.h>

struct smap;

/* libFuzzer calls these. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Fills 'map', which the caller must destroy, from the lines "KEY=VALUE" of
 * 'data', up to an empty line if there is one.  Returns how many bytes of
 * 'data' it took. */
size_t fuzz_take_smap(const uint8_t *data, size_t size, struct smap *map);

/* Returns 'data' as a string, which the caller must free. */
char *fuzz_to_string(const uint8_t *data, size_t size);

#endif /* fuzz.h */
