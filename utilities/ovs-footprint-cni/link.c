/* SPDX-License-Identifier: Apache-2.0 */

/* Messages are put together by hand, as rtnetlink(7) describes them: the
 * caches of libnl-route would retrieve every link of the node to find one. */

#include <config.h>
#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "openvswitch/vlog.h"
#include "sset.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(link);

struct link_handle {
    struct nl_sock *sock;
    int error;                  /* Errno that the kernel sent, or 0. */
    int netns;                  /* A file descriptor. */
};

/* Enters the namespace 'netns' and returns a file descriptor of the one in
 * which the process was, for leave(), or a negative errno value. */
static int
enter(int netns)
{
    int old = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

    if (old < 0) {
        return -errno;
    }
    if (setns(netns, CLONE_NEWNET)) {
        int error = errno;

        close(old);
        return -error;
    }
    return old;
}

/* Goes back to the namespace 'old', which is closed. */
static void
leave(int old)
{
    if (setns(old, CLONE_NEWNET)) {
        /* In the wrong namespace, nothing that follows would be right. */
        VLOG_FATAL("cannot go back to the host's network namespace (%s)",
                   ovs_strerror(errno));
    }
    close(old);
}

/* Keeps the errno that the kernel sent, because libnl's own codes tell only a
 * few of these apart. */
static int
handle_error(struct sockaddr_nl *who OVS_UNUSED, struct nlmsgerr *nlerr,
             void *handle_)
{
    struct link_handle *handle = handle_;

    handle->error = -nlerr->error;
    return NL_STOP;
}

/* Turns 'error', which libnl returned, into a positive errno value. */
static int
get_errno(struct link_handle *handle, int error)
{
    int err = handle->error;

    handle->error = 0;
    return error >= 0 ? 0 : err ? err : EIO;
}

static int
open_socket(struct link_handle *handle)
{
    struct nl_cb *cb;
    int old, error;

    handle->sock = nl_socket_alloc();
    if (!handle->sock) {
        out_of_memory();
    }
    old = enter(handle->netns);
    if (old < 0) {
        return -old;
    }
    error = nl_connect(handle->sock, NETLINK_ROUTE);
    leave(old);
    if (error) {
        return EIO;
    }
    cb = nl_socket_get_cb(handle->sock);
    nl_cb_err(cb, NL_CB_CUSTOM, handle_error, handle);
    nl_cb_put(cb);
    return 0;
}

int
link_open(const char *netns, struct link_handle **handlep)
{
    const char *path = netns ? netns : "/proc/self/ns/net";
    struct link_handle *handle = xzalloc(sizeof *handle);
    int error;

    /* If 'path' is a FIFO by mistake, do not wait for a writer. */
    handle->netns = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    error = handle->netns < 0 ? errno : open_socket(handle);
    if (error) {
        link_close(handle);
        handle = NULL;
    }
    *handlep = handle;
    return error;
}

void
link_close(struct link_handle *handle)
{
    if (handle) {
        nl_socket_free(handle->sock);
        if (handle->netns >= 0) {
            close(handle->netns);
        }
        free(handle);
    }
}

static struct nl_msg *
new_message(int type, int flags, const void *header, size_t len)
{
    struct nl_msg *msg = nlmsg_alloc_simple(type, NLM_F_REQUEST | flags);

    if (!msg || nlmsg_append(msg, CONST_CAST(void *, header), len,
                             NLMSG_ALIGNTO)) {
        out_of_memory();
    }
    return msg;
}

static struct nl_msg *
new_link_message(int type, int flags, int ifindex)
{
    struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC, .ifi_index = ifindex };

    return new_message(type, flags, &ifi, sizeof ifi);
}

static void
put(struct nl_msg *msg, int type, const void *data, size_t len)
{
    if (nla_put(msg, type, len, data)) {
        out_of_memory();
    }
}

static void
put_string(struct nl_msg *msg, int type, const char *s)
{
    put(msg, type, s, strlen(s) + 1);
}

