/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "cni-env.h"

#include <ctype.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "cni-error.h"
#include "util.h"

/* Each command, and which variables it cannot do without. */
static const struct {
    const char *name;
    bool needs_container;       /* And CNI_IFNAME. */
    bool needs_netns;
} commands[] = {
    [CNI_ADD] = { "ADD", true, true },
    [CNI_DEL] = { "DEL", true, false },
    [CNI_CHECK_CMD] = { "CHECK", true, true },
    [CNI_GC] = { "GC", false, false },
    [CNI_STATUS] = { "STATUS", false, false },
    [CNI_VERSION] = { "VERSION", false, false },
};

const char *
cni_command_to_string(enum cni_command command)
{
    return commands[command].name;
}

static bool
command_from_string(const char *s, enum cni_command *command)
{
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        if (!strcmp(s, commands[i].name)) {
            *command = i;
            return true;
        }
    }
    return false;
}

const char *
cni_check_container(const char *id)
{
    if (!isalnum((unsigned char) id[0])) {
        return "it must begin with a letter or digit";
    }
    for (const char *p = id; *p; p++) {
        if (!isalnum((unsigned char) *p) && !strchr("_.-", *p)) {
            return "only letters, digits, \"_\", \".\" and \"-\" may be in it";
        }
    }
    return NULL;
}

static const char *
check_ifname(const char *name)
{
    if (!*name || strlen(name) >= IFNAMSIZ) {
        return "it must have 1 to 15 characters";
    }
    if (!strcmp(name, ".") || !strcmp(name, "..")) {
        return "no interface can have that name";
    }
    for (const char *p = name; *p; p++) {
        if (strchr("/:", *p) || isspace((unsigned char) *p)) {
            return "\"/\", \":\" and blanks must not be in it";
        }
    }
    return NULL;
}

/* CNI_ARGS is "KEY=VALUE;KEY=VALUE". */
static struct cni_error *
parse_args(const char *s, struct smap *args)
{
    char *copy = xstrdup(s);
    char *save = NULL;
    struct cni_error *error = NULL;

    for (char *word = strtok_r(copy, ";", &save); word && !error;
         word = strtok_r(NULL, ";", &save)) {
        char *equals = strchr(word, '=');

        if (!equals || equals == word) {
            error = cni_error(CNI_BAD_ENVIRONMENT, "CNI_ARGS: \"%s\" is not "
                              "KEY=VALUE; separate several by \";\"", word);
        } else {
            *equals = '\0';
            smap_replace(args, word, equals + 1);
        }
    }
    free(copy);
    return error;
}

/* A variable of the environment. */
struct variable {
    const char *name;
    const char *needed_for;     /* Command that cannot do without; or null. */
    const char *(*check)(const char *); /* What is wrong with it; or null. */
};

/* Stores the value of 'variable' in '*value', null if it is empty or not
 * set. */
static struct cni_error *
get_variable(const char *(*get)(const char *), const struct variable *variable,
             const char **value)
{
    const char *reason;

    *value = get(variable->name);
    if (!*value || !**value) {
        *value = NULL;
        return (variable->needed_for
                ? cni_error(CNI_BAD_ENVIRONMENT, "%s is missing: the runtime "
                            "must set it for %s", variable->name,
                            variable->needed_for)
                : NULL);
    }
    reason = variable->check ? variable->check(*value) : NULL;
    return (reason
            ? cni_error(CNI_BAD_ENVIRONMENT, "%s=\"%s\" is invalid: %s",
                        variable->name, *value, reason)
            : NULL);
}

/* Reads the variables that say which container the command is about. */
static struct cni_error *
get_attachment(struct cni_env *env, const char *(*get)(const char *))
{
    const char *command = cni_command_to_string(env->command);
    bool needed = commands[env->command].needs_container;
    bool needs_netns = commands[env->command].needs_netns;
    const struct variable container = {
        "CNI_CONTAINERID", needed ? command : NULL,
        needed ? cni_check_container : NULL
    };
    const struct variable ifname = {
        "CNI_IFNAME", needed ? command : NULL,
        needed ? check_ifname : NULL
    };
    const struct variable netns = {
        "CNI_NETNS", needs_netns ? command : NULL, NULL
    };
    struct cni_error *error = get_variable(get, &container, &env->container);

    if (!error) {
        error = get_variable(get, &ifname, &env->ifname);
    }
    return error ? error : get_variable(get, &netns, &env->netns);
}

static struct cni_error *
get_command(const char *(*get)(const char *), enum cni_command *command)
{
    const char *s = get("CNI_COMMAND");

    if (!s || !*s) {
        return cni_error(CNI_BAD_ENVIRONMENT,
                         "CNI_COMMAND is missing: this is "
                         "a plugin for container runtimes, see "
                         "ovs-footprint-cni(8)");
    }
    if (!command_from_string(s, command)) {
        return cni_error(CNI_BAD_ENVIRONMENT, "CNI_COMMAND=\"%s\" is unknown: "
                         "use ADD, DEL, CHECK, GC, STATUS or VERSION", s);
    }
    return NULL;
}

struct cni_error *
cni_env_init(struct cni_env *env, const char *(*get)(const char *))
{
    struct cni_error *error;
    const char *args;

    memset(env, 0, sizeof *env);
    smap_init(&env->args);
    env->path = get("CNI_PATH");
    env->path = env->path ? env->path : "";
    error = get_command(get, &env->command);
    if (error) {
        return error;
    }
    error = get_attachment(env, get);
    args = get("CNI_ARGS");
    if (!error && args) {
        error = parse_args(args, &env->args);
        if (env->command == CNI_DEL) {
            /* Otherwise, what an ADD was refused for could never be
             * removed. */
            cni_error_log(error);
            error = NULL;
        }
    }
    return error;
}

void
cni_env_destroy(struct cni_env *env)
{
    smap_destroy(&env->args);
}
