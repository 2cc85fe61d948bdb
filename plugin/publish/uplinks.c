/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "publish/uplinks.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "openvswitch/shash.h"
#include "util.h"

#define SYSFS "/sys/class/net"

struct counters {
    uint64_t in, out;           /* Bytes. */
};

struct uplinks {
    struct shash last;          /* Of struct counters, by device. */
    long long int when;         /* Of 'last'. */
};

struct uplinks *
uplinks_create(void)
{
    struct uplinks *u = xzalloc(sizeof *u);

    shash_init(&u->last);
    return u;
}

void
uplinks_destroy(struct uplinks *u)
{
    if (u) {
        shash_destroy_free_data(&u->last);
        free(u);
    }
}

/* Reads the number in a file of 'device'.  Returns false if there is none. */
static bool
read_number(const char *device, const char *file, long long int *n)
{
    char *path = xasprintf(SYSFS"/%s/%s", device, file);
    FILE *stream = fopen(path, "r");
    bool ok = stream && fscanf(stream, "%lld", n) == 1;

    if (stream) {
        fclose(stream);
    }
    free(path);
    return ok;
}

/* A device that is driven by hardware, real or emulated, and has a carrier. */
static bool
is_physical(const char *device)
{
    char *path = xasprintf(SYSFS"/%s/device", device);
    bool has_device = !access(path, F_OK);
    long long int carrier;

    free(path);
    return has_device && read_number(device, "carrier", &carrier) && carrier;
}

/* Adds what 'device' does; 'speed' is 0 if it is the kernel's to say. */
static void
add_device(struct uplinks *u, const char *device, double speed,
           double seconds, struct uplinks_figures *figures)
{
    struct counters *last = shash_find_data(&u->last, device);
    long long int in, out, mbps;

    if (!read_number(device, "statistics/rx_bytes", &in)
        || !read_number(device, "statistics/tx_bytes", &out)) {
        return;
    }
    if (!speed && read_number(device, "speed", &mbps) && mbps > 0) {
        speed = mbps * 1e6;
    }
    figures->speed += speed;
    if (!last) {
        last = xzalloc(sizeof *last);
        shash_add(&u->last, device, last);
    } else if (seconds > 0 && in >= last->in && out >= last->out) {
        figures->bits_in += (in - last->in) * 8 / seconds;
        figures->bits_out += (out - last->out) * 8 / seconds;
    }
    last->in = in;
    last->out = out;
}

/* "20G", as settings.c has checked. */
static double
parse_speed(const char *s)
{
    static const char suffixes[] = "kMGT";
    char *tail;
    double speed = strtoull(s, &tail, 10);
    const char *suffix = *tail ? strchr(suffixes, *tail) : NULL;

    for (int i = suffix ? suffix - suffixes : -1; i >= 0; i--) {
        speed *= 1000;
    }
    return speed;
}

static void
read_named(struct uplinks *u, const char *setting, double seconds,
           struct uplinks_figures *figures)
{
    char *copy = xstrdup(setting);
    char *save = NULL;

    for (char *p = strtok_r(copy, ", ", &save); p;
         p = strtok_r(NULL, ", ", &save)) {
        char *speed = strchr(p, '=');

        if (speed) {
            *speed++ = '\0';
        }
        add_device(u, p, speed ? parse_speed(speed) : 0, seconds, figures);
    }
    free(copy);
}

static void
read_physical(struct uplinks *u, double seconds,
              struct uplinks_figures *figures)
{
    DIR *dir = opendir(SYSFS);
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        if (entry->d_name[0] != '.' && is_physical(entry->d_name)) {
            add_device(u, entry->d_name, 0, seconds, figures);
        }
    }
    if (dir) {
        closedir(dir);
    }
}

void
uplinks_read(struct uplinks *u, const char *setting, long long int now,
             struct uplinks_figures *figures)
{
    double seconds = u->when ? (now - u->when) / 1000.0 : 0;

    memset(figures, 0, sizeof *figures);
    if (*setting) {
        read_named(u, setting, seconds, figures);
    } else {
        read_physical(u, seconds, figures);
    }
    u->when = now;
}