static void
put_u32(struct nl_msg *msg, int type, uint32_t value)
{
    put(msg, type, &value, sizeof value);
}

static struct nlattr *
begin(struct nl_msg *msg, int type)
{
    struct nlattr *nest = nla_nest_start(msg, type);

    if (!nest) {
        out_of_memory();
    }
    return nest;
}

/* Sends 'msg', which it destroys, and waits for the kernel's answer. */
static int
transact(struct link_handle *handle, struct nl_msg *msg)
{
    return get_errno(handle, nl_send_sync(handle->sock, msg));
}

static bool
parse_link(struct nlmsghdr *nlh, struct link *link)
{
    struct nlattr *attrs[IFLA_MAX + 1], *info[IFLA_INFO_MAX + 1];
    const struct ifinfomsg *ifi;

    if (nlh->nlmsg_type != RTM_NEWLINK
        || nlmsg_parse(nlh, sizeof *ifi, attrs, IFLA_MAX, NULL)
        || !attrs[IFLA_IFNAME]) {
        return false;
    }
    ifi = nlmsg_data(nlh);
    memset(link, 0, sizeof *link);
    link->ifindex = ifi->ifi_index;
    link->up = ifi->ifi_flags & IFF_UP;
    ovs_strlcpy(link->name, nla_get_string(attrs[IFLA_IFNAME]),
                sizeof link->name);
    if (attrs[IFLA_ADDRESS] && nla_len(attrs[IFLA_ADDRESS]) == ETH_ADDR_LEN) {
        memcpy(&link->mac, nla_data(attrs[IFLA_ADDRESS]), ETH_ADDR_LEN);
    }
    link->mtu = attrs[IFLA_MTU] ? nla_get_u32(attrs[IFLA_MTU]) : 0;
    link->peer = attrs[IFLA_LINK] ? nla_get_u32(attrs[IFLA_LINK]) : 0;
    if (attrs[IFLA_IFALIAS]) {
        ovs_strlcpy(link->alias, nla_get_string(attrs[IFLA_IFALIAS]),
                    sizeof link->alias);
    }
    link->is_veth = (attrs[IFLA_LINKINFO]
                     && !nla_parse_nested(info, IFLA_INFO_MAX,
                                          attrs[IFLA_LINKINFO], NULL)
                     && info[IFLA_INFO_KIND]
                     && !strcmp(nla_get_string(info[IFLA_INFO_KIND]),
                                "veth"));
    return true;
}

/* What is called for each message that answers a request. */
struct visitor {
    void (*visit)(struct nlmsghdr *, void *aux);
    void *aux;
};

static int
handle_message(struct nl_msg *msg, void *visitor_)
{
    struct visitor *visitor = visitor_;

    visitor->visit(nlmsg_hdr(msg), visitor->aux);
    return NL_OK;
}

/* Sends 'msg', which it destroys, and has visit() see each message that comes
 * back. */
static int
query(struct link_handle *handle, struct nl_msg *msg,
      void (*visit)(struct nlmsghdr *, void *aux), void *aux)
{
    struct visitor visitor = { visit, aux };
    int error;

    nl_socket_modify_cb(handle->sock, NL_CB_VALID, NL_CB_CUSTOM,
                        handle_message, &visitor);
    error = nl_send_auto(handle->sock, msg);
    nlmsg_free(msg);
    while (error >= 0) {
        error = nl_recvmsgs_default(handle->sock);
        if (error != -NLE_INTR) {
            break;
        }
    }
    nl_socket_modify_cb(handle->sock, NL_CB_VALID, NL_CB_DEFAULT, NULL, NULL);
    return get_errno(handle, error);
}

struct found_link {
    struct link *link;
    bool found;
};

static void
visit_link(struct nlmsghdr *nlh, void *found_)
{
    struct found_link *found = found_;

    found->found |= parse_link(nlh, found->link);
}

/* Sends the RTM_GETLINK 'msg' for one link.  libnl asks for an acknowledgement
 * as well, which follows the answer and has to be read, too. */
