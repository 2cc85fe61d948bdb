/* SPDX-License-Identifier: Apache-2.0 */

/* libmicrohttpd has one epoll descriptor, the only one that the poll loop
 * waits for.  What it does not do is done here:
 *
 *   - Its timeout limits how long a client may send nothing, so a client may
 *     send one byte a minute for ever.  Here each connection has a deadline
 *     for each phase.
 *   - It closes a connection without an answer when a client stops in the
 *     middle of a request or is too slow, and accepts no answer before a body
 *     has arrived.  So these answers are written directly into the socket,
 *     which is then shut down, whereupon libmicrohttpd drops the connection.
 *     (Not with TLS, where the connection just ends.) */

#include <config.h>
#include "lib/http-server.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/http-listener.h"
#include "lib/ovs-compat.h"
#include "openvswitch/json.h"
#include "openvswitch/list.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "socket-util.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(http_server);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 10);

/* What libmicrohttpd may use for a connection's headers, in bytes. */
#define HEADER_BYTES 16384

/* How often libmicrohttpd may run before the rest of the program does. */
#define PARTS_PER_RUN 4

/* The most bytes that are allocated for a body before they have arrived. */
#define EXPECTED_BYTES (1024 * 1024)

/* What a connection is doing, each with a time limit. */
enum http_phase {
    HTTP_IDLE,                  /* Between two requests. */
    HTTP_ARRIVING,              /* A request is expected, or has begun. */
    HTTP_LEAVING,               /* The answer is under way. */
    HTTP_CLOSING,               /* Shut down, but not dropped yet. */
    HTTP_N_PHASES
};

/* Milliseconds from a failed attempt to accept clients to the next one. */
#define RETRY_MSEC 200

struct http_conn {
    struct ovs_list list_node;  /* In the server's list of its phase. */
    struct http_server *server;
    struct MHD_Connection *mhd;
    enum http_phase phase;
    long long int deadline;     /* Of this phase. */
    int fd;

    /* The request. */
    bool began;                 /* Have its headers arrived? */
    bool too_large;             /* Was its body, which is thrown away? */
    char *body;
    size_t length, allocated;   /* Of 'body', in bytes. */
    size_t expected;            /* What the client says of 'length', if that is
                                 * not too much; otherwise 0. */
};

struct http_server {
    struct MHD_Daemon *daemon;
    http_handler *handler;
    void *aux;
    char *url;
    int epoll_fd;

    bool tls;
    bool check_clients;         /* Must clients have a certificate? */
    bool forgot;                /* Did a connection end in the latest run? */
    unsigned int n_vain;        /* Runs in a row for which ran_in_vain(). */
    size_t max_body, max_bodies; /* Most bytes of one body, and of all at a
                                  * time. */
    size_t bodies;              /* Bytes of all bodies at present. */
    long long int limits[HTTP_N_PHASES]; /* Milliseconds a phase may take. */

    /* Connections by phase.  The limit of a phase is the same for all, so that
     * each list is in the order of the deadlines. */
    struct ovs_list phases[HTTP_N_PHASES];
    struct pollfd *pollfds;     /* For find_half_closed(). */
    size_t n_pollfds;
    struct http_server_stats stats;
};

static void
set_phase(struct http_conn *conn, enum http_phase phase)
{
    struct http_server *server = conn->server;

    ovs_list_remove(&conn->list_node);
    ovs_list_push_back(&server->phases[phase], &conn->list_node);
    conn->phase = phase;
    conn->deadline = time_msec() + server->limits[phase];
}

static void
forget_body(struct http_conn *conn)
{
    conn->server->bodies -= conn->allocated;
    free(conn->body);
    conn->body = NULL;
    conn->length = conn->allocated = 0;
    conn->began = conn->too_large = false;
}

OVS_PRINTF_FORMAT(2, 0)
static void
format_error(struct ds *s, const char *format, va_list args)
{
    struct json *error = json_object_create();

    json_object_put(error, "error",
                    json_string_create_nocopy(xvasprintf(format, args)));
    json_to_ds(error, 0, s);
    json_destroy(error);
}

void
http_response_set_error(struct http_response *response, unsigned int status,
                        const char *format, ...)
{
    va_list args;

    response->status = status;
    response->content_type = "application/json";
    ds_clear(&response->body);
    va_start(args, format);
    format_error(&response->body, format, args);
    va_end(args);
}

