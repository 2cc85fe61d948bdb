/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "ports.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cni-error.h"
#include "net-conf.h"
#include "openvswitch/poll-loop.h"
#include "ovsdb-idl.h"
#include "ovsdb/footprint-keys.h"
#include "socket-util.h"
#include "timeval.h"
#include "util.h"
#include "vswitch-idl.h"

/* When to connect again to a server that had no place for us, in
 * milliseconds. */
#define RETRY_MSEC 100

struct ports {
    struct ovsdb_idl *idl;
    char *remote;
};

/* The keys that we write to the Interface of a port that somebody else
 * added. */
static const char *const our_keys[] = {
    FP_ID_NAMESPACE, FP_ID_POD, FP_ID_CONTAINER, FP_CFG_IMAGE, FP_ID_ADDRESSES,
    FP_CNI_DID, FP_CNI_NETWORK, FP_CNI_IFNAME,
};

static void
register_columns(struct ovsdb_idl *idl)
{
    static const struct ovsdb_idl_column *const columns[] = {
        &ovsrec_open_vswitch_col_bridges,
        &ovsrec_open_vswitch_col_cur_cfg,
        &ovsrec_open_vswitch_col_external_ids,
        &ovsrec_bridge_col_name,
        &ovsrec_bridge_col_ports,
        &ovsrec_bridge_col_external_ids,
        &ovsrec_port_col_name,
        &ovsrec_port_col_interfaces,
        &ovsrec_port_col_external_ids,
        &ovsrec_port_col_tag,
        &ovsrec_port_col_trunks,
        &ovsrec_port_col_vlan_mode,
        &ovsrec_port_col_qos,
        &ovsrec_interface_col_name,
        &ovsrec_interface_col_type,
        &ovsrec_interface_col_external_ids,
        &ovsrec_interface_col_ofport,
        &ovsrec_interface_col_ifindex,
        &ovsrec_interface_col_error,
        &ovsrec_interface_col_link_state,
        &ovsrec_qos_col_external_ids,
    };

    for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
        ovsdb_idl_add_column(idl, columns[i]);
    }
    /* Only written: what it is now does not matter. */
    ovsdb_idl_add_column(idl, &ovsrec_open_vswitch_col_next_cfg);
    ovsdb_idl_omit_alert(idl, &ovsrec_open_vswitch_col_next_cfg);
    ovsdb_idl_add_table(idl, &ovsrec_table_queue);
}

/* Runs the database's client until 'is_done' returns true.  Returns false at
 * 'deadline', or when the connection is lost. */
static bool
run_until(struct ports *ports, bool (*is_done)(struct ports *, void *aux),
          void *aux, long long int deadline)
{
    for (;;) {
        ovsdb_idl_run(ports->idl);
        if (is_done(ports, aux)) {
            return true;
        }
        if (!ovsdb_idl_is_alive(ports->idl) || time_msec() >= deadline) {
            return false;
        }
        ovsdb_idl_wait(ports->idl);
        poll_timer_wait_until(deadline);
        poll_block();
    }
}

static bool
has_contents(struct ports *ports, void *aux OVS_UNUSED)
{
    return (ovsdb_idl_has_ever_connected(ports->idl)
            && ovsrec_open_vswitch_first(ports->idl));
}

/* Returns an error that says why the database did not do 'what'. */
static struct cni_error *
database_error(const struct ports *ports, const char *what)
{
    return (ovsdb_idl_is_alive(ports->idl)
            ? cni_error(CNI_TRY_AGAIN,
                        "%s: the database at %s does not answer "
                        "in time: is ovsdb-server running and well?",
                        what, ports->remote)
            : cni_error(CNI_TRY_AGAIN, "%s: cannot connect to the database at "
                        "%s: is ovsdb-server running?  \"socket_file\" says "
                        "where it is", what, ports->remote));
}

static void
connect_to(struct ports *ports)
{
    ovsdb_idl_destroy(ports->idl);
    ports->idl = ovsdb_idl_create(ports->remote, &ovsrec_idl_class, false,
                                  false);
    ovsdb_idl_set_leader_only(ports->idl, false);
    register_columns(ports->idl);
}

/* Does a server listen at 'remote', although the connection failed?  A Unix
 * socket refuses connections (EAGAIN, which make_unix_socket() turns into
 * EPROTO) when its backlog is full, as when a hundred containers start at
 * once. */