static int
get_one(struct link_handle *handle, struct nl_msg *msg, struct link *link)
{
    struct found_link found = { link, false };
    int error = query(handle, msg, visit_link, &found);

    if (!error && found.found) {
        error = get_errno(handle, nl_wait_for_ack(handle->sock));
    }
    return error ? error : found.found ? 0 : ENODEV;
}

int
link_get(struct link_handle *handle, const char *name, struct link *link)
{
    struct nl_msg *msg;

    if (strlen(name) >= IFNAMSIZ) {
        return ENODEV;
    }
    msg = new_link_message(RTM_GETLINK, 0, 0);
    put_string(msg, IFLA_IFNAME, name);
    return get_one(handle, msg, link);
}

int
link_get_by_ifindex(struct link_handle *handle, int ifindex,
                    struct link *link)
{
    return get_one(handle, new_link_message(RTM_GETLINK, 0, ifindex), link);
}

struct wanted_names {
    bool (*is_wanted)(const char *);
    struct sset *names;
};

static void
visit_name(struct nlmsghdr *nlh, void *wanted_)
{
    struct wanted_names *wanted = wanted_;
    struct link link;

    if (parse_link(nlh, &link) && link.is_veth
        && wanted->is_wanted(link.name)) {
        sset_add(wanted->names, link.name);
    }
}

int
link_list_veths(struct link_handle *handle, bool (*is_wanted)(const char *),
                struct sset *names)
{
    struct wanted_names wanted = { is_wanted, names };

    return query(handle, new_link_message(RTM_GETLINK, NLM_F_DUMP, 0),
                 visit_name, &wanted);
}

/* Adds the attributes of the container's end to 'msg'. */
static void
put_peer(struct nl_msg *msg, const struct link_veth *veth,
         const struct link_handle *netns)
{
    struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
    struct nlattr *peer = begin(msg, VETH_INFO_PEER);

    if (nlmsg_append(msg, &ifi, sizeof ifi, NLMSG_ALIGNTO)) {
        out_of_memory();
    }
    put_string(msg, IFLA_IFNAME, veth->container);
    put(msg, IFLA_ADDRESS, &veth->mac, sizeof veth->mac);
    if (veth->mtu) {
        put_u32(msg, IFLA_MTU, veth->mtu);
    }
    put_u32(msg, IFLA_NET_NS_FD, netns->netns);
    nla_nest_end(msg, peer);
}

int
link_create_veth(struct link_handle *handle, const struct link_veth *veth,
                 const struct link_handle *netns)
{
    struct nl_msg *msg = new_link_message(RTM_NEWLINK,
                                          NLM_F_CREATE | NLM_F_EXCL, 0);
    struct nlattr *info, *data;

    put_string(msg, IFLA_IFNAME, veth->host);
    if (veth->mtu) {
        put_u32(msg, IFLA_MTU, veth->mtu);
    }
    info = begin(msg, IFLA_LINKINFO);
    put_string(msg, IFLA_INFO_KIND, "veth");
    data = begin(msg, IFLA_INFO_DATA);
    put_peer(msg, veth, netns);
    nla_nest_end(msg, data);
    nla_nest_end(msg, info);
    return transact(handle, msg);
}

int
link_delete(struct link_handle *handle, int ifindex)
{
    return transact(handle, new_link_message(RTM_DELLINK, 0, ifindex));
}

int
link_set_up(struct link_handle *handle, int ifindex, bool up)
{
    struct ifinfomsg ifi = {
        .ifi_family = AF_UNSPEC,
        .ifi_index = ifindex,
        .ifi_flags = up ? IFF_UP : 0,
        .ifi_change = IFF_UP,
    };

    return transact(handle, new_message(RTM_NEWLINK, 0, &ifi, sizeof ifi));
}

int
link_set_alias(struct link_handle *handle, int ifindex, const char *alias)
{
    struct nl_msg *msg = new_link_message(RTM_NEWLINK, 0, ifindex);

    put(msg, IFLA_IFALIAS, alias, MIN(strlen(alias), 255));
    return transact(handle, msg);
}

