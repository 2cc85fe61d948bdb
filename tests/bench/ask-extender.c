/* SPDX-License-Identifier: Apache-2.0 */

/* Asks a scheduler extender again and again, as kube-scheduler does, on one
 * connection:
 *
 *     ask-extender PORT VERB names|objects N COUNT
 *
 * with N of 5,000 nodes, each time for another pod of 2,000 workloads.  A Pod
 * is of the size of a real one, a Node as well (9 kB).  Prints how long
 * answers took, in microseconds: "p50 A", "p99 B", "mean C". */

#include <config.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "openvswitch/dynamic-string.h"
#include "tests/bench/bench-util.h"
#include "util.h"

#define N_NODES 5000
#define N_WORKLOADS 2000

/* What a Pod has besides its metadata, some 1,500 bytes. */
static const char pod_rest[] =
    ",\"managedFields\":[{\"manager\":\"kube-controller-manager\","
    "\"operation\":\"Update\",\"apiVersion\":\"v1\","
    "\"time\":\"2026-01-01T00:00:00Z\",\"fieldsType\":\"FieldsV1\","
    "\"fieldsV1\":{\"f:metadata\":{\"f:generateName\":{},\"f:labels\":{\".\":{"
    "},\"f:app\":{},\"f:pod-template-hash\":{}},\"f:ownerReferences\":{\".\":{"
    "},\"k:{\\\"uid\\\":\\\"5b7c1f6e-7a0c-4c8f-9a57-0d6f5b3e8a11\\\"}\":{}}},"
    "\"f:spec\":{\"f:containers\":{\"k:{\\\"name\\\":\\\"main\\\"}\":{\".\":{"
    "},\"f:image\":{},\"f:imagePullPolicy\":{},\"f:name\":{},\"f:resources\":{"
    "\".\":{},\"f:requests\":{\".\":{},\"f:cpu\":{},\"f:memory\":{}}}}},"
    "\"f:dnsPolicy\":{},\"f:restartPolicy\":{}}}}]},\"spec\":{\"volumes\":[{"
    "\"name\":\"kube-api-access\",\"projected\":{\"sources\":[{"
    "\"serviceAccountToken\":{\"expirationSeconds\":3607,"
    "\"path\":\"token\"}}],\"defaultMode\":420}}],\"containers\":[{"
    "\"name\":\"main\",\"image\":\"registry.example/web:1.4\",\"resources\":{"
    "\"requests\":{\"cpu\":\"100m\",\"memory\":\"64Mi\"}},"
    "\"terminationMessagePath\":\"/dev/termination-log\","
    "\"imagePullPolicy\":\"IfNotPresent\"}],\"restartPolicy\":\"Always\","
    "\"terminationGracePeriodSeconds\":30,\"dnsPolicy\":\"ClusterFirst\","
    "\"schedulerName\":\"default-scheduler\",\"tolerations\":[{"
    "\"key\":\"node.kubernetes.io/not-ready\",\"operator\":\"Exists\","
    "\"effect\":\"NoExecute\",\"tolerationSeconds\":300}],\"priority\":0},"
    "\"status\":{\"phase\":\"Pending\",\"qosClass\":\"Burstable\"}}";

static void
put_node(struct ds *s, int i)
{
    ds_put_format(s, "{\"metadata\":{\"name\":\"worker-%05d.example\","
                     "\"labels\":{\"kubernetes.io/hostname\":\"worker-%05d\","
                     "\"kubernetes.io/os\":\"linux\"}},\"spec\":{},"
                     "\"status\":{\"images\":[", i, i);
    for (int j = 0; j < 50; j++) {
        ds_put_format(s, "%s{\"names\":[\"registry.example/library/image-%02d@"
                         "sha256:8d3a5c0f7b9e14263f58a0c7e9d1b2f4a6c8e0d2f4b6a"
                         "8c0e2d4f6b8a0c2e4d6\",\"registry.example/library/ima"
                         "ge-%02d:1.0\"],\"sizeBytes\":"
                         "123456789}", j ? "," : "", j, j);
    }
    ds_put_cstr(s, "]}}");
}