/* Ends 'conn', whose request is not complete, with an answer that
 * libmicrohttpd would not give. */
static void OVS_PRINTF_FORMAT(3, 4)
give_up(struct http_conn *conn, const char *status, const char *format, ...)
{
    if (!conn->server->tls) {
        struct ds answer = DS_EMPTY_INITIALIZER;
        struct ds body = DS_EMPTY_INITIALIZER;
        va_list args;

        va_start(args, format);
        format_error(&body, format, args);
        va_end(args);
        ds_put_format(&answer, "HTTP/1.1 %s\r\nConnection: close\r\n"
                      "Content-Type: application/json\r\n"
                      "Content-Length: %"PRIuSIZE"\r\n\r\n%s",
                      status, body.length, ds_cstr(&body));
        ovs_ignore(send(conn->fd, ds_cstr(&answer), answer.length,
                        MSG_DONTWAIT | MSG_NOSIGNAL));
        ds_destroy(&answer);
        ds_destroy(&body);
    }
    shutdown(conn->fd, SHUT_RDWR);
    set_phase(conn, HTTP_CLOSING);
}

/* Callbacks of libmicrohttpd. */

static void
handle_connection(void *server_, struct MHD_Connection *mhd, void **connp,
                  enum MHD_ConnectionNotificationCode code)
{
    struct http_server *server = server_;

    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        struct http_conn *conn = xzalloc(sizeof *conn);

        conn->server = server;
        conn->mhd = mhd;
        conn->fd = MHD_get_connection_info(
            mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        ovs_list_init(&conn->list_node);
        set_phase(conn, HTTP_ARRIVING);
        server->stats.connections++;
        *connp = conn;
    } else {
        struct http_conn *conn = *connp;

        server->forgot = true;
        forget_body(conn);
        ovs_list_remove(&conn->list_node);
        free(conn);
    }
}

