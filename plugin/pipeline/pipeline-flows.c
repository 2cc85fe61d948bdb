/* SPDX-License-Identifier: Apache-2.0 */

/* Turns the ports of a bridge into the flows that account their containers'
 * traffic.  This file is the only one that knows what those flows look like;
 * pipeline.c says what they are for. */

#include <config.h>

#include "pipeline/pipeline-flows.h"

#include "conntrack/ct-mark.h"
#include "openflow/openflow.h"
#include "openvswitch/match.h"
#include "openvswitch/meta-flow.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "pipeline/flow-table.h"
#include "util.h"

/* What a flow is for, in the low 32 bits of its cookie. */
enum pipeline_stage {
    STAGE_SENDER,               /* Accounts what comes from a container. */
    STAGE_ANY,                  /* Passes on what comes from elsewhere. */
    STAGE_RECEIVER,             /* Accounts what goes to a container. */
    STAGE_RETURN,               /* Gives the packet back. */
    STAGE_ELEPHANT,             /* Likewise, but an elephant's is marked. */
    STAGE_WITHDRAWN,            /* Has nobody account a packet. */
};

/* Priorities in the table of receivers. */
enum {
    PRIORITY_RECEIVER_NONE = 0, /* Packets to anybody else. */
    PRIORITY_RECEIVER_ANY_VLAN = 1, /* A container that may be in any VLAN. */
    PRIORITY_RECEIVER_VLAN = 2, /* A container in a known VLAN. */
    PRIORITY_RECEIVER_ADDR = 2, /* Added for a known IP address. */
};

/* Priorities in the return table. */
enum {
    PRIORITY_RETURN = 0,
    PRIORITY_RETURN_ELEPHANT = 1,
};

/* The protocols that are accounted, and where in their headers the lowest byte
 * of an address is. */
static const struct ip_version {
    uint16_t dl_type;
    enum mf_field_id src, dst;
} ip_versions[] = {
    { ETH_TYPE_IP, MFF_IPV4_SRC, MFF_IPV4_DST },
    { ETH_TYPE_IPV6, MFF_IPV6_SRC, MFF_IPV6_DST },
};

/* For which packets flows are being made, and who wants to know them. */
struct maker {
    const struct pipeline_layout *layout;
    const struct ip_version *ip;
    bool tracked;               /* Packets that come tracked, which is not set
                                 * unless 'layout' sets them apart. */
    pipeline_flow_cb *cb;
    void *aux;
};

/* A flow that is being put together. */
struct builder {
    const struct maker *maker;
    struct match match;
    struct ofpbuf ofpacts;
    uint64_t stub[256 / 8];
};

static void
builder_init(struct builder *b, const struct maker *maker)
{
    b->maker = maker;
    match_init_catchall(&b->match);
    ofpbuf_use_stub(&b->ofpacts, b->stub, sizeof b->stub);
}

/* Tells the flow, and makes 'b' unusable. */
static void
builder_finish(struct builder *b, uint8_t table_id, uint16_t priority,
               enum pipeline_stage stage)
{
    struct flow_spec spec = {
        .table_id = table_id,
        .priority = priority,
        .cookie = htonll(PIPELINE_COOKIE | stage),
        .match = &b->match,
        .ofpacts = b->ofpacts.data,
        .ofpacts_len = b->ofpacts.size,
    };

    b->maker->cb(&spec, b->maker->aux);
    ofpbuf_uninit(&b->ofpacts);
}

/* Matches packets of the IP version.  OpenFlow takes a match on any field of a
 * packet to be one on Ethernet packets, and so the switch will list it. */
static void
match_ip(struct builder *b)
{
    match_set_default_packet_type(&b->match);
    match_set_dl_type(&b->match, htons(b->maker->ip->dl_type));
}

static void
match_reg(struct builder *b, uint32_t value, uint32_t mask)
{
    match_set_reg_masked(&b->match, b->maker->layout->reg, value, mask);
}

/* Matches the packets that enter our tables: whole IP packets, not accounted
 * yet.  Fragments are left alone, because conntrack would reassemble them. */