/* Makes the body for pod number 'pod'. */
static void
make_body(struct ds *s, bool names, int n, int pod)
{
    ds_put_format(s, "{\"Pod\":{\"metadata\":{\"name\":\"web%d-7d4b9c6f5-x2"
                     "%03d\",\"generateName\":\"web%d-7d4b9c6f5-\","
                     "\"namespace\":\"default\",\"uid\":\"9a98f75c-2596-4562-b"
                     "43d-d34%09d\",\"labels\":{\"app\":\"web\","
                     "\"pod-template-hash\":\"7d4b9c6f5\"}",
                  pod % N_WORKLOADS, pod % 1000, pod % N_WORKLOADS, pod);
    ds_put_cstr(s, pod_rest);
    ds_put_cstr(s, names ? ",\"Nodes\":null,\"NodeNames\":["
                : ",\"NodeNames\":null,\"Nodes\":{\"metadata\":{},"
                  "\"items\":[");
    for (int i = 0; i < n; i++) {
        int node = (pod * 7 + i) % N_NODES;

        if (i) {
            ds_put_char(s, ',');
        }
        if (names) {
            ds_put_format(s, "\"worker-%05d.example\"", node);
        } else {
            put_node(s, node);
        }
    }
    ds_put_cstr(s, names ? "]}" : "]}}");
}

static void
send_all(int fd, const char *s, size_t n)
{
    while (n) {
        ssize_t sent = send(fd, s, n, MSG_NOSIGNAL);

        if (sent <= 0) {
            ovs_fatal(errno, "send");
        }
        s += sent;
        n -= sent;
    }
}

/* Reads a whole answer, whose status must be 200. */
static void
receive(int fd, char *buffer, size_t size)
{
    size_t n = 0, want = SIZE_MAX;

    while (n < want) {
        ssize_t got = recv(fd, buffer + n, size - n - 1, 0);
        char *body, *length;

        if (got <= 0) {
            ovs_fatal(errno, "recv: %"PRIuSIZE" bytes so far", n);
        }
        n += got;
        buffer[n] = '\0';
        body = want == SIZE_MAX ? strstr(buffer, "\r\n\r\n") : NULL;
        length = body ? strcasestr(buffer, "content-length:") : NULL;
        if (length) {
            want = body + 4 - buffer + atoi(length + 15);
        }
    }
    if (strncmp(buffer, "HTTP/1.1 200", 12)) {
        ovs_fatal(0, "%.200s", buffer);
    }
}

static double
ask(int fd, const char *verb, const struct ds *body, char *buffer, size_t size)
{
    char *head = xasprintf("POST /%s HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                           "Content-Type: application/json\r\n"
                           "Content-Length: %"PRIuSIZE"\r\n\r\n",
                           verb, body->length);
    uint64_t start = bench_now();

    send(fd, head, strlen(head), MSG_MORE | MSG_NOSIGNAL);
    send_all(fd, body->string, body->length);
    receive(fd, buffer, size);
    free(head);
    return (bench_now() - start) / 1e3;
}

static int
open_connection(int port)
{
    struct sockaddr_in sin = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(fd, (struct sockaddr *) &sin, sizeof sin)) {
        ovs_fatal(errno, "connect");
    }
    return fd;
}

int
main(int argc, char *argv[])
{
    size_t size = 64 << 20;
    double *times, sum = 0;
    char *buffer;
    int count, fd;

    if (argc != 6) {
        ovs_fatal(0, "usage: %s PORT VERB names|objects N COUNT", argv[0]);
    }
    fd = open_connection(atoi(argv[1]));
    count = atoi(argv[5]);
    times = xmalloc(count * sizeof *times);
    buffer = xmalloc(size);
    for (int i = 0; i < count; i++) {
        struct ds body = DS_EMPTY_INITIALIZER;

        make_body(&body, !strcmp(argv[3], "names"), atoi(argv[4]), i);
        times[i] = ask(fd, argv[2], &body, buffer, size);
        sum += times[i];
        ds_destroy(&body);
    }
    printf("p50 %.1f\np99 %.1f\nmean %.1f\n",
           bench_percentile(times, count, 0.5),
           bench_percentile(times, count, 0.99), sum / count);
    close(fd);
    free(times);
    free(buffer);
    return 0;
}
