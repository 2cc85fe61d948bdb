/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "publish/nfd-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/problem.h"
#include "openvswitch/vlog.h"
#include "ovsdb/footprint-keys.h"
#include "smap.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(nfd_file);

struct nfd_file {
    char *name;                 /* Null if there is to be none. */
    char *contents;             /* As last written, or null. */
    struct stat st;             /* Of the file then. */
    char *problem;
};

struct nfd_file *
nfd_file_create(void)
{
    return xzalloc(sizeof(struct nfd_file));
}

void
nfd_file_destroy(struct nfd_file *file)
{
    if (file) {
        free(file->name);
        free(file->contents);
        free(file->problem);
        free(file);
    }
}

/* The node's class: what the heaviest of its containers is. */
static const char *
get_class(const struct nfd_file_node *node)
{
    return (node->n_heavy ? "heavy"
            : node->n_containers > node->n_unknown ? "light" : "unknown");
}

/* How many heavy containers there are, in steps. */
static const char *
get_load(const struct nfd_file_node *node)
{
    return (!node->n_heavy ? "none"
            : node->n_heavy == 1 ? "one"
            : node->n_heavy <= 4 ? "some" : "many");
}

static char *
make_contents(const struct nfd_file_node *node)
{
    return xasprintf("footprint-class=%s\n"
                     "footprint-heavy=%s\n"
                     "footprint-detector=%s\n",
                     get_class(node), get_load(node), node->detector);
}

/* node-feature-discovery passes over names that begin with a dot. */
static char *
get_temporary_name(const char *name)
{
    const char *slash = strrchr(name, '/');
    int directory = slash ? slash + 1 - name : 0;

    return xasprintf("%.*s.%s.tmp", directory, name, name + directory);
}

/* What every file of ours begins with. */
#define SIGN "footprint-class="

/* Stores in 'contents' what the file says, or as much as has room.  Returns
 * false if there is none. */
static bool
read_file(const char *name, char *contents, size_t size)
{
    FILE *stream = fopen(name, "r");

    contents[0] = '\0';
    if (stream) {
        contents[fread(contents, 1, size - 1, stream)] = '\0';
        fclose(stream);
    }
    return stream != NULL;
}

/* Creates the file 'name', without following a link or waiting for the reader
 * of a pipe that somebody may have put there. */
static FILE *
create_file(const char *name)
{
    int fd;

    unlink(name);
    fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    return fd >= 0 ? fdopen(fd, "w") : NULL;
}

/* Returns 0 or a positive errno. */
static int
write_file(const char *name, const char *contents)
{
    char *temporary = get_temporary_name(name);
    FILE *stream = create_file(temporary);
    int error = stream ? 0 : errno;

    if (stream) {
        error = fputs(contents, stream) < 0 ? errno : 0;
        error = fclose(stream) && !error ? errno : error;
        if (!error && rename(temporary, name)) {
            error = errno;
        }
        if (error) {
            unlink(temporary);
        }
    }
    free(temporary);
    return error;
}

/* Is the file still the one that was last written? */
static bool
is_intact(const struct nfd_file *file)
{
    const struct stat *old = &file->st;
    struct stat st;

    return (!lstat(file->name, &st)
            && st.st_dev == old->st_dev && st.st_ino == old->st_ino
            && st.st_size == old->st_size
            && st.st_mtim.tv_sec == old->st_mtim.tv_sec
            && st.st_mtim.tv_nsec == old->st_mtim.tv_nsec);
}

void
nfd_file_remove(struct nfd_file *file)
{
    if (file->name && file->contents && is_intact(file)) {
        unlink(file->name);
    }
    free(file->contents);
    file->contents = NULL;
    problem_set(&file->problem, NULL);
}

/* Does the file 'name' begin as every one of ours does? */
static bool
is_ours(const char *name)
{
    char contents[sizeof SIGN];
    struct stat st;

    return (!lstat(name, &st) && S_ISREG(st.st_mode)
            && read_file(name, contents, sizeof contents)
            && !strcmp(contents, SIGN));
}

void
nfd_file_clear(struct nfd_file *file, const struct smap *external_ids)
{
    const char *name = smap_get(external_ids, FP_CFG_NFD_FILE);

    nfd_file_remove(file);
    if (name && name[0] == '/' && is_ours(name)) {
        unlink(name);
    }
}

static void
set_name(struct nfd_file *file, const char *name)
{
    if (!nullable_string_is_equal(name, file->name)) {
        nfd_file_remove(file);
        free(file->name);
        file->name = nullable_xstrdup(name);
    }
}

/* Has the file say 'contents'; after a restart of the daemon it may already.
 * Returns null, or a malloc()'d phrase that says why not. */
static char *
write_contents(const char *name, const char *contents)
{
    struct stat st;
    char old[256];
    int error;

    if (name[0] != '/') {
        return xstrdup("not an absolute path, which begins with a slash");
    } else if (!stat(name, &st) && !S_ISREG(st.st_mode)) {
        return xstrdup("there is something of that name that is no file: name "
                       "another one");
    } else if (read_file(name, old, sizeof old)) {
        if (!strcmp(old, contents)) {
            return NULL;
        } else if (old[0] && strncmp(old, SIGN, strlen(SIGN))) {
            return xstrdup("there is such a file, which is not ours: name "
                           "another one, or remove it");
        }
    }
    error = write_file(name, contents);
    return error ? xasprintf("cannot be written (%s): is its directory there, "
                             "and may ovs-footprintd write to it?",
                             ovs_strerror(error)) : NULL;
}

/* Logs that the file cannot be written because of 'why', which it takes
 * ownership of; null: it was written. */
static void
set_problem(struct nfd_file *file, char *why)
{
    char *problem = why ? xasprintf(FP_CFG_NFD_FILE"=%s: %s", file->name, why)
                    : NULL;

    free(why);
    if (problem_set(&file->problem, problem) && file->problem) {
        VLOG_WARN("%s", file->problem);
    }
}

void
nfd_file_run(struct nfd_file *file, const struct smap *external_ids,
             const struct nfd_file_node *node)
{
    const char *name = smap_get(external_ids, FP_CFG_NFD_FILE);
    char *contents, *why;

    set_name(file, name && *name ? name : NULL);
    if (!file->name) {
        return;
    }
    contents = make_contents(node);
    if (nullable_string_is_equal(contents, file->contents)
        && is_intact(file)) {
        free(contents);
        return;
    }
    why = write_contents(file->name, contents);
    free(file->contents);
    file->contents = why ? NULL : contents;
    if (why) {
        free(contents);
    } else if (lstat(file->name, &file->st)) {
        memset(&file->st, 0, sizeof file->st);
    }
    set_problem(file, why);
}

const char *
nfd_file_get_problem(const struct nfd_file *file)
{
    return file->problem;
}