static void
match_entering(struct builder *b)
{
    match_ip(b);
    match_set_nw_frag(&b->match, 0);
    match_reg(b, 0, PIPELINE_REG_ACCOUNTED);
    if (b->maker->layout->aside) {
        match_set_ct_state_masked(&b->match,
                                  b->maker->tracked ? CS_TRACKED : 0,
                                  CS_TRACKED);
    }
}

/* Returns what our register holds while a packet is in 'vlan'.  VLAN 0 is the
 * one that packets without a tag are in. */
static uint32_t
vlan_to_reg(int vlan)
{
    return vlan ? VLAN_CFI | (vlan & VLAN_VID_MASK) : 0;
}

static const struct mf_field *
our_reg(const struct builder *b)
{
    return mf_from_id(MFF_REG0 + b->maker->layout->reg);
}

static void
put_set_reg(struct builder *b, uint32_t value, uint32_t mask)
{
    ovs_be32 value_be = htonl(value);
    ovs_be32 mask_be = htonl(mask);

    ofpact_put_reg_load(&b->ofpacts, our_reg(b), &value_be, &mask_be);
}

static void
put_move(struct ofpbuf *ofpacts, const struct mf_field *src,
         const struct mf_field *dst, unsigned int n_bits)
{
    struct ofpact_reg_move *move = ofpact_put_REG_MOVE(ofpacts);

    move->src.field = src;
    move->src.n_bits = n_bits;
    move->dst.field = dst;
    move->dst.n_bits = n_bits;
}

/* Notes in our register what the next table has to know of the packet: that it
 * is in 'vlan', or if that is negative, in the VLAN that its tag says; and
 * whether it came tracked. */
static void
put_note(struct builder *b, int vlan)
{
    if (vlan < 0) {
        put_move(&b->ofpacts, mf_from_id(MFF_VLAN_TCI), our_reg(b),
                 count_1bits(PIPELINE_REG_VLAN_MASK));
    } else {
        put_set_reg(b, vlan_to_reg(vlan), PIPELINE_REG_VLAN_MASK);
    }
    if (b->maker->tracked) {
        put_set_reg(b, PIPELINE_REG_TRACKED, PIPELINE_REG_TRACKED);
    }
}

/* Tracks the packet in 'zone', and marks its connection with the container's
 * address, which is 'address' in this packet. */
static void
put_track(struct builder *b, uint16_t zone, enum mf_field_id address)
{
    const struct mf_field *mark = mf_from_id(MFF_CT_MARK);
    ovs_be32 valid = htonl(CT_MARK_ADDR_VALID);
    size_t start = b->ofpacts.size;

    struct ofpact_conntrack *ct = ofpact_put_CT(&b->ofpacts);
    ct->flags = NX_CT_F_COMMIT;
    ct->zone_imm = zone;
    ct->recirc_table = NX_CT_RECIRC_NONE;

    put_move(&b->ofpacts, mf_from_id(address), mark,
             count_1bits(CT_MARK_ADDR_MASK));
    ofpact_put_reg_load(&b->ofpacts, mark, &valid, &valid);

    ct = ofpbuf_at_assert(&b->ofpacts, start, sizeof *ct);
    b->ofpacts.header = ct;
    ofpact_finish(&b->ofpacts, &ct->ofpact);
}

/* Has what follows, until finish_clone() gets what this returns, done on a
 * copy of the packet. */
static size_t
start_clone(struct builder *b)
{
    size_t start = b->ofpacts.size;

    ofpact_put_CLONE(&b->ofpacts);
    return start;
}

static void
finish_clone(struct builder *b, size_t start)
{
    struct ofpact_nest *clone = ofpbuf_at_assert(&b->ofpacts, start,
                                                 sizeof *clone);

    b->ofpacts.header = clone;
    ofpact_finish_CLONE(&b->ofpacts, &clone);
}

/* Accounts the packet in 'zone': the packet itself, or a copy if it came
 * tracked. */
