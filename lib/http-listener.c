/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "lib/http-listener.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/http-server-config.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "socket-util.h"
#include "util.h"

/* Opens the socket for "ADDRESS:PORT". */
static bool
open_socket(struct http_listener *l, const char *listen, char **errorp)
{
    struct ds address = DS_EMPTY_INITIALIZER;
    const char *colon = strrchr(listen, ':');
    struct sockaddr_storage ss;
    char *passive;
    int port;

    if (!colon || !str_to_int(colon + 1, 10, &port) || port < 0
        || port > 65535) {
        *errorp = xasprintf("%s: not an address to listen on, use "
                            "ADDRESS:PORT, e.g. 127.0.0.1:8080", listen);
        return false;
    }
    passive = (colon == listen ? xasprintf("%d", port)
               : xasprintf("%d:%.*s", port, (int) (colon - listen), listen));
    l->fd = inet_open_passive(SOCK_STREAM, passive, 0, &ss, 0, true);
    free(passive);
    if (l->fd < 0) {
        *errorp = xasprintf("%s: cannot listen there (%s): %s", listen,
                            ovs_strerror(-l->fd), l->fd == -EADDRINUSE
                            ? "choose another port or stop what uses it"
                            : "give an IP address of this host, not a name");
        return false;
    }
    ss_format_address(&ss, &address);
    /* In two literals, since checkpatch takes "//" for a comment. */
    l->url = xasprintf("%s:/" "/%s:%d", l->certificate ? "https" : "http",
                       ds_cstr(&address), ss_get_port(&ss));
    ds_destroy(&address);
    return true;
}

/* Reads the file 'name', which is 'what' in PEM format, into the malloc()'d
 * string '*contents', or makes that null if 'name' is null.  Returns false and
 * says why in '*errorp' if it cannot be read. */
static bool
read_pem(const char *name, const char *what, char **contents, char **errorp)
{
    gnutls_datum_t data;

    *contents = NULL;
    if (!name) {
        return true;
    }
    if (gnutls_load_file(name, &data)) {
        *errorp = xasprintf("%s: cannot read the %s (%s)", name, what,
                            ovs_strerror(errno));
        return false;
    }
    *contents = xmemdup0((const char *) data.data, data.size);
    gnutls_free(data.data);
    return true;
}

static bool
check_config(const struct http_server_config *config, char **errorp)
{
    if (!config->certificate != !config->private_key) {
        *errorp = xstrdup("TLS needs both a certificate and a private key");
    } else if (config->ca_cert && !config->certificate) {
        *errorp = xstrdup("a CA certificate is of no use without TLS: give a "
                          "certificate and a private key as well");
    } else {
        return true;
    }
    return false;
}

bool
http_listener_init(struct http_listener *l,
                   const struct http_server_config *config, char **errorp)
{
    memset(l, 0, sizeof *l);
    l->fd = -1;
    return (check_config(config, errorp)
            && read_pem(config->private_key, "private key", &l->key, errorp)
            && read_pem(config->certificate, "certificate", &l->certificate,
                        errorp)
            && read_pem(config->ca_cert, "CA certificate", &l->ca, errorp)
            && open_socket(l, config->listen, errorp));
}

void
http_listener_destroy(struct http_listener *l)
{
    free(l->url);
    free(l->key);
    free(l->certificate);
    free(l->ca);
}