static struct http_conn *
get_conn(struct MHD_Connection *mhd)
{
    return MHD_get_connection_info(
        mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* A request's first line has arrived. */
static void *
handle_first_line(void *server OVS_UNUSED, const char *uri OVS_UNUSED,
                  struct MHD_Connection *mhd)
{
    struct http_conn *conn = get_conn(mhd);

    if (conn->phase == HTTP_IDLE) {
        set_phase(conn, HTTP_ARRIVING);
    }
    return conn;
}

/* A request has been answered, or its connection has ended. */
static void
handle_completed(void *server OVS_UNUSED, struct MHD_Connection *mhd,
                 void **aux OVS_UNUSED,
                 enum MHD_RequestTerminationCode code OVS_UNUSED)
{
    struct http_conn *conn = get_conn(mhd);

    forget_body(conn);
    if (conn->phase != HTTP_CLOSING) {
        set_phase(conn, HTTP_IDLE);
    }
}

static enum MHD_Result
send_response(struct http_conn *conn, struct http_response *response)
{
    size_t length = response->body.length;
    struct MHD_Response *mhd;
    enum MHD_Result result;

    ds_cstr(&response->body);
    mhd = MHD_create_response_from_buffer(
        length, ds_steal_cstr(&response->body), MHD_RESPMEM_MUST_FREE);
    MHD_add_response_header(mhd, MHD_HTTP_HEADER_CONTENT_TYPE,
                            response->content_type);
    MHD_add_response_header(mhd, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    if (response->allow) {
        MHD_add_response_header(mhd, MHD_HTTP_HEADER_ALLOW, response->allow);
    }
    result = MHD_queue_response(conn->mhd, response->status, mhd);
    MHD_destroy_response(mhd);
    set_phase(conn, HTTP_LEAVING);
    return result;
}

static enum MHD_Result OVS_PRINTF_FORMAT(3, 4)
refuse(struct http_conn *conn, unsigned int status, const char *format, ...)
{
    struct http_response response = {
        .status = status,
        .content_type = "application/json",
        .body = DS_EMPTY_INITIALIZER,
    };
    va_list args;

    va_start(args, format);
    format_error(&response.body, format, args);
    va_end(args);
    return send_response(conn, &response);
}

/* Returns null if the client's certificate is accepted, otherwise a malloc()'d
 * sentence that says what is wrong with it. */
static char *
check_client(struct http_conn *conn)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(
        conn->mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    gnutls_session_t session = info ? info->tls_session : NULL;
    unsigned int status = 0;
    gnutls_datum_t why;
    char *reason;

    if (!session || !gnutls_certificate_get_peers(session, &status)) {
        return xstrdup("this server wants a client certificate");
    }
    if (gnutls_certificate_verify_peers2(session, &status)) {
        return xstrdup("the client certificate cannot be verified");
    }
    if (!status) {
        return NULL;
    }
    if (gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509,
                                                     &why, 0)) {
        return xstrdup("the client certificate is not valid");
    }
    reason = xasprintf("client certificate: %s", why.data);
    gnutls_free(why.data);
    return reason;
}

/* Decides, by its headers, whether a request may send its body. */
static enum MHD_Result
begin_request(struct http_conn *conn)
{
    struct http_server *server = conn->server;
    const char *length = MHD_lookup_connection_value(
        conn->mhd, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    const char *encoding = MHD_lookup_connection_value(
        conn->mhd, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_ENCODING);

    conn->began = true;
    if (server->check_clients) {
        char *reason = check_client(conn);

        if (reason) {
            enum MHD_Result result = refuse(conn, MHD_HTTP_UNAUTHORIZED,
                                            "%s", reason);

            server->stats.unauthorized++;
            free(reason);
            return result;
        }
    }
    if (encoding && strcasecmp(encoding, "identity")) {
        return refuse(conn, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "the request's "
                      "body is encoded as %s: send it as it is", encoding);
    }
    if (length && strtoull(length, NULL, 10) > server->max_body) {
        server->stats.too_large++;
        return refuse(conn, MHD_HTTP_CONTENT_TOO_LARGE, "the request's body "
                      "has %s bytes, at most %"PRIuSIZE" are accepted", length,
                      server->max_body);
    }
    conn->expected = (length
                      ? MIN(strtoull(length, NULL, 10), EXPECTED_BYTES) : 0);
    if (length && server->bodies + strtoull(length, NULL, 10)
        > server->max_bodies) {
        server->stats.too_busy++;
        return refuse(conn, MHD_HTTP_SERVICE_UNAVAILABLE, "too many large "
                      "requests at a time, try again");
    }
    return MHD_YES;
}

static void
append_body(struct http_conn *conn, const char *data, size_t n)
{
    struct http_server *server = conn->server;

    /* Without a Content-Length, begin_request() could not check this. */
    if (conn->too_large || conn->length + n > server->max_body
        || server->bodies + n > server->max_bodies) {
        forget_body(conn);
        conn->began = conn->too_large = true;
        return;
    }
    if (conn->length + n + 1 > conn->allocated) {
        size_t more = MAX(conn->allocated * 2, conn->expected + 1);
        size_t allocated = MAX(conn->length + n + 1,
                               MIN(more, server->max_body + 1));

        server->bodies += allocated - conn->allocated;
        conn->body = xrealloc(conn->body, allocated);
        conn->allocated = allocated;
    }
    memcpy(conn->body + conn->length, data, n);
    conn->length += n;
    conn->body[conn->length] = '\0';
}

static enum MHD_Result
finish_request(struct http_conn *conn, const char *path, const char *method)
{
    struct http_server *server = conn->server;
    struct http_response response = {
        .status = MHD_HTTP_OK,
        .content_type = "application/json",
        .body = DS_EMPTY_INITIALIZER,
    };
    struct http_request request = {
        .method = strcmp(method, MHD_HTTP_METHOD_HEAD) ? method : "GET",
        .path = path,
        .body = conn->body ? conn->body : "",
        .body_length = conn->length,
        .conn = conn,
    };

    if (conn->too_large) {
        server->stats.too_large++;
        return refuse(conn, MHD_HTTP_CONTENT_TOO_LARGE, "the request's body "
                      "has more than the %"PRIuSIZE" bytes that are accepted",
                      server->max_body);
    }
    server->stats.requests++;
    server->handler(&request, &response, server->aux);
    return send_response(conn, &response);
}

/* Called for a request's headers, each part of its body, and its end. */
static enum MHD_Result
handle_request(void *server OVS_UNUSED, struct MHD_Connection *mhd,
               const char *path, const char *method,
               const char *version OVS_UNUSED, const char *data,
               size_t *n, void **aux OVS_UNUSED)
{
    struct http_conn *conn = get_conn(mhd);

    if (!conn->began) {
        return begin_request(conn);
    }
    if (*n) {
        append_body(conn, data, *n);
        *n = 0;
        return MHD_YES;
    }
    return finish_request(conn, path, method);
}

static void OVS_PRINTF_FORMAT(2, 0)
handle_log(void *server OVS_UNUSED, const char *format, va_list args)
{
    if (!VLOG_DROP_DBG(&rl)) {
        vlog_valist(&this_module, VLL_DBG, format, args);
    }
}

const char *
http_request_get_argument(const struct http_request *request,
                          const char *name)
{
    return MHD_lookup_connection_value(request->conn->mhd,
                                       MHD_GET_ARGUMENT_KIND, name);
}

const char *
http_request_get_header(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->conn->mhd, MHD_HEADER_KIND,
                                       name);
}

/* Start. */

static void
set_limits(struct http_server *server,
           const struct http_server_config *config)
{
    long long int time = config->request_time ? config->request_time : 10;

    server->max_body = config->max_body ? config->max_body : 1024 * 1024;
    server->max_bodies = (config->max_bodies ? config->max_bodies
                          : 4 * server->max_body);
    server->limits[HTTP_ARRIVING] = server->limits[HTTP_LEAVING] = time * 1000;
    server->limits[HTTP_IDLE] = 1000LL * (config->idle_time
                                          ? config->idle_time : 120);
    for (size_t i = 0; i < HTTP_N_PHASES; i++) {
        ovs_list_init(&server->phases[i]);
    }
}

static struct MHD_Daemon *
start(struct http_server *server, const struct http_server_config *config,
      const struct http_listener *l)
{
    struct MHD_OptionItem tls[] = {
        { MHD_OPTION_HTTPS_MEM_KEY, 0, l->key },
        { MHD_OPTION_HTTPS_MEM_CERT, 0, l->certificate },
        { l->ca ? MHD_OPTION_HTTPS_MEM_TRUST : MHD_OPTION_END, 0, l->ca },
        { MHD_OPTION_END, 0, NULL },
    };
    struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };
    unsigned int connections = (config->max_connections
                                ? config->max_connections : 256);

    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_ERROR_LOG | (server->tls ? MHD_USE_TLS : 0), 0,
        NULL, NULL, handle_request, server,
        MHD_OPTION_EXTERNAL_LOGGER, handle_log, server,
        MHD_OPTION_LISTEN_SOCKET, l->fd,
        MHD_OPTION_CONNECTION_LIMIT, connections,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t) HEADER_BYTES,
        MHD_OPTION_NOTIFY_CONNECTION, handle_connection, server,
        MHD_OPTION_NOTIFY_COMPLETED, handle_completed, server,
        MHD_OPTION_URI_LOG_CALLBACK, handle_first_line, server,
        MHD_OPTION_ARRAY, server->tls ? tls : none,
        MHD_OPTION_END);
}