static void
put_account(struct builder *b, uint16_t zone, enum mf_field_id address)
{
    if (b->maker->tracked) {
        size_t start = start_clone(b);

        put_track(b, zone, address);
        finish_clone(b, start);
    } else {
        put_track(b, zone, address);
    }
}

/* Makes sure that what the bridge does to a packet from another bridge stays
 * its own affair.
 *
 * When a bridge sends a packet to another one and then elsewhere, ovs-vswitchd
 * lets the other one work on a copy if its flow in table 0 has an action that
 * cannot be undone, such as ct().  It does not look where that flow leads, and
 * it is ours now.  So where a flow of the bridge's own would have made it a
 * copy, ours gets such an action as well: a truncated output to TABLE, which
 * ovs-vswitchd takes and does nothing about, since only a real port can have
 * it. */
static void
put_keep_copy(struct builder *b)
{
    struct ofpact_output_trunc *output = ofpact_put_OUTPUT_TRUNC(&b->ofpacts);

    output->port = OFPP_TABLE;
    output->max_len = UINT16_MAX;
}

/* Gives the packet back: to table 0, as if it had just arrived.  Other than
 * "resubmit", output to TABLE leaves a packet that no flow matches to whatever
 * the bridge does with such packets, e.g. sends it to the controller. */
static void
put_return(struct builder *b)
{
    put_set_reg(b, PIPELINE_REG_ACCOUNTED, UINT32_MAX);
    ofpact_put_OUTPUT(&b->ofpacts)->port = OFPP_TABLE;
}

static void
put_resubmit(struct builder *b, uint8_t table_id)
{
    struct ofpact_resubmit *resubmit = ofpact_put_RESUBMIT(&b->ofpacts);

    resubmit->in_port = OFPP_IN_PORT;
    resubmit->table_id = table_id;
}

/* Has the bridge's own flows work on a copy of the packet: a copy in the
 * datapath, whatever they do with it. */
static void
put_forward_copy(struct builder *b)
{
    size_t start = start_clone(b);

    put_keep_copy(b);
    put_resubmit(b, b->maker->layout->return_table);
    finish_clone(b, start);
}

static bool
has_endpoint_addr(const struct pipeline_port *port)
{
    return ipv6_addr_is_set(&port->endpoint_addr);
}

/* Does 'port' stand for one of several containers behind it? */
static bool
is_endpoint(const struct pipeline_port *port)
{
    return port->endpoint_vlan || has_endpoint_addr(port);
}

/* May packets of version 'v' be those of 'port'? */
static bool
has_ip_version(const struct pipeline_port *port, const struct ip_version *v)
{
    bool is_ipv4 = IN6_IS_ADDR_V4MAPPED(&port->endpoint_addr);

    return (!has_endpoint_addr(port)
            || (v->dl_type == ETH_TYPE_IP) == is_ipv4);
}

/* Matches the address of the container, which is the packet's 'field'. */
static void
match_endpoint_addr(struct builder *b, const struct pipeline_port *port,
                    enum mf_field_id field)
{
    union mf_value value;

    if (!has_endpoint_addr(port)) {
        return;
    }
    if (IN6_IS_ADDR_V4MAPPED(&port->endpoint_addr)) {
        value.be32 = in6_addr_get_mapped_ipv4(&port->endpoint_addr);
    } else {
        value.ipv6 = port->endpoint_addr;
    }
    mf_set_value(mf_from_id(field), &value, &b->match, NULL);
}

static uint16_t
get_sender_priority(const struct pipeline_port *port)
{
    return (!is_endpoint(port) ? PIPELINE_PRIORITY_PORT
            : port->endpoint_vlan && has_endpoint_addr(port)
            ? PIPELINE_PRIORITY_ENDPOINT_BOTH
            : PIPELINE_PRIORITY_ENDPOINT);
}

/* Has nobody account the packet: the bridge's own flows get it as it is. */
static void
finish_withdrawn(struct builder *b, uint16_t priority)
{
    if (b->maker->layout->keep_copies) {
        put_keep_copy(b);
    }
    put_return(b);
    builder_finish(b, 0, priority, STAGE_WITHDRAWN);
}

