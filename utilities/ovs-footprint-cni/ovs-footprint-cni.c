/* SPDX-License-Identifier: Apache-2.0 */

/* ovs-footprint-cni: a CNI plugin.  Reads what a runtime asks for, has it done
 * by the files that plugin.h lists, and prints the outcome as the CNI
 * specification says. */

#include <config.h>
#include "plugin.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cni-error.h"
#include "cni-version.h"
#include "fatal-signal.h"
#include "lib/ovs-compat.h"
#include "lib/printable.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "ports.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(cni);

/* No network configuration is longer, in bytes, and none takes longer to be
 * written, in milliseconds. */
#define MAX_TEXT (1024 * 1024)
#define INPUT_MSEC 10000

/* Where runtimes and distributions keep plugins. */
#define DEFAULT_CNI_PATH "/opt/cni/bin:/usr/lib/cni:/usr/libexec/cni"

/* Where ovs-cni looks for defaults, in this order, after
 * configuration_path. */
static const char *const configuration_files[] = {
    "/etc/kubernetes/cni/net.d/ovs.d/ovs.conf",
    "/etc/cni/net.d/ovs.d/ovs.conf",
};

/* Reads 'fd' to its end, or until 'deadline'. */
static struct cni_error *
read_all(int fd, const char *what, long long int deadline, struct ds *text)
{
    for (;;) {
        long long int left = deadline - time_msec();
        struct pollfd pfd = { .fd = fd, .events = POLLIN };
        char buffer[4096];
        ssize_t n;

        if (left <= 0) {
            return cni_error(CNI_IO, "%s: its end did not come in time", what);
        }
        if (poll(&pfd, 1, left) <= 0) {
            continue;
        }
        n = read(fd, buffer, sizeof buffer);
        if (n < 0 && errno != EINTR && errno != EAGAIN) {
            return cni_error(CNI_IO, "%s: cannot read it (%s)", what,
                             ovs_strerror(errno));
        } else if (!n) {
            break;
        }
        ds_put_buffer(text, buffer, MAX(n, 0));
        if (text->length > MAX_TEXT) {
            return cni_error(CNI_IO, "%s: it is longer than %d bytes", what,
                             MAX_TEXT);
        }
    }
    return (strlen(ds_cstr(text)) == text->length ? NULL
            : cni_error(CNI_DECODE, "%s: it has a null byte in it", what));
}

static struct cni_error *
read_file(const char *name, struct ds *text)
{
    struct cni_error *error;
    int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0) {
        return cni_error(CNI_IO, "%s: cannot read it (%s)", name,
                         ovs_strerror(errno));
    }
    error = read_all(fd, name, time_msec() + INPUT_MSEC, text);
    close(fd);
    return error;
}

/* Takes defaults from the first of the files that exists, if any does. */
static struct cni_error *
merge_file(struct net_conf *conf)
{
    const char *name = conf->configuration_path;
    struct ds text = DS_EMPTY_INITIALIZER;
    struct cni_error *error;

    for (size_t i = 0; i < ARRAY_SIZE(configuration_files)
         && (!name || access(name, F_OK)); i++) {
        name = configuration_files[i];
    }
    if (!name || access(name, F_OK)) {
        return NULL;
    }
    error = read_file(name, &text);
    if (!error) {
        error = net_conf_merge(conf, ds_cstr(&text), name);
    }
    ds_destroy(&text);
    return error;
}

/* Only logs an error in the configuration of a DEL: if a DEL were refused for
 * the same values as an ADD, the container could never be removed. */
static struct cni_error *
tolerate(struct cni_error *error, enum cni_command command)
{
    if (command != CNI_DEL) {
        return error;
    }
    cni_error_log(error);
    return NULL;
}

static struct cni_error *
load_conf(const char *text, enum cni_command command, struct net_conf **confp)
{
    struct cni_error *error = net_conf_parse(text, confp);
    const char *key;

    if (error && *confp && (*confp)->name) {
        error = tolerate(error, command);
    }
    if (error) {
        return error;
    }
    error = tolerate(merge_file(*confp), command);
    SSET_FOR_EACH (key, &(*confp)->unknown) {
        VLOG_WARN("network configuration: \"%s\" is unknown, and has no "
                  "effect", printable(key));
    }
    return error;
}

static const char *
get_variable(const char *name)
{
    return getenv(name);
}