int
link_set_mtu(struct link_handle *handle, int ifindex, int mtu)
{
    struct nl_msg *msg = new_link_message(RTM_NEWLINK, 0, ifindex);

    put_u32(msg, IFLA_MTU, mtu);
    return transact(handle, msg);
}

int
link_move(struct link_handle *handle, int ifindex, const char *name,
          const struct link_handle *netns)
{
    struct nl_msg *msg = new_link_message(RTM_NEWLINK, 0, ifindex);

    put_u32(msg, IFLA_NET_NS_FD, netns->netns);
    put_string(msg, IFLA_IFNAME, name);
    return transact(handle, msg);
}

/* Puts 'addr' in as many bytes as its family has. */
static void
put_addr(struct nl_msg *msg, int type, const struct in6_addr *addr)
{
    ovs_be32 ip = in6_addr_get_mapped_ipv4(addr);

    if (IN6_IS_ADDR_V4MAPPED(addr)) {
        put(msg, type, &ip, sizeof ip);
    } else {
        put(msg, type, addr, sizeof *addr);
    }
}

int
link_add_address(struct link_handle *handle, int ifindex,
                 const struct cni_prefix *prefix)
{
    struct ifaddrmsg ifa = {
        .ifa_family = prefix->is_v4 ? AF_INET : AF_INET6,
        .ifa_prefixlen = prefix->plen,
        /* IPAM gives an address only once, so that duplicate address detection
         * would only delay its use. */
        .ifa_flags = prefix->is_v4 ? 0 : IFA_F_NODAD,
        .ifa_index = ifindex,
    };
    struct nl_msg *msg = new_message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL,
                                     &ifa, sizeof ifa);

    put_addr(msg, IFA_LOCAL, &prefix->addr);
    put_addr(msg, IFA_ADDRESS, &prefix->addr);
    if (prefix->is_v4 && prefix->plen < 31) {
        ovs_be32 ip = in6_addr_get_mapped_ipv4(&prefix->addr);
        ovs_be32 broadcast = ip | ~be32_prefix_mask(prefix->plen);

        put(msg, IFA_BROADCAST, &broadcast, sizeof broadcast);
    }
    return transact(handle, msg);
}

/* Is 'attr', which may be null, the address 'addr'? */
static bool
attr_is(struct nlattr *attr, const struct in6_addr *addr)
{
    ovs_be32 ip = in6_addr_get_mapped_ipv4(addr);

    return attr && (IN6_IS_ADDR_V4MAPPED(addr)
                    ? (nla_len(attr) == sizeof ip
                       && !memcmp(nla_data(attr), &ip, sizeof ip))
                    : (nla_len(attr) == sizeof *addr
                       && !memcmp(nla_data(attr), addr, sizeof *addr)));
}

struct found_address {
    int ifindex;
    const struct cni_prefix *prefix;
    bool found;
};

static void
visit_address(struct nlmsghdr *nlh, void *found_)
{
    struct found_address *found = found_;
    struct nlattr *attrs[IFA_MAX + 1];
    const struct ifaddrmsg *ifa;

    if (nlh->nlmsg_type != RTM_NEWADDR
        || nlmsg_parse(nlh, sizeof *ifa, attrs, IFA_MAX, NULL)) {
        return;
    }
    ifa = nlmsg_data(nlh);
    found->found |= ((int) ifa->ifa_index == found->ifindex
                     && ifa->ifa_prefixlen == found->prefix->plen
                     && (attr_is(attrs[IFA_LOCAL], &found->prefix->addr)
                         || attr_is(attrs[IFA_ADDRESS],
                                    &found->prefix->addr)));
}

bool
link_has_address(struct link_handle *handle, int ifindex,
                 const struct cni_prefix *prefix)
{
    struct found_address found = { ifindex, prefix, false };
    struct ifaddrmsg ifa = {
        .ifa_family = prefix->is_v4 ? AF_INET : AF_INET6,
    };

    query(handle, new_message(RTM_GETADDR, NLM_F_DUMP, &ifa, sizeof ifa),
          visit_address, &found);
    return found.found;
}