/* Begins a flow for packets that enter the bridge from 'port', and come from
 * the endpoint that it is of, if it is of one. */
static void
builder_init_sender(struct builder *b, const struct maker *maker,
                    const struct pipeline_port *port)
{
    builder_init(b, maker);
    match_entering(b);
    match_set_in_port(&b->match, port->ofport);
    match_endpoint_addr(b, port, maker->ip->src);
    if (port->endpoint_vlan) {
        match_set_dl_vlan(&b->match, htons(port->endpoint_vlan), 0);
    }
}

/* Packets from and to the container behind 'port', which is withdrawn: what it
 * sends would fill the zones of those who get it, and so would their answers.
 *
 * Which VLAN a packet to it is in cannot be told here, so one to the same
 * address in another VLAN is not accounted either. */
static void
withdrawn_flows(const struct maker *maker, const struct pipeline_port *port)
{
    struct builder b;

    builder_init_sender(&b, maker, port);
    finish_withdrawn(&b, get_sender_priority(port));

    for (size_t i = 0; i < port->n_macs; i++) {
        builder_init(&b, maker);
        match_entering(&b);
        match_set_dl_dst(&b.match, port->macs[i]);
        match_endpoint_addr(&b, port, maker->ip->dst);
        finish_withdrawn(&b, PIPELINE_PRIORITY_WITHDRAWN);
    }
}

/* Packets from 'port': all of them, but on a trunk with a native VLAN only
 * those that are 'tagged', or only those that are not. */
static void
sender_flow(const struct maker *maker, const struct pipeline_port *port,
            bool tagged)
{
    struct builder b;

    builder_init_sender(&b, maker, port);
    if (!port->endpoint_vlan && port->native) {
        match_set_dl_tci_masked(&b.match, htons(tagged ? VLAN_CFI : 0),
                                htons(tagged ? VLAN_CFI
                                      : VLAN_CFI | VLAN_VID_MASK));
    }
    if (maker->layout->isolated) {
        put_forward_copy(&b);
    } else if (port->patch && maker->layout->keep_copies) {
        put_keep_copy(&b);
    }
    if (port->zone) {
        put_account(&b, port->zone, maker->ip->src);
    }
    put_note(&b, tagged ? -1 : port->vlan);
    put_resubmit(&b, maker->layout->receiver_table);
    builder_finish(&b, 0, get_sender_priority(port), STAGE_SENDER);
}

/* Returns the VLAN of packets to the container behind 'port', or -1 if it may
 * be any. */
static int
get_receiver_vlan(const struct pipeline_port *port)
{
    return (port->endpoint_vlan ? port->endpoint_vlan
            : port->native ? -1 : port->vlan);
}

/* Matches what put_note() noted of packets in 'vlan', -1 for any, or, if they
 * are 'spared', of those that have no tag and whose VLAN is not known. */
static void
match_note(struct builder *b, int vlan, bool spared)
{
    uint32_t value = spared ? PIPELINE_REG_SPARED : vlan_to_reg(MAX(vlan, 0));
    uint32_t mask = ((vlan < 0 ? 0 : PIPELINE_REG_VLAN_MASK)
                     | (spared ? PIPELINE_REG_SPARED : 0));

    if (b->maker->layout->aside) {
        value |= b->maker->tracked ? PIPELINE_REG_TRACKED : 0;
        mask |= PIPELINE_REG_TRACKED;
    }
    match_reg(b, value, mask);
}

/* Packets to 'mac', which is an address of the container behind 'port'. */
static void
receiver_flow(const struct maker *maker, const struct pipeline_port *port,
              const struct eth_addr mac, bool spared)
{
    int vlan = get_receiver_vlan(port);
    uint16_t priority = (vlan < 0 ? PRIORITY_RECEIVER_ANY_VLAN
                         : PRIORITY_RECEIVER_VLAN);
    struct builder b;

    builder_init(&b, maker);
    match_ip(&b);
    match_set_dl_dst(&b.match, mac);
    match_note(&b, vlan, spared);
    if (has_endpoint_addr(port)) {
        match_endpoint_addr(&b, port, maker->ip->dst);
        priority += PRIORITY_RECEIVER_ADDR;
    }
    put_account(&b, port->zone, maker->ip->dst);
    if (!maker->layout->isolated) {
        put_resubmit(&b, maker->layout->return_table);
    }
    builder_finish(&b, maker->layout->receiver_table, priority,
                   STAGE_RECEIVER);
}

