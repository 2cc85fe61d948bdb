/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "delegate.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cni-env.h"
#include "cni-error.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "process.h"
#include "socket-util.h"
#include "timeval.h"
#include "util.h"

/* No result of a plugin is longer, in bytes. */
#define MAX_OUTPUT (1024 * 1024)

/* All file descriptors that we may have open are below this. */
#define MAX_FDS 64

/* A plugin that runs. */
struct child {
    pid_t pid;
    int in;                     /* Its stdin, to write to; -1 if closed. */
    int out;                    /* Its stdout, to read from. */
};

/* Returns the malloc()'d path of the plugin 'type', or null. */
static char *
find_plugin(const char *type, const char *path)
{
    char *copy = xstrdup(path);
    char *save = NULL;
    char *found = NULL;

    for (char *dir = strtok_r(copy, ":", &save); dir && !found;
         dir = strtok_r(NULL, ":", &save)) {
        char *name = xasprintf("%s/%s", dir, type);
        struct stat s;

        if (!access(name, X_OK) && !stat(name, &s) && S_ISREG(s.st_mode)) {
            found = name;
        } else {
            free(name);
        }
    }
    free(copy);
    return found;
}

static void
close_fd(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
        *fd = -1;
    }
}

static void
set_environment(const struct delegate_task *task)
{
    setenv("CNI_COMMAND", task->command, 1);
    if (task->container) {
        setenv("CNI_CONTAINERID", task->container, 1);
    }
    if (task->ifname) {
        setenv("CNI_IFNAME", task->ifname, 1);
    }
}

/* Turns the process, which fork() has just made, into the plugin. */
OVS_NO_RETURN static void
become(const struct delegate_task *task, const char *program, int in, int out)
{
    char *const argv[] = { CONST_CAST(char *, program), NULL };

    /* We ignore SIGPIPE, which execv() would pass on. */
    signal(SIGPIPE, SIG_DFL);
    if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0) {
        _exit(127);
    }
    for (int fd = STDERR_FILENO + 1; fd < MAX_FDS; fd++) {
        close(fd);
    }
    set_environment(task);
    execv(program, argv);
    _exit(127);
}

static struct cni_error *
start(const struct delegate_task *task, const char *program,
      struct child *child)
{
    int in[2], out[2];

    if (pipe2(in, O_CLOEXEC)) {
        return cni_error(CNI_IO, "%s: cannot make a pipe (%s)", task->type,
                         ovs_strerror(errno));
    }
    if (pipe2(out, O_CLOEXEC)) {
        close(in[0]);
        close(in[1]);
        return cni_error(CNI_IO, "%s: cannot make a pipe (%s)", task->type,
                         ovs_strerror(errno));
    }
    child->pid = fork();
    if (!child->pid) {
        become(task, program, in[0], out[1]);
    }
    close(in[0]);
    close(out[1]);
    child->in = in[1];
    child->out = out[0];
    if (child->pid < 0) {
        close_fd(&child->in);
        close_fd(&child->out);
        return cni_error(CNI_TRY_AGAIN, "%s: cannot start it (%s)",
                         task->type, ovs_strerror(errno));
    }
    set_nonblocking(child->in);
    return NULL;
}

/* Writes what is left of 'conf' to the child, and closes its stdin after that,
 * or if the plugin does not read it. */
static void
feed(struct child *child, const char **conf)
{
    ssize_t n = write(child->in, *conf, strlen(*conf));

    if (n >= 0) {
        *conf += n;
    }
    if (!**conf || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        close_fd(&child->in);
    }
}

/* Reads from the child.  Returns false when there is no more. */
static bool
drain(struct child *child, struct ds *output)
{
    char buffer[4096];
    ssize_t n = read(child->out, buffer, sizeof buffer);

    if (n > 0) {
        ds_put_buffer(output, buffer, n);
    }
    return n > 0 || (n < 0 && errno == EINTR);
}

