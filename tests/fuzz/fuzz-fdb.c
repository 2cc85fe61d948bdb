/* SPDX-License-Identifier: Apache-2.0 */

/* Feeds fdb_parse(): what "ovs-appctl fdb/show" prints. */

#include <config.h>
#include "addresses/fdb.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

#include "util.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_to_string(data, size);
    struct fdb_entry *entries;
    size_t n = fdb_parse(text, &entries);

    ovs_assert(n <= size + 1);
    free(entries);
    free(text);
    return 0;
}
