/* SPDX-License-Identifier: Apache-2.0 */

/* Drives a pipeline alone, for the tests: no zones, no OVSDB, no daemon.
 *
 *     test-pipeline [OPTIONS] BRIDGE [PORT...]
 *
 * keeps the flows for the given ports in the bridge until told to exit, or,
 * with --once, until they are there.  A PORT is
 *
 *     OFPORT[,zone=ZONE][,vlan=VLAN][,native][,patch][,adaptive][,withdrawn]
 *           [,mac=MAC]...[,endpoint-vlan=VLAN][,endpoint-addr=ADDR]
 *
 * or FIRST-LAST, which stands for that many ports, each with a zone and an
 * address of its own.  With --wait, the pipeline gets no ports before the
 * first "set-ports".  It also takes "time/stop" and "time/warp MSECS". */

#include <config.h>

#include "lib/ovs-compat.h"
#include "pipeline/pipeline.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>

#include "command-line.h"
#include "daemon.h"
#include "dummy.h"
#include "fatal-signal.h"
#include "flow.h"
#include "lib/ip-address.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/ofp-util.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "unixctl.h"
#include "util.h"

/* Ports as parsed from the command line or a command. */
struct port_set {
    struct pipeline_port *ports;
    size_t n, allocated;
};

static bool once;
static bool wait_for_ports;
static char *unixctl_path;

static struct pipeline_port *
port_set_add(struct port_set *set, ofp_port_t ofport)
{
    if (set->n >= set->allocated) {
        set->ports = x2nrealloc(set->ports, &set->allocated,
                                sizeof *set->ports);
    }

    struct pipeline_port *port = &set->ports[set->n++];
    memset(port, 0, sizeof *port);
    port->ofport = ofport;
    port->vlan = -1;
    return port;
}

static void
port_add_mac(struct pipeline_port *port, const struct eth_addr mac)
{
    struct eth_addr *macs = xrealloc(CONST_CAST(struct eth_addr *, port->macs),
                                     (port->n_macs + 1) * sizeof *macs);

    macs[port->n_macs++] = mac;
    port->macs = macs;
}

static void
port_set_uninit(struct port_set *set)
{
    for (size_t i = 0; i < set->n; i++) {
        free(CONST_CAST(struct eth_addr *, set->ports[i].macs));
    }
    free(set->ports);
}

static void
port_set_add_range(struct port_set *set, int first, int last)
{
    for (int i = first; i <= last; i++) {
        struct pipeline_port *port = port_set_add(set, u16_to_ofp(i));
        struct eth_addr mac = ETH_ADDR_C(02, 00, 00, 00, 00, 00);

        port->zone = 20000 + i;
        mac.ea[4] = i >> 8;
        mac.ea[5] = i & 0xff;
        port_add_mac(port, mac);
    }
}

static bool
port_parse_word(struct pipeline_port *port, const char *word)
{
    struct eth_addr mac;

    if (ovs_scan(word, "zone=%"SCNu16, &port->zone)
        || ovs_scan(word, "vlan=%d", &port->vlan)
        || ovs_scan(word, "endpoint-vlan=%d", &port->endpoint_vlan)) {
        return true;
    } else if (!strncmp(word, "endpoint-addr=", 14)) {
        return ip_address_parse(word + 14, &port->endpoint_addr);
    } else if (!strcmp(word, "native")) {
        port->native = true;
        return true;
    } else if (!strcmp(word, "adaptive")) {
        port->adaptive = true;
        return true;
    } else if (!strcmp(word, "withdrawn")) {
        port->withdrawn = true;
        return true;
    } else if (!strcmp(word, "patch")) {
        port->patch = true;
        return true;
    } else if (ovs_scan(word, "mac="ETH_ADDR_SCAN_FMT,
                        ETH_ADDR_SCAN_ARGS(mac))) {
        port_add_mac(port, mac);
        return true;
    }
    return false;
}

/* Parses a PORT.  Returns true if successful. */
static bool
port_set_parse(struct port_set *set, const char *s)
{
    int first, last, n = 0;

    if (ovs_scan(s, "%d-%d%n", &first, &last, &n) && !s[n]) {
        port_set_add_range(set, first, last);
        return true;
    }
    if (!ovs_scan(s, "%d%n", &first, &n) || (s[n] && s[n] != ',')) {
        return false;
    }

    struct pipeline_port *port = port_set_add(set, u16_to_ofp(first));
    char *copy = xstrdup(s + n);
    char *save_ptr = NULL;
    bool ok = true;

    for (char *word = strtok_r(copy, ",", &save_ptr); word && ok;
         word = strtok_r(NULL, ",", &save_ptr)) {
        ok = port_parse_word(port, word);
    }
    free(copy);
    return ok;
}

/* Parses 'n' PORTs and gives them to 'p'.  Returns null, or the one that could
 * not be parsed. */
static const char *
set_ports(struct pipeline *p, int n, const char *const args[])
{
    struct port_set set = { .ports = NULL };
    const char *bad = NULL;

    for (int i = 0; i < n && !bad; i++) {
        bad = port_set_parse(&set, args[i]) ? NULL : args[i];
    }
    if (!bad) {
        pipeline_set_ports(p, set.ports, set.n);
    }
    port_set_uninit(&set);
    return bad;
}

static void
cmd_set_ports(struct unixctl_conn *conn, int argc, const char *argv[],
              void *p)
{
    const char *bad = set_ports(p, argc - 1, argv + 1);

    if (bad) {
        unixctl_command_reply_error(conn, bad);
    } else {
        unixctl_command_reply(conn, NULL);
    }
}