struct http_server *
http_server_create(const struct http_server_config *config,
                   http_handler *handler, void *aux, char **errorp)
{
    struct http_server *server = xzalloc(sizeof *server);
    struct http_listener listener;

    *errorp = NULL;
    server->handler = handler;
    server->aux = aux;
    server->tls = config->certificate != NULL;
    server->check_clients = config->ca_cert != NULL;
    set_limits(server, config);
    if (http_listener_init(&listener, config, errorp)) {
        server->daemon = start(server, config, &listener);
        if (server->daemon) {
            server->url = xstrdup(listener.url);
        } else {
            *errorp = xasprintf("%s: cannot serve there%s", config->listen,
                                server->tls ? ": do certificate and private "
                                "key belong together?" : "");
            close(listener.fd);
        }
    }
    http_listener_destroy(&listener);
    if (!server->daemon) {
        free(server);
        return NULL;
    }
    server->epoll_fd = MHD_get_daemon_info(
        server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    return server;
}

void
http_server_destroy(struct http_server *server)
{
    if (server) {
        MHD_stop_daemon(server->daemon);
        free(server->pollfds);
        free(server->url);
        free(server);
    }
}

/* The loop. */

/* Answers the clients that have shut down their side of the connection before
 * their request was complete, once all that they sent has been read. */
static void
find_half_closed(struct http_server *server)
{
    struct ovs_list *arriving = &server->phases[HTTP_ARRIVING];
    struct http_conn *conn;
    size_t n = 0;

    LIST_FOR_EACH (conn, list_node, arriving) {
        if (n >= server->n_pollfds) {
            server->pollfds = x2nrealloc(server->pollfds, &server->n_pollfds,
                                         sizeof *server->pollfds);
        }
        server->pollfds[n++] = (struct pollfd) { .fd = conn->fd,
                                                 .events = POLLRDHUP };
    }
    if (!n || poll(server->pollfds, n, 0) <= 0) {
        return;
    }
    n = 0;
    LIST_FOR_EACH_SAFE (conn, list_node, arriving) {
        int unread;

        if (server->pollfds[n++].revents & POLLRDHUP
            && !ioctl(conn->fd, FIONREAD, &unread) && !unread) {
            server->stats.truncated++;
            give_up(conn, "400 Bad Request", "the request ends in the middle");
        }
    }
}

static void
find_late(struct http_server *server)
{
    long long int now = time_msec();
    struct http_conn *conn;

    LIST_FOR_EACH_SAFE (conn, list_node, &server->phases[HTTP_ARRIVING]) {
        if (conn->deadline > now) {
            break;
        }
        server->stats.too_slow++;
        give_up(conn, "408 Request Timeout", "the request did not arrive "
                "within %lld seconds", server->limits[HTTP_ARRIVING] / 1000);
    }
    for (enum http_phase phase = 0; phase < HTTP_CLOSING; phase++) {
        LIST_FOR_EACH_SAFE (conn, list_node, &server->phases[phase]) {
            if (conn->deadline > now) {
                break;
            }
            shutdown(conn->fd, SHUT_RDWR);
            set_phase(conn, HTTP_CLOSING);
        }
    }
}

static bool
has_connections(const struct http_server *server)
{
    for (enum http_phase phase = 0; phase < HTTP_N_PHASES; phase++) {
        if (!ovs_list_is_empty(&server->phases[phase])) {
            return true;
        }
    }
    return false;
}

/* Is there a client that could not be accepted for lack of a file descriptor?
 * 'connections' is the number of those accepted before the run.  While there
 * are connections, libmicrohttpd waits for the end of one. */
static bool
ran_in_vain(const struct http_server *server, uint64_t connections)
{
    struct pollfd pollfd = { .fd = server->epoll_fd, .events = POLLIN };

    return (server->stats.connections == connections
            && !has_connections(server) && poll(&pollfd, 1, 0) > 0);
}

/* Has libmicrohttpd read only a part of what there is, or must it run again
 * for another reason, without an event on its descriptor? */
static bool
is_to_run_again(const struct http_server *server)
{
    MHD_UNSIGNED_LONG_LONG timeout;

    return (MHD_get_timeout(server->daemon, &timeout) == MHD_YES
            && !timeout);
}

void
http_server_run(struct http_server *server)
{
    if (server) {
        uint64_t connections = server->stats.connections;

        find_half_closed(server);
        find_late(server);
        server->forgot = false;
        MHD_run(server->daemon);
        /* A round of the program's main loop costs as much as a part of a
         * request, so several parts are read in each. */
        for (int i = 1; i < PARTS_PER_RUN && is_to_run_again(server); i++) {
            MHD_run(server->daemon);
        }
        server->n_vain = (ran_in_vain(server, connections)
                          ? server->n_vain + 1 : 0);
    }
}

void
http_server_wait(struct http_server *server)
{
    MHD_UNSIGNED_LONG_LONG timeout;

    if (!server) {
        return;
    }
    if (server->n_vain > 1) {
        poll_timer_wait(RETRY_MSEC);
    } else {
        poll_fd_wait(server->epoll_fd, POLLIN);
    }
    if (server->forgot) {
        /* If the server had the most connections that it may have, it listens
         * again now, but only when it runs. */
        poll_immediate_wake();
    }
    if (MHD_get_timeout(server->daemon, &timeout) == MHD_YES) {
        poll_timer_wait(timeout);
    }
    for (enum http_phase phase = 0; phase < HTTP_CLOSING; phase++) {
        struct ovs_list *list = &server->phases[phase];

        if (!ovs_list_is_empty(list)) {
            poll_timer_wait_until(
                CONTAINER_OF(ovs_list_front(list), struct http_conn,
                             list_node)->deadline);
        }
    }
}

const char *
http_server_get_url(const struct http_server *server)
{
    return server->url;
}

const struct http_server_stats *
http_server_get_stats(const struct http_server *server)
{
    return &server->stats;
}