/* VERSION's input is {"cniVersion": VERSION}, or nothing. */
static char *
format_versions(const char *text)
{
    struct json *input = json_from_string(*text ? text : "{}");
    struct json *version = (input->type == JSON_OBJECT
                            ? shash_find_data(json_object(input),
                                              "cniVersion")
                            : NULL);
    struct json *output = json_object_create();
    char *s;

    json_object_put_string(output, "cniVersion",
                           (version && version->type == JSON_STRING
                            && cni_version_is_known(json_string(version))
                            ? json_string(version) : cni_latest_version));
    json_object_put(output, "supportedVersions", cni_versions_to_json());
    s = json_to_string(output, JSSF_SORT);
    json_destroy(input);
    json_destroy(output);
    return s;
}

/* Did add.c make the port?  It did if prevResult has the port's name, or if
 * the container has a virtual function, whose port has another one. */
static bool
is_own_result(const struct plugin *p)
{
    const struct json *interfaces
        = (p->conf->prev_result
           ? shash_find_data(json_object(p->conf->prev_result), "interfaces")
           : NULL);

    if (p->conf->device_id) {
        return true;
    }
    for (size_t i = 0; interfaces && interfaces->type == JSON_ARRAY
         && i < json_array_size(interfaces); i++) {
        const struct json *o = json_array_at(interfaces, i);
        const struct json *name = (o->type == JSON_OBJECT
                                   ? shash_find_data(json_object(o), "name")
                                   : NULL);

        if (name && name->type == JSON_STRING
            && !strcmp(json_string(name), p->port)) {
            return true;
        }
    }
    return false;
}

/* Checks whether the command is in the version of the specification that the
 * configuration has. */
static struct cni_error *
check_command(const struct plugin *p)
{
    enum cni_command command = p->env.command;
    const char *since = (command == CNI_CHECK_CMD ? "0.4.0"
                         : command == CNI_GC || command == CNI_STATUS
                         ? "1.1.0" : "0.3.0");

    return (cni_version_is_at_least(p->conf->version, since) ? NULL
            : cni_error(CNI_BAD_VERSION, "\"cniVersion\": \"%s\" has no %s: "
                        "use %s or later", p->conf->version,
                        cni_command_to_string(command), since));
}

static struct cni_error *
run_command(struct plugin *p, char **output)
{
    struct cni_error *error = check_command(p);

    if (error) {
        return error;
    }
    switch (p->env.command) {
    case CNI_ADD:
        return (p->conf->prev_result ? plugin_chained_add(p, output)
                : plugin_add(p, output));
    case CNI_CHECK_CMD:
        return (is_own_result(p) && p->conf->prev_result ? plugin_check(p)
                : plugin_chained_check(p));
    case CNI_DEL: return plugin_del(p);
    case CNI_GC: return plugin_gc(p);
    case CNI_STATUS: return plugin_status(p);
    case CNI_VERSION: default: OVS_NOT_REACHED();
    }
}

/* Does what the environment and 'text' ask for. */
static struct cni_error *
run(struct plugin *p, const char *text, char **output)
{
    struct cni_error *error;

    if (p->env.command == CNI_VERSION) {
        *output = format_versions(text);
        return NULL;
    }
    error = load_conf(text, p->env.command, &p->conf);
    if (error) {
        return error;
    }
    p->deadline = time_msec() + p->conf->timeout;
    if (p->env.container && p->env.ifname) {
        p->who = (struct attachment) {
            p->conf->name, p->env.container, p->env.ifname
        };
        attachment_get_port(&p->who, p->port);
    }
    return run_command(p, output);
}

/* Removes the ports whose links are gone, and gives back their addresses.
 * This is for boot, when no container runs yet. */
static struct cni_error *
clean_up(void)
{
    struct plugin p = { .env.path = getenv("CNI_PATH") };
    struct ports *ports = NULL;
    struct cni_error *error;

    if (!p.env.path) {
        p.env.path = DEFAULT_CNI_PATH;
    }
    smap_init(&p.env.args);
    error = load_conf("{\"cniVersion\": \"1.0.0\", \"name\": \"none\"}",
                      CNI_GC, &p.conf);
    if (!error) {
        p.deadline = time_msec() + p.conf->timeout;
        error = plugin_open_ports(&p, &ports);
    }
    if (!error) {
        plugin_remove_stale_ports(&p, ports, 1);
    }
    ports_close(ports);
    net_conf_destroy(p.conf);
    cni_env_destroy(&p.env);
    return error;
}