static bool
is_listening(const char *remote)
{
    int fd = (!strncmp(remote, "unix:", 5)
              ? make_unix_socket(SOCK_STREAM, true, NULL, remote + 5)
              : -ECONNREFUSED);

    if (fd >= 0) {
        close(fd);
    }
    return fd >= 0 || fd == -EPROTO || fd == -EINPROGRESS;
}

struct cni_error *
ports_open(const char *remote, long long int deadline, struct ports **portsp)
{
    struct ports *ports = xzalloc(sizeof *ports);
    struct cni_error *error = NULL;

    ports->remote = xstrdup(remote);
    connect_to(ports);
    while (!run_until(ports, has_contents, NULL, deadline)) {
        if (time_msec() >= deadline || !is_listening(remote)) {
            error = database_error(ports, "Open vSwitch");
            ports_close(ports);
            ports = NULL;
            break;
        }
        xnanosleep(RETRY_MSEC * 1000000LL);
        connect_to(ports);
    }
    *portsp = ports;
    return error;
}

void
ports_close(struct ports *ports)
{
    if (ports) {
        ovsdb_idl_destroy(ports->idl);
        free(ports->remote);
        free(ports);
    }
}

const struct ovsrec_bridge *
ports_find_bridge(const struct ports *ports, const char *name)
{
    const struct ovsrec_bridge *br;

    OVSREC_BRIDGE_FOR_EACH (br, ports->idl) {
        if (!strcmp(br->name, name)) {
            return br;
        }
    }
    return NULL;
}

const struct ovsrec_port *
ports_find_port(const struct ports *ports, const char *name)
{
    const struct ovsrec_port *port;

    OVSREC_PORT_FOR_EACH (port, ports->idl) {
        if (!strcmp(port->name, name)) {
            return port;
        }
    }
    return NULL;
}

const struct ovsrec_interface *
ports_find_interface(const struct ports *ports, const char *name)
{
    const struct ovsrec_interface *iface;

    OVSREC_INTERFACE_FOR_EACH (iface, ports->idl) {
        if (!strcmp(iface->name, name)) {
            return iface;
        }
    }
    return NULL;
}

const struct ovsrec_bridge *
ports_find_bridge_of(const struct ports *ports, const char *name)
{
    const struct ovsrec_bridge *br;

    OVSREC_BRIDGE_FOR_EACH (br, ports->idl) {
        for (size_t i = 0; i < br->n_ports; i++) {
            if (!strcmp(br->ports[i]->name, name)) {
                return br;
            }
        }
    }
    return NULL;
}

const struct ovsrec_interface *
ports_search(const struct ports *ports,
             bool (*is_it)(const struct ovsrec_interface *,
                           const struct ovsrec_port *, void *aux),
             void *aux, const struct ovsrec_port **portp)
{
    const struct ovsrec_port *port;

    OVSREC_PORT_FOR_EACH (port, ports->idl) {
        for (size_t i = 0; i < port->n_interfaces; i++) {
            if (is_it(port->interfaces[i], port, aux)) {
                if (portp) {
                    *portp = port;
                }
                return port->interfaces[i];
            }
        }
    }
    return NULL;
}

/* Commits 'txn' and waits for the outcome.  Returns TXN_INCOMPLETE at
 * 'deadline'. */
static enum ovsdb_idl_txn_status
commit(struct ports *ports, struct ovsdb_idl_txn *txn, long long int deadline)
{
    enum ovsdb_idl_txn_status status;

    while ((status = ovsdb_idl_txn_commit(txn)) == TXN_INCOMPLETE
           && ovsdb_idl_is_alive(ports->idl) && time_msec() < deadline) {
        ovsdb_idl_run(ports->idl);
        ovsdb_idl_wait(ports->idl);
        ovsdb_idl_txn_wait(txn);
        poll_timer_wait_until(deadline);
        poll_block();
    }
    return status;
}

/* One transaction. */
struct change {
    const char *what;           /* What it does, for messages and logs. */
    /* Adds the change to 'txn'.  Called again if another client has changed
     * the same meanwhile.  An error aborts the transaction. */
    struct cni_error *(*make)(struct ports *, struct ovsdb_idl_txn *txn,
                              const void *aux);
    const void *aux;
    bool wants_config;          /* Shall ovs-vswitchd say when it is done? */
};

/* Commits 'change'.  Stores in '*next_cfg', if change->wants_config, what
 * cur_cfg will be when ovs-vswitchd is done. */