/* "configure TABLE REG [isolated|auto]", with REG 255 for any. */
static void
cmd_configure(struct unixctl_conn *conn, int argc,
              const char *argv[], void *p)
{
    pipeline_configure(p, &(struct pipeline_options) {
                           .first_table = atoi(argv[1]),
                           .reg = atoi(argv[2]),
                           .order = (argc <= 3 ? PIPELINE_INLINE
                                     : !strcmp(argv[3], "auto")
                                     ? PIPELINE_AUTO : PIPELINE_ISOLATED),
                       });
    unixctl_command_reply(conn, NULL);
}

static void
cmd_show(struct unixctl_conn *conn, int argc OVS_UNUSED,
         const char *argv[] OVS_UNUSED, void *p)
{
    const char *problem = pipeline_get_problem(p);
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_format(&s, "%s, %"PRIuSIZE" flows%s%s\n",
                  pipeline_is_synced(p) ? "synced" : "not synced",
                  pipeline_count_flows(p),
                  problem ? ": " : "", problem ? problem : "");
    unixctl_command_reply(conn, ds_cstr(&s));
    ds_destroy(&s);
}

static void
cmd_exit(struct unixctl_conn *conn, int argc OVS_UNUSED,
         const char *argv[] OVS_UNUSED, void *exiting_)
{
    bool *exiting = exiting_;

    *exiting = true;
    unixctl_command_reply(conn, NULL);
}

static void OVS_NO_RETURN
usage(void)
{
    printf("usage: %s [OPTIONS] BRIDGE [PORT...]\n"
           "where PORT is OFPORT[,zone=ZONE][,vlan=VLAN][,native][,patch]\n"
           "              [,mac=MAC]...[,endpoint-vlan=VLAN]"
           "[,endpoint-addr=ADDR]\n"
           "   or FIRST-LAST, and OPTIONS are --once, --wait,\n"
           "   --unixctl=SOCKET and those for daemons and logging.\n",
           program_name);
    exit(EXIT_SUCCESS);
}

static void
parse_options(int argc, char *argv[])
{
    enum {
        OPT_ONCE = UCHAR_MAX + 1,
        OPT_WAIT,
        OPT_UNIXCTL,
        VLOG_OPTION_ENUMS,
        DAEMON_OPTION_ENUMS,
    };
    static const struct option long_options[] = {
        {"once", no_argument, NULL, OPT_ONCE},
        {"wait", no_argument, NULL, OPT_WAIT},
        {"unixctl", required_argument, NULL, OPT_UNIXCTL},
        {"help", no_argument, NULL, 'h'},
        VLOG_LONG_OPTIONS,
        DAEMON_LONG_OPTIONS,
        {NULL, 0, NULL, 0},
    };
    char *short_options = ovs_cmdl_long_options_to_short_options(long_options);
    int c;

    while ((c = getopt_long(argc, argv, short_options, long_options,
                            NULL)) != -1) {
        switch (c) {
        case OPT_ONCE:
            once = true;
            break;
        case OPT_WAIT:
            wait_for_ports = true;
            break;
        case OPT_UNIXCTL:
            unixctl_path = optarg;
            break;
        case 'h':
            usage();
        VLOG_OPTION_HANDLERS
        DAEMON_OPTION_HANDLERS
        case '?':
            exit(EXIT_FAILURE);
        default:
            abort();
        }
    }
    free(short_options);
}

/* Runs 'p' until told to exit or, with --once, until it is in sync. */
static void
run(struct pipeline *p, struct unixctl_server *unixctl, const bool *exiting)
{
    while (!*exiting && !(once && pipeline_is_synced(p))) {
        pipeline_run(p);
        unixctl_server_run(unixctl);

        pipeline_wait(p);
        unixctl_server_wait(unixctl);
        if (*exiting || (once && pipeline_is_synced(p))) {
            poll_immediate_wake();
        }
        poll_block();
    }
}

int
main(int argc, char *argv[])
{
    struct unixctl_server *unixctl;
    bool exiting = false;

    ovs_cmdl_proctitle_init(argc, argv);
    set_program_name(argv[0]);
    parse_options(argc, argv);
    argc -= optind;
    argv += optind;
    if (argc < 1) {
        ovs_fatal(0, "BRIDGE is needed; use --help for help");
    }

    fatal_ignore_sigpipe();
    timeval_dummy_register();
    ovs_compat_daemonize_start(false);
    int error = unixctl_server_create(unixctl_path, &unixctl);
    if (error) {
        ovs_fatal(error, "could not make a control socket");
    }

    struct pipeline *p = pipeline_create(argv[0]);
    const char *bad = (wait_for_ports
                       ? NULL
                       : set_ports(p, argc - 1,
                                   (const char *const *) argv + 1));
    if (bad) {
        ovs_fatal(0, "%s: not a PORT; use --help for help", bad);
    }
    unixctl_command_register("set-ports", "PORT...", 0, INT_MAX,
                             cmd_set_ports, p);
    unixctl_command_register("configure", "TABLE REG [isolated|auto]", 2, 3,
                             cmd_configure, p);
    unixctl_command_register("show", "", 0, 0, cmd_show, p);
    unixctl_command_register("exit", "", 0, 0, cmd_exit, &exiting);
    daemonize_complete();

    run(p, unixctl, &exiting);
    pipeline_destroy(p);
    unixctl_server_destroy(unixctl);
    return 0;
}