static void
put_metrics(struct nl_msg *msg, const struct cni_route *route)
{
    if (route->mtu || route->advmss) {
        struct nlattr *metrics = begin(msg, RTA_METRICS);

        if (route->mtu) {
            put_u32(msg, RTAX_MTU, route->mtu);
        }
        if (route->advmss) {
            put_u32(msg, RTAX_ADVMSS, route->advmss);
        }
        nla_nest_end(msg, metrics);
    }
}

int
link_add_route(struct link_handle *handle, int ifindex,
               const struct cni_route *route, const struct in6_addr *gateway)
{
    struct rtmsg rtm = {
        .rtm_family = route->dst.is_v4 ? AF_INET : AF_INET6,
        .rtm_dst_len = route->dst.plen,
        .rtm_table = RT_TABLE_MAIN,
        .rtm_protocol = RTPROT_BOOT,
        .rtm_scope = (route->scope >= 0 ? route->scope
                      : gateway ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK),
        .rtm_type = RTN_UNICAST,
    };
    struct nl_msg *msg = new_message(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL,
                                     &rtm, sizeof rtm);

    put_addr(msg, RTA_DST, &route->dst.addr);
    put_u32(msg, RTA_OIF, ifindex);
    if (gateway) {
        put_addr(msg, RTA_GATEWAY, gateway);
    }
    if (route->priority) {
        put_u32(msg, RTA_PRIORITY, route->priority);
    }
    if (route->table >= 0) {
        put_u32(msg, RTA_TABLE, route->table);
    }
    put_metrics(msg, route);
    return transact(handle, msg);
}

struct found_route {
    int ifindex;
    const struct cni_route *route;
    const struct in6_addr *gateway; /* Or null. */
    bool found;
};

static void
visit_route(struct nlmsghdr *nlh, void *found_)
{
    struct found_route *found = found_;
    struct nlattr *attrs[RTA_MAX + 1];
    const struct rtmsg *rtm;

    if (nlh->nlmsg_type != RTM_NEWROUTE
        || nlmsg_parse(nlh, sizeof *rtm, attrs, RTA_MAX, NULL)) {
        return;
    }
    rtm = nlmsg_data(nlh);
    if (rtm->rtm_type != RTN_UNICAST
        || rtm->rtm_dst_len != found->route->dst.plen
        || (rtm->rtm_dst_len
            && !attr_is(attrs[RTA_DST], &found->route->dst.addr))) {
        return;
    }
    found->found |= (!attrs[RTA_OIF] || !found->gateway
                     || (int) nla_get_u32(attrs[RTA_OIF]) != found->ifindex
                     || attr_is(attrs[RTA_GATEWAY], found->gateway));
}

bool
link_has_route(struct link_handle *handle, int ifindex,
               const struct cni_route *route, const struct in6_addr *gateway)
{
    struct found_route found = { ifindex, route, gateway, false };
    struct rtmsg rtm = {
        .rtm_family = route->dst.is_v4 ? AF_INET : AF_INET6,
    };

    query(handle, new_message(RTM_GETROUTE, NLM_F_DUMP, &rtm, sizeof rtm),
          visit_route, &found);
    return found.found;
}

int
link_write_sysctl(struct link_handle *handle, const char *name,
                  const char *value)
{
    char *path = xasprintf("/proc/sys/net/%s", name);
    int error = 0;
    int old, fd;

    /* The file is that of the namespace of the process that opens it. */
    old = enter(handle->netns);
    if (old < 0) {
        free(path);
        return -old;
    }
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, value, strlen(value)) < 0) {
        error = errno;
    }
    if (fd >= 0) {
        close(fd);
    }
    leave(old);
    free(path);
    return error;
}

int
link_open_packet_socket(struct link_handle *handle)
{
    int old = enter(handle->netns);
    int fd;

    if (old < 0) {
        return old;
    }
    fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        fd = -errno;
    }
    leave(old);
    return fd;
}