static struct cni_error *
apply(struct ports *ports, const struct change *change,
      long long int deadline, int64_t *next_cfg)
{
    for (;;) {
        const struct ovsrec_open_vswitch *ovs
            = ovsrec_open_vswitch_first(ports->idl);
        struct ovsdb_idl_txn *txn = ovsdb_idl_txn_create(ports->idl);
        struct cni_error *error = change->make(ports, txn, change->aux);
        enum ovsdb_idl_txn_status status = TXN_ERROR;

        if (!error) {
            ovsdb_idl_txn_add_comment(txn, "ovs-footprint-cni: %s",
                                      change->what);
            if (change->wants_config && ovs) {
                ovsdb_idl_txn_increment(txn, &ovs->header_,
                                        &ovsrec_open_vswitch_col_next_cfg,
                                        true);
            }
            status = commit(ports, txn, deadline);
        }
        if (status == TXN_SUCCESS && change->wants_config) {
            *next_cfg = ovsdb_idl_txn_get_increment_new_value(txn);
        }
        if (!error && status == TXN_ERROR) {
            error = cni_error(CNI_OPEN_VSWITCH, "%s: the database refused it "
                              "(%s)", change->what,
                              ovsdb_idl_txn_get_error(txn));
        } else if (!error && (status == TXN_INCOMPLETE
                              || (status == TXN_TRY_AGAIN
                                  && time_msec() >= deadline))) {
            error = database_error(ports, change->what);
        }
        ovsdb_idl_txn_destroy(txn);
        if (error || status != TXN_TRY_AGAIN) {
            return error;
        }
        ovsdb_idl_run(ports->idl);
    }
}

static bool
has_config(struct ports *ports, void *next_cfg_)
{
    const struct ovsrec_open_vswitch *ovs
        = ovsrec_open_vswitch_first(ports->idl);
    const int64_t *next_cfg = next_cfg_;

    return ovs && ovs->cur_cfg >= *next_cfg;
}

/* Waits until ovs-vswitchd has done what was in the database as of
 * 'next_cfg'. */
static struct cni_error *
wait_config(struct ports *ports, int64_t next_cfg, const char *what,
            long long int deadline)
{
    if (run_until(ports, has_config, &next_cfg, deadline)) {
        return NULL;
    }
    return (ovsdb_idl_is_alive(ports->idl)
            ? cni_error(CNI_TRY_AGAIN, "%s: ovs-vswitchd has not done it in "
                        "time: is it running and well?", what)
            : database_error(ports, what));
}

static const struct ovsrec_qos *
insert_qos(struct ovsdb_idl_txn *txn, int64_t rate, const char *port)
{
    struct smap config = SMAP_INITIALIZER(&config);
    struct smap ids = SMAP_INITIALIZER(&ids);
    struct ovsrec_qos *qos = ovsrec_qos_insert(txn);

    smap_add_format(&config, "max-rate", "%"PRId64, rate);
    smap_add(&ids, FP_CNI_DID, port);
    ovsrec_qos_set_type(qos, "linux-htb");
    ovsrec_qos_set_other_config(qos, &config);
    ovsrec_qos_set_external_ids(qos, &ids);
    smap_destroy(&config);
    smap_destroy(&ids);
    return qos;
}

/* What leaves the container comes in at the port, where it is policed; what it
 * receives goes out, where it can be shaped.  Policing is configured in
 * kilobits, a QoS in bits. */
static void
limit_bandwidth(struct ovsdb_idl_txn *txn, const struct port_spec *spec,
                const struct ovsrec_port *port,
                const struct ovsrec_interface *iface)
{
    const struct net_conf_bandwidth *b = spec->bandwidth;

    if (b && b->egress_rate) {
        ovsrec_interface_set_ingress_policing_rate(
            iface, MAX(b->egress_rate / 1000, 1));
        ovsrec_interface_set_ingress_policing_burst(iface,
                                                    b->egress_burst / 1000);
    }
    if (b && b->ingress_rate) {
        ovsrec_port_set_qos(port, insert_qos(txn, b->ingress_rate,
                                             spec->name));
    }
}

static const struct ovsrec_interface *
insert_interface(struct ovsdb_idl_txn *txn, const struct port_spec *spec)
{
    struct ovsrec_interface *iface = ovsrec_interface_insert(txn);
    int64_t ofport = spec->ofport_request;

    ovsrec_interface_set_name(iface, spec->name);
    ovsrec_interface_set_type(iface, spec->type);
    ovsrec_interface_set_external_ids(iface, spec->ids);
    if (ofport) {
        ovsrec_interface_set_ofport_request(iface, &ofport, 1);
    }
    return iface;
}

/* As ovs-cni does it: a port with neither VLAN nor trunks is a trunk of all
 * VLANs, and trunks take precedence over a VLAN. */