/* Prints 's', which is freed. */
static bool
print(char *s)
{
    bool ok = fputs(s, stdout) >= 0 && fflush(stdout) == 0;

    free(s);
    return ok;
}

/* Undoes an ADD whose result could not be printed: the runtime does not know
 * that there is anything to DEL. */
static void
undo_untold(struct plugin *p)
{
    VLOG_WARN("stdout: cannot write to it (%s)", ovs_strerror(errno));
    if (p->env.command == CNI_ADD) {
        plugin_grant_time(p);
        cni_error_log(plugin_del(p));
    }
}

static int
print_error(struct cni_error *error, const char *version)
{
    struct json *json = cni_error_to_json(error, version);

    VLOG_INFO("%s (code %d)", printable_text(error->msg), error->code);
    print(json_to_string(json, JSSF_SORT));
    json_destroy(json);
    cni_error_destroy(error);
    return EXIT_FAILURE;
}

static void
usage(void)
{
    printf("%s: a CNI plugin that connects containers to Open vSwitch\n"
           "usage: a container runtime runs it, with CNI_COMMAND and other\n"
           "       variables in its environment and a network\n"
           "       configuration on its stdin\n"
           "  --clean-up     remove ports whose links are gone, e.g. at boot\n"
           "  -h, --help     print this text\n"
           "  -V, --version  print the version\n"
           "See ovs-footprint-cni(8).\n", program_name);
}

/* Runtimes give a plugin no options: these are for people, and for
 * ovs-footprint-ctl, which cleans up at boot. */
static bool
handle_options(int argc, char *argv[])
{
    struct cni_error *error;

    if (argc < 2) {
        return false;
    }
    if (!strcmp(argv[1], "-V") || !strcmp(argv[1], "--version")) {
        ovs_print_version(0, 0);
    } else if (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help")) {
        usage();
    } else if (!strcmp(argv[1], "--clean-up")) {
        error = clean_up();
        if (error) {
            ovs_fatal(0, "%s", error->msg);
        }
    } else {
        ovs_fatal(0, "%s: unknown; --help explains how it is run", argv[1]);
    }
    return true;
}

static void
set_up_logging(void)
{
    /* Warnings go to stderr, which runtimes keep, and to the system log, which
     * has the outcome of each failed command as well. */
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_WARN);
    vlog_set_levels(&this_module, VLF_SYSLOG, VLL_INFO);
    /* It warns of long poll intervals, which are normal here. */
    vlog_set_levels_from_string_assert("timeval:any:off");
    vlog_set_pattern(VLF_CONSOLE, "%A: %m");
}

/* If a runtime closed stdin, stdout or stderr, the next file that is opened,
 * such as the database's socket, must not become it.  What takes their place
 * cannot be read, or written to, either. */
static void
set_up_files(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0) {
            ovs_ignore(open("/dev/null", fd == STDIN_FILENO ? O_WRONLY
                            : O_RDONLY));
        }
    }
}

int
main(int argc, char *argv[])
{
    struct plugin p = { .conf = NULL };
    struct ds text = DS_EMPTY_INITIALIZER;
    struct cni_error *error;
    char *output = NULL;
    int status = EXIT_SUCCESS;

    ovs_set_program_name(argv[0], VERSION);
    set_up_files();
    set_up_logging();
    fatal_ignore_sigpipe();
    /* If the runtime ignores SIGCHLD, so would we, and waitpid() could not
     * tell how an IPAM plugin ended. */
    signal(SIGCHLD, SIG_DFL);
    if (handle_options(argc, argv)) {
        return EXIT_SUCCESS;
    }
    error = cni_env_init(&p.env, get_variable);
    if (!error) {
        error = read_all(STDIN_FILENO, "stdin", time_msec() + INPUT_MSEC,
                         &text);
    }
    if (!error) {
        error = run(&p, ds_cstr(&text), &output);
    }
    if (error) {
        status = print_error(error, p.conf ? p.conf->version
                             : cni_latest_version);
    } else if (output && !print(output)) {
        undo_untold(&p);
        status = EXIT_FAILURE;
    }
    net_conf_destroy(p.conf);
    cni_env_destroy(&p.env);
    ds_destroy(&text);
    return status;
}