/* Packets to 'mac' in a known VLAN, and those from ports that are spared,
 * which may be in that VLAN, too.  (If they are not, they are charged to a
 * container that does not get them; but who is spared moves too little to
 * matter.) */
static void
receiver_flows(const struct maker *maker, const struct pipeline_port *port,
               const struct eth_addr mac)
{
    receiver_flow(maker, port, mac, false);
    if (maker->layout->sparing && get_receiver_vlan(port) > 0) {
        receiver_flow(maker, port, mac, true);
    }
}

static void
port_flows(const struct maker *maker, const struct pipeline_port *port)
{
    if (!has_ip_version(port, maker->ip)) {
        return;
    } else if (port->withdrawn) {
        withdrawn_flows(maker, port);
        return;
    }
    sender_flow(maker, port, port->endpoint_vlan);
    if (port->native && !port->endpoint_vlan) {
        sender_flow(maker, port, true);
    }
    for (size_t i = 0; port->zone && i < port->n_macs; i++) {
        receiver_flows(maker, port, port->macs[i]);
    }
}

/* Packets from a port that has no flow of its own. */
static void
any_flow(const struct maker *maker)
{
    struct builder b;

    builder_init(&b, maker);
    match_entering(&b);
    if (maker->layout->isolated) {
        put_forward_copy(&b);
    }
    put_note(&b, -1);
    if (maker->layout->sparing) {
        put_set_reg(&b, PIPELINE_REG_SPARED, PIPELINE_REG_SPARED);
    }
    put_resubmit(&b, maker->layout->receiver_table);
    builder_finish(&b, 0, PIPELINE_PRIORITY_ANY, STAGE_ANY);
}

/* What is the same for all packets. */
static void
common_flows(const struct maker *maker)
{
    struct builder b;

    if (!maker->layout->isolated) {
        builder_init(&b, maker);
        put_resubmit(&b, maker->layout->return_table);
        builder_finish(&b, maker->layout->receiver_table,
                       PRIORITY_RECEIVER_NONE, STAGE_RECEIVER);
    }

    builder_init(&b, maker);
    put_return(&b);
    builder_finish(&b, maker->layout->return_table, PRIORITY_RETURN,
                   STAGE_RETURN);
}

/* Elephants. */

static bool
has_ports(uint8_t nw_proto)
{
    return (nw_proto == IPPROTO_TCP || nw_proto == IPPROTO_UDP
            || nw_proto == IPPROTO_SCTP);
}

bool
pipeline_can_match(const struct ct_tuple *t)
{
    return (has_ports(t->nw_proto)
            || (!t->src_port && !t->dst_port
                && t->nw_proto != IPPROTO_ICMP
                && t->nw_proto != IPPROTO_ICMPV6));
}

/* Matches the packets of 't', whose IP version the maker has. */
static void
match_tuple(struct builder *b, const struct ct_tuple *t)
{
    match_ip(b);
    match_set_nw_proto(&b->match, t->nw_proto);
    if (IN6_IS_ADDR_V4MAPPED(&t->src)) {
        match_set_nw_src(&b->match, in6_addr_get_mapped_ipv4(&t->src));
        match_set_nw_dst(&b->match, in6_addr_get_mapped_ipv4(&t->dst));
    } else {
        match_set_ipv6_src(&b->match, &t->src);
        match_set_ipv6_dst(&b->match, &t->dst);
    }
    if (has_ports(t->nw_proto)) {
        match_set_tp_src(&b->match, t->src_port);
        match_set_tp_dst(&b->match, t->dst_port);
    }
}