static void
set_vlans(const struct ovsrec_port *port, const struct port_spec *spec)
{
    int64_t tag = spec->vlan;

    if (spec->n_trunks || spec->vlan < 0) {
        ovsrec_port_set_vlan_mode(port, "trunk");
        ovsrec_port_set_trunks(port, spec->trunks, spec->n_trunks);
    } else {
        ovsrec_port_set_vlan_mode(port, "access");
        ovsrec_port_set_tag(port, &tag, 1);
    }
}

static struct cni_error *
make_port(struct ports *ports, struct ovsdb_idl_txn *txn, const void *spec_)
{
    const struct port_spec *spec = spec_;
    const struct ovsrec_bridge *br = ports_find_bridge(ports, spec->bridge);
    struct ovsrec_interface *iface;
    struct ovsrec_port *port;

    if (!br) {
        return cni_error(CNI_OPEN_VSWITCH, "there is no bridge \"%s\": add it "
                         "with \"ovs-vsctl add-br %s\"", spec->bridge,
                         spec->bridge);
    }
    if (ports_find_port(ports, spec->name)) {
        return cni_error(CNI_OPEN_VSWITCH, "there is a port \"%s\" already: "
                         "DEL what was added before", spec->name);
    }
    iface = CONST_CAST(struct ovsrec_interface *, insert_interface(txn, spec));
    port = ovsrec_port_insert(txn);
    ovsrec_port_set_name(port, spec->name);
    ovsrec_port_set_interfaces(port, &iface, 1);
    set_vlans(port, spec);
    limit_bandwidth(txn, spec, port, iface);
    ovsrec_bridge_update_ports_addvalue(br, port);
    return NULL;
}

struct cni_error *
ports_add(struct ports *ports, const struct port_spec *spec,
          long long int deadline)
{
    char *what = xasprintf("adding port %s to bridge %s", spec->name,
                           spec->bridge);
    const struct change change = { what, make_port, spec, true };
    const struct ovsrec_interface *iface;
    int64_t next_cfg;
    struct cni_error *error = apply(ports, &change, deadline, &next_cfg);

    if (!error) {
        error = wait_config(ports, next_cfg, what, deadline);
    }
    if (!error) {
        iface = ports_find_interface(ports, spec->name);
        if (!iface) {
            error = cni_error(CNI_OPEN_VSWITCH, "%s: somebody removed it at "
                              "once", what);
        } else if (!iface->n_ofport || iface->ofport[0] <= 0) {
            error = cni_error(CNI_OPEN_VSWITCH, "%s: ovs-vswitchd cannot use "
                              "it: %s", what,
                              iface->error ? iface->error : "see its log");
        }
    }
    free(what);
    return error;
}

static bool
has_link(struct ports *ports, void *name_)
{
    const struct ovsrec_interface *iface = ports_find_interface(ports, name_);

    return iface && iface->link_state && !strcmp(iface->link_state, "up");
}

struct cni_error *
ports_wait_link(struct ports *ports, const char *name,
                long long int deadline)
{
    return (run_until(ports, has_link, CONST_CAST(char *, name), deadline)
            ? NULL
            : cni_error(CNI_TRY_AGAIN, "port %s: its link is not up in time: "
                        "see link_state of the Interface", name));
}

/* If the bridge has a policy, it replaces that of the node. */
bool
ports_have_start_policy(const struct ports *ports, const char *bridge)
{
    const struct ovsrec_open_vswitch *ovs
        = ovsrec_open_vswitch_first(ports->idl);
    const struct ovsrec_bridge *br = ports_find_bridge(ports, bridge);
    const char *policy = NULL;

    if (ovs && smap_get(&ovs->external_ids, FP_KEY_DETECTOR_IN_USE)) {
        policy = br ? smap_get(&br->external_ids, FP_CFG_POLICY) : NULL;
        policy = policy ? policy : smap_get(&ovs->external_ids, FP_CFG_POLICY);
    }
    return policy && strstr(policy, "from-start");
}

static bool
has_class(struct ports *ports, void *name_)
{
    const struct ovsrec_interface *iface = ports_find_interface(ports, name_);

    return iface && smap_get(&iface->external_ids, FP_KEY_WORKLOAD_CLASS);
}

bool
ports_wait_class(struct ports *ports, const char *name,
                 long long int deadline)
{
    return run_until(ports, has_class, CONST_CAST(char *, name), deadline);
}

static struct cni_error *
make_nothing(struct ports *ports OVS_UNUSED,
             struct ovsdb_idl_txn *txn OVS_UNUSED,
             const void *aux OVS_UNUSED)
{
    return NULL;
}

