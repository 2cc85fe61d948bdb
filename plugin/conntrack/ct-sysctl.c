/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "conntrack/ct-sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(ct_sysctl);

#define DIRECTORY "/proc/sys/net/netfilter/"
#define ACCT "nf_conntrack_acct"
#define STATISTICS "/proc/net/stat/nf_conntrack"

int
ct_sysctl_get(const char *name)
{
    char *path = xasprintf(DIRECTORY"%s", name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char buffer[16];
    ssize_t n = -1;
    int value;

    if (fd >= 0) {
        n = read(fd, buffer, sizeof buffer - 1);
        close(fd);
    }
    free(path);
    if (n <= 0) {
        return -1;
    }
    buffer[n] = '\0';
    return ovs_scan(buffer, "%d", &value) && value >= 0 ? value : -1;
}

void
ct_sysctl_enable_acct(void)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);
    int fd;

    if (ct_sysctl_get(ACCT) > 0) {
        return;
    }
    fd = open(DIRECTORY ACCT, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, "1\n", 2) != 2) {
        VLOG_WARN_RL(&rl, "cannot set net.netfilter."ACCT"=1 (%s): flows have "
                     "no byte counters, no elephant will be found",
                     ovs_strerror(errno));
    } else {
        VLOG_INFO_RL(&rl, "set net.netfilter."ACCT"=1: elephants are found by "
                     "conntrack's own byte counters");
    }
    if (fd >= 0) {
        close(fd);
    }
}

/* Returns the sum of the words of 'line', in hexadecimal, whose columns
 * 'header' calls "drop" or "early_drop".  Changes both strings. */
static uint64_t
sum_drops(char *header, char *line)
{
    char *header_end = NULL, *line_end = NULL;
    char *name = strtok_r(header, " \n", &header_end);
    char *word = strtok_r(line, " \n", &line_end);
    uint64_t sum = 0;

    while (name && word) {
        if (!strcmp(name, "drop") || !strcmp(name, "early_drop")) {
            sum += strtoull(word, NULL, 16);
        }
        name = strtok_r(NULL, " \n", &header_end);
        word = strtok_r(NULL, " \n", &line_end);
    }
    return sum;
}

uint64_t
ct_sysctl_count_full(void)
{
    FILE *file = fopen(STATISTICS, "re");
    char header[512], line[512];
    uint64_t sum = 0;

    if (!file) {
        return 0;
    }
    if (fgets(header, sizeof header, file)) {
        /* A line for each processor. */
        while (fgets(line, sizeof line, file)) {
            char names[sizeof header];

            ovs_strlcpy(names, header, sizeof names);
            sum += sum_drops(names, line);
        }
    }
    fclose(file);
    return sum;
}
