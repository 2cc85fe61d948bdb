/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "attachment.h"

#include <string.h>

#include "sha1.h"
#include "util.h"

/* A port is called "fp", 4 characters for the network, 9 for the rest: 20 and
 * 45 bits of a SHA-1 each, which for a thousand containers is one chance in 70
 * million that two have one name (and the later ADD would be told so). */
#define PREFIX "fp"
#define NETWORK_LEN 4
#define REST_LEN 9
#define PORT_LEN (sizeof PREFIX - 1 + NETWORK_LEN + REST_LEN)

BUILD_ASSERT_DECL(PORT_LEN < IFNAMSIZ);

/* Without vowels, so that no name contains a word. */
static const char alphabet[] = "0123456789bcdfghjklmnpqrstvwxyz-";

/* Writes 'n' characters of the digest of the strings to 's', 5 bits each.  The
 * null bytes are digested, too, so that "a", "bc" is not the same as "ab",
 * "c". */
static void
digest(const char *const strings[], size_t n_strings, char *s, size_t n)
{
    uint8_t bytes[SHA1_DIGEST_SIZE];
    struct sha1_ctx ctx;
    unsigned int bit = 0;

    sha1_init(&ctx);
    for (size_t i = 0; i < n_strings; i++) {
        sha1_update(&ctx, strings[i], strlen(strings[i]) + 1);
    }
    sha1_final(&ctx, bytes);
    for (size_t i = 0; i < n; i++, bit += 5) {
        uint16_t pair = bytes[bit / 8] << 8 | bytes[bit / 8 + 1];

        s[i] = alphabet[pair >> (11 - bit % 8) & 31];
    }
}

static void
get_prefix(const char *network, char *prefix)
{
    memcpy(prefix, PREFIX, sizeof PREFIX - 1);
    digest(&network, 1, prefix + sizeof PREFIX - 1, NETWORK_LEN);
}

void
attachment_get_port(const struct attachment *a, char port[IFNAMSIZ])
{
    const char *const rest[] = { a->network, a->container, a->ifname };

    get_prefix(a->network, port);
    digest(rest, ARRAY_SIZE(rest), port + PORT_LEN - REST_LEN, REST_LEN);
    port[PORT_LEN] = '\0';
}

bool
attachment_is_port(const char *port)
{
    size_t prefix_len = sizeof PREFIX - 1;

    return (!strncmp(port, PREFIX, prefix_len) && strlen(port) == PORT_LEN
            && strspn(port + prefix_len, alphabet) == PORT_LEN - prefix_len);
}

bool
attachment_port_is_of(const char *network, const char *port)
{
    char prefix[PORT_LEN];

    get_prefix(network, prefix);
    return (attachment_is_port(port)
            && !memcmp(port, prefix, sizeof PREFIX - 1 + NETWORK_LEN));
}
