/* SPDX-License-Identifier: Apache-2.0 */

#ifndef CNI_RESULT_H
#define CNI_RESULT_H 1

/* The result of an ADD: what an IPAM plugin prints, what comes back as
 * prevResult, and what we print.  Pure. */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "packets.h"

struct cni_error;
struct json;

/* An IPv4 address is IPv4-mapped, its prefix length that of IPv4. */
struct cni_prefix {
    struct in6_addr addr;
    unsigned int plen;
    bool is_v4;
};

struct cni_ip {
    struct cni_prefix prefix;
    struct in6_addr gateway;    /* Zeros: none. */
    int interface;              /* Index in 'interfaces', or -1. */
};

struct cni_route {
    struct cni_prefix dst;
    struct in6_addr gw;         /* Zeros: none is given. */
    int mtu, advmss, priority;  /* 0: none is given. */
    int table, scope;           /* -1: none is given. */
};

struct cni_interface {
    char *name;
    char *mac;                  /* Or null. */
    char *sandbox;              /* Null: it is the host's. */
    int mtu;                    /* 0: not said. */
};

struct cni_result {
    struct cni_interface *interfaces;
    size_t n_interfaces;
    struct cni_ip *ips;
    size_t n_ips;
    struct cni_route *routes;
    size_t n_routes;
    struct json *dns;           /* Or null. */
};

void cni_result_init(struct cni_result *);
void cni_result_destroy(struct cni_result *);

/* Parses 'json', which error messages call 'what'.  Initializes 'result',
 * which the caller must destroy even if this fails. */
struct cni_error *cni_result_parse(const struct json *json, const char *what,
                                   struct cni_result *result);

/* Adds an interface.  Copies the strings. */
void cni_result_add_interface(struct cni_result *, const char *name,
                              const char *mac, const char *sandbox, int mtu);

/* Returns the gateway that 'route' names, else that of the first address of
 * its family, else null. */
const struct in6_addr *cni_result_get_gateway(const struct cni_result *,
                                              const struct cni_route *route);

/* Returns the result as JSON in protocol 'version'; the caller must destroy
 * it. */
struct json *cni_result_to_json(const struct cni_result *,
                                const char *version);

/* Returns "10.0.0.2" or "10.0.0.2/24", or the same with IPv6; the caller must
 * free it. */
char *cni_addr_to_string(const struct in6_addr *);
char *cni_prefix_to_string(const struct cni_prefix *);

#endif /* cni-result.h */