static void
put_treatment(struct builder *b, const struct pipeline_treatment *t)
{
    if (t->dscp >= 0) {
        uint8_t dscp = t->dscp;

        ofpact_put_reg_load(&b->ofpacts, mf_from_id(MFF_IP_DSCP_SHIFTED),
                            &dscp, NULL);
    }
    if (t->mark_mask && !(t->mark_mask & b->maker->layout->foreign_marks)) {
        ovs_be32 mark = htonl(t->mark), mask = htonl(t->mark_mask);

        ofpact_put_reg_load(&b->ofpacts, mf_from_id(MFF_PKT_MARK), &mark,
                            &mask);
    }
    if (t->queue) {
        ofpact_put_SET_QUEUE(&b->ofpacts)->queue_id = t->queue;
    }
}

static void
elephant_flow(struct maker *maker, const struct pipeline_elephant *e)
{
    struct builder b;

    builder_init(&b, maker);
    if (e->tuple.nw_proto) {
        match_tuple(&b, &e->tuple);
    } else {
        match_ip(&b);
    }
    match_set_in_port(&b.match, e->ofport);
    if (e->endpoint_vlan) {
        match_set_dl_vlan(&b.match, htons(e->endpoint_vlan), 0);
    }
    put_treatment(&b, &e->treatment);
    put_return(&b);
    builder_finish(&b, maker->layout->return_table, PRIORITY_RETURN_ELEPHANT,
                   STAGE_ELEPHANT);
}

/* Tells 'cb' the flow that treats what a container sends of an elephant, or
 * the flows that treat all that it sends.  Where one packet is of both, they
 * say the same, so that it does not matter which is looked at.
 *
 * That the packet comes from the container's port costs other packets nothing,
 * since each is known to be from some port: so the megaflows of those from
 * other ports stay as wide as they are, and those of the container's own
 * become narrow only as far as they are alike. */
void
pipeline_flows_for_elephant(const struct pipeline_layout *layout,
                            const struct pipeline_elephant *e,
                            pipeline_flow_cb *cb, void *aux)
{
    bool is_ipv4 = IN6_IS_ADDR_V4MAPPED(&e->tuple.src);
    struct maker maker = { .layout = layout, .cb = cb, .aux = aux };

    for (size_t i = 0; i < ARRAY_SIZE(ip_versions); i++) {
        if (!e->tuple.nw_proto || is_ipv4 == !i) {
            maker.ip = &ip_versions[i];
            elephant_flow(&maker, e);
        }
    }
}

/* Makes the flows of 'port', or if it is null, those of the bridge, for each
 * kind of packets that needs flows of its own. */
static void
make_flows(struct maker *maker, const struct pipeline_port *port)
{
    for (int tracked = 0; tracked <= maker->layout->aside; tracked++) {
        maker->tracked = tracked;
        for (size_t i = 0; i < ARRAY_SIZE(ip_versions); i++) {
            maker->ip = &ip_versions[i];
            if (port) {
                port_flows(maker, port);
            } else {
                any_flow(maker);
            }
        }
    }
}

/* Is any_flow() enough for packets from 'port'? */
static bool
needs_no_flows(const struct pipeline_layout *layout,
               const struct pipeline_port *port)
{
    return (port->zone || port->withdrawn ? false
            : layout->sparing ? port->adaptive
            : (port->vlan < 0 && !layout->isolated
               && !(port->patch && layout->keep_copies)));
}

void
pipeline_flows_for_port(const struct pipeline_layout *layout,
                        const struct pipeline_port *port,
                        pipeline_flow_cb *cb, void *aux)
{
    struct maker maker = { .layout = layout, .cb = cb, .aux = aux };

    if (!needs_no_flows(layout, port)) {
        make_flows(&maker, port);
    }
}

void
pipeline_flows_for_bridge(const struct pipeline_layout *layout,
                          pipeline_flow_cb *cb, void *aux)
{
    struct maker maker = { .layout = layout, .cb = cb, .aux = aux };

    common_flows(&maker);
    if (!layout->isolated || layout->sparing) {
        make_flows(&maker, NULL);
    }
}