/* Feeds the child and reads what it prints until it closes its stdout. */
static struct cni_error *
converse(const struct delegate_task *task, struct child *child,
         long long int deadline, struct ds *output)
{
    const char *conf = task->conf;

    for (;;) {
        long long int left = deadline - time_msec();
        struct pollfd fds[] = {
            { .fd = child->out, .events = POLLIN },
            { .fd = child->in, .events = POLLOUT },
        };

        if (left <= 0) {
            return cni_error(CNI_TRY_AGAIN, "%s: it did not answer in time",
                             task->type);
        }
        if (output->length > MAX_OUTPUT) {
            return cni_error(CNI_IPAM, "%s: it prints more than %d bytes",
                             task->type, MAX_OUTPUT);
        }
        if (poll(fds, child->in >= 0 ? 2 : 1, MIN(left, INT_MAX)) <= 0) {
            continue;
        }
        if (child->in >= 0 && fds[1].revents) {
            feed(child, &conf);
        }
        if (fds[0].revents && !drain(child, output)) {
            return NULL;
        }
    }
}

/* Waits until the child has exited, and kills it at 'deadline'.  Returns its
 * wait status. */
static int
reap(struct child *child, long long int deadline)
{
    int status = 0;

    while (waitpid(child->pid, &status, WNOHANG) == 0) {
        if (time_msec() >= deadline) {
            kill(child->pid, SIGKILL);
            waitpid(child->pid, &status, 0);
            break;
        }
        poll(NULL, 0, 1);
    }
    return status;
}

/* Turns the error that the plugin 'type' printed into ours. */
static struct cni_error *
parse_error(const char *type, const struct json *json, int status)
{
    const struct json *code = NULL, *msg = NULL, *details = NULL;

    if (json && json->type == JSON_OBJECT) {
        code = shash_find_data(json_object(json), "code");
        msg = shash_find_data(json_object(json), "msg");
        details = shash_find_data(json_object(json), "details");
    }
    if (!code || code->type != JSON_INTEGER || !msg
        || msg->type != JSON_STRING) {
        char *how = process_status_msg(status);
        struct cni_error *error = cni_error(
            CNI_IPAM, "%s: it failed (%s) without saying why", type, how);

        free(how);
        return error;
    }
    return (details && details->type == JSON_STRING && *json_string(details)
            ? cni_error(json_integer(code), "%s: %s (%s)", type,
                        json_string(msg), json_string(details))
            : cni_error(json_integer(code), "%s: %s", type,
                        json_string(msg)));
}

/* Stores what a plugin with this 'output' and wait 'status' has returned in
 * '*json', which is null with an error. */
static struct cni_error *
finish(const char *type, const char *output, int status, struct json **json)
{
    bool is_blank = !output[strspn(output, " \t\r\n")];
    struct cni_error *error = NULL;

    *json = is_blank ? NULL : json_from_string(output);
    if (status) {
        error = parse_error(type, *json, status);
    } else if (*json && (*json)->type != JSON_OBJECT) {
        error = cni_error(CNI_IPAM, "%s: what it prints is not a JSON object",
                          type);
    }
    if (error) {
        json_destroy(*json);
        *json = NULL;
    }
    return error;
}

struct cni_error *
delegate_run(const struct cni_env *env, const struct delegate_task *task,
             long long int deadline, struct json **json)
{
    struct child child = { .in = -1, .out = -1 };
    struct ds output = DS_EMPTY_INITIALIZER;
    struct cni_error *error;
    char *program = find_plugin(task->type, env->path);
    int status;

    *json = NULL;
    if (!program) {
        return cni_error(CNI_BAD_CONFIG, "the IPAM plugin \"%s\" is not in "
                         "CNI_PATH=\"%s\": install it there", task->type,
                         env->path);
    }
    error = start(task, program, &child);
    free(program);
    if (error) {
        return error;
    }
    error = converse(task, &child, deadline, &output);
    status = reap(&child, error ? 0 : deadline);
    close_fd(&child.in);
    close_fd(&child.out);
    if (!error) {
        error = finish(task->type, ds_cstr(&output), status, json);
    }
    ds_destroy(&output);
    return error;
}
