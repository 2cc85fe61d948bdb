/* SPDX-License-Identifier: Apache-2.0 */

#ifndef NET_CONF_H
#define NET_CONF_H 1

/* A network configuration, as a runtime writes it to a plugin's stdin.
 *
 * Knows the keys of the CNI specification and of ovs-cni, by their names, so
 * that a host can change a configuration's type and nothing else, and a few of
 * ours.  Pure: knows JSON, not files. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packets.h"
#include "smap.h"
#include "sset.h"

struct cni_error;
struct json;

/* The bandwidth capability: bits per second, and bits; 0 for no limit. */
struct net_conf_bandwidth {
    int64_t ingress_rate, ingress_burst; /* To the container. */
    int64_t egress_rate, egress_burst;   /* From it. */
};

struct net_conf {
    struct json *json;          /* All of it. */
    char *input;                /* As it came, byte for byte. */
    char *text;                 /* The same, unless something was merged into
                                 * it. */

    /* The specification's. */
    const char *version;        /* cniVersion. */
    const char *name;           /* Of the network. */
    const char *ipam;           /* The IPAM plugin, or null for none. */
    const struct json *prev_result; /* Or null. */
    const struct json *dns;     /* Takes precedence over IPAM's; or null. */
    bool has_attachments;       /* Does it say which attachments are valid? */
    struct sset attachments;    /* Those: "CONTAINER IFNAME". */

    /* ovs-cni's. */
    const char *bridge;         /* Or null. */
    int vlan;                   /* -1: none. */
    int64_t *trunks;            /* In order. */
    size_t n_trunks;
    int mtu;                    /* 0: the kernel's default. */
    int ofport_request;         /* 0: any. */
    const char *interface_type; /* Of the Interface, or "". */
    const char *device_id;      /* PCI address of a VF, or null. */
    const char *configuration_path; /* Or null. */
    const char *socket_file;    /* Or null. */
    int link_retries;           /* How often to look for a link that is up. */
    int link_interval;          /* In milliseconds, in between. */

    /* Ours. */
    int timeout;                /* In milliseconds, for one command. */
    const char *workload;       /* Or null. */

    /* Capabilities, and what is said for one container only. */
    bool has_mac;
    struct eth_addr mac;
    bool has_bandwidth;
    struct net_conf_bandwidth bandwidth;
    struct smap labels;

    struct sset unknown;        /* Keys that mean nothing to us. */
};

/* Parses 'text'.  Stores the configuration in '*confp', or null with an error;
 * either way the caller must destroy it.  If 'name' is not null in spite of an
 * error, all that is valid has been read, and the rest is as if it were
 * missing. */
struct cni_error *net_conf_parse(const char *text, struct net_conf **confp);
void net_conf_destroy(struct net_conf *);

/* Takes from 'text', the file that configuration_path names, which is called
 * 'file', what 'conf' does not say itself. */
struct cni_error *net_conf_merge(struct net_conf *conf, const char *text,
                                 const char *file);

/* Stores in '*start' and '*len' the value of the member 'key' of 'text', which
 * must be a valid JSON object.  Returns false if it has no such member. */
bool net_conf_find_raw(const char *text, const char *key, const char **start,
                       size_t *len);

#endif /* net-conf.h */