struct cni_error *
ports_wait_vswitchd(struct ports *ports, long long int deadline)
{
    const struct change change = {
        "asking whether ovs-vswitchd runs", make_nothing, NULL, true
    };
    int64_t next_cfg;
    struct cni_error *error = apply(ports, &change, deadline, &next_cfg);

    return error ? error : wait_config(ports, next_cfg, change.what, deadline);
}

static void
forget_key(const struct ovsrec_interface *iface, const char *key,
           const struct smap *kept)
{
    if (smap_get(&iface->external_ids, key)
        && !(kept && smap_get(kept, key))) {
        ovsrec_interface_update_external_ids_delkey(iface, key);
    }
}

/* Removes from 'iface' the keys that plugin_chained_add() wrote, except for
 * those in 'kept', which may be null. */
static void
forget_port(const struct ovsrec_interface *iface, const struct smap *kept)
{
    if (!strcmp(smap_get_def(&iface->external_ids, FP_CNI_DID, ""),
                CNI_DID_NAMED_WORKLOAD)) {
        forget_key(iface, FP_CFG_WORKLOAD, kept);
    }
    for (size_t i = 0; i < ARRAY_SIZE(our_keys); i++) {
        forget_key(iface, our_keys[i], kept);
    }
}

struct new_ids {
    const char *name;
    const struct smap *ids;
};

static struct cni_error *
make_ids(struct ports *ports, struct ovsdb_idl_txn *txn OVS_UNUSED,
         const void *new_)
{
    const struct new_ids *new = new_;
    const struct ovsrec_interface *iface
        = ports_find_interface(ports, new->name);
    const struct smap_node *node;

    if (!iface) {
        return cni_error(CNI_OPEN_VSWITCH, "Interface %s is gone: somebody "
                         "removed it", new->name);
    }
    if (smap_get(&iface->external_ids, FP_CNI_DID)
        && smap_get(new->ids, FP_CNI_DID)) {
        forget_port(iface, new->ids);
    }
    SMAP_FOR_EACH (node, new->ids) {
        ovsrec_interface_update_external_ids_setkey(iface, node->key,
                                                    node->value);
    }
    return NULL;
}

struct cni_error *
ports_set_ids(struct ports *ports, const char *name, const struct smap *ids,
              long long int deadline)
{
    const struct new_ids new = { name, ids };
    const struct change change = {
        "writing to an Interface which container has it", make_ids, &new, false
    };

    return smap_is_empty(ids) ? NULL : apply(ports, &change, deadline, NULL);
}

struct sweep {
    enum port_fate (*judge)(const struct ovsrec_port *,
                            const struct ovsrec_interface *, void *aux);
    void *aux;
};

/* Removes a port, and the QoS that ports_add() made for it, if any: the
 * database would keep that. */
static void
delete_port(const struct ovsrec_bridge *br, struct ovsrec_port *port)
{
    const struct ovsrec_qos *qos = port->qos;
    const char *user = (qos ? smap_get(&qos->external_ids, FP_CNI_DID)
                        : NULL);

    if (user && !strcmp(user, port->name)) {
        ovsrec_port_set_qos(port, NULL);
        ovsrec_qos_delete(qos);
    }
    ovsrec_bridge_update_ports_delvalue(br, port);
}


static struct cni_error *
make_sweep(struct ports *ports, struct ovsdb_idl_txn *txn OVS_UNUSED,
           const void *sweep_)
{
    const struct sweep *sweep = sweep_;
    const struct ovsrec_bridge *br;

    OVSREC_BRIDGE_FOR_EACH (br, ports->idl) {
        for (size_t i = 0; i < br->n_ports; i++) {
            struct ovsrec_port *port = br->ports[i];
            enum port_fate fate;

            if (port->n_interfaces != 1) {
                continue;
            }
            fate = sweep->judge(port, port->interfaces[0], sweep->aux);
            if (fate == PORT_GOES) {
                delete_port(br, port);
            } else if (fate == PORT_IS_FORGOTTEN) {
                forget_port(port->interfaces[0], NULL);
            }
        }
    }
    return NULL;
}

struct cni_error *
ports_sweep(struct ports *ports,
            enum port_fate (*judge)(const struct ovsrec_port *,
                                    const struct ovsrec_interface *,
                                    void *aux),
            void *aux, long long int deadline)
{
    const struct sweep sweep = { judge, aux };
    const struct change change = {
        "removing what is left of a container", make_sweep, &sweep, false
    };

    return apply(ports, &change, deadline, NULL);
}
