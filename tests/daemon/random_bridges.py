# SPDX-License-Identifier: Apache-2.0

"""Random bridges and packets, such as forwarding-model.py asks ovs-vswitchd about.

All follows from the random.Random that each function is given.
"""

FIRST_ZONE = 20000              # Zones from here on are ours.
VLANS = [10, 20, 30]
TABLES = list(range(6))         # Tables of the random flows.
REGS = 10                       # Registers of the random flows.


class Port:
    def __init__(self, name, ofport):
        self.name = name
        self.ofport = ofport
        self.mac = "02:00:00:00:00:%02x" % ofport
        self.kind = "plain"
        self.tag = None
        self.mode = None
        self.zone = None
        self.is_adaptive = False
        self.is_quiet = False   # Not tracked at present.
        self.is_withdrawn = False   # Nor is anybody who speaks to it.

    def argument(self):
        """Returns what the pipeline is told about the port."""
        words = [str(self.ofport)]
        if self.zone:
            words.append("mac=" + self.mac)
            if not self.is_quiet:
                words.append("zone=%d" % self.zone)
            if self.is_adaptive:
                words.append("adaptive")
            if self.is_withdrawn:
                words.append("withdrawn")
        if self.tag is not None and self.mode != "trunk":
            words.append("vlan=%d" % self.tag)
            if self.mode:
                words.append("native")
        return ",".join(words)


def random_ports(rng):
    ports = []
    for i in range(1, rng.randint(3, 6) + 1):
        port = Port("p%d" % i, i)
        if rng.random() < .4:
            port.tag = rng.choice(VLANS)
            port.mode = rng.choice([None, None, None, "native-untagged",
                                    "native-tagged"])
        port.kind = rng.choice(["plain"] * 8 + ["tunnel"])
        if port.kind == "plain" and rng.random() < .7:
            port.zone = FIRST_ZONE + i
        ports.append(port)
    if not any(port.zone for port in ports):
        ports[0].kind = "plain"
        ports[0].zone = FIRST_ZONE + 1
    if rng.random() < .3:       # The same address in two VLANs, or twice.
        ports[-1].mac = ports[0].mac
    return ports


def configure(sandbox, rng, ports):
    """Makes bridges br0 and br1, joined by patch ports 20 and 20."""
    args = ["--", "--if-exists", "del-br", "br0",
            "--", "--if-exists", "del-br", "br1"]
    for bridge in "br0", "br1":
        mode = rng.choice(["standalone", "standalone", "secure"])
        args += ["--", "add-br", bridge, "--", "set", "bridge", bridge,
                 "datapath-type=dummy", "fail-mode=" + mode,
                 "--", "add-port", bridge, "patch-" + bridge,
                 "--", "set", "interface", "patch-" + bridge, "type=patch",
                 "ofport_request=20",
                 "options:peer=patch-" + ("br1" if bridge == "br0"
                                          else "br0")]
    for port in ports:
        args += ["--", "add-port", "br0", port.name]
        if port.tag is not None:
            args.append("tag=%d" % port.tag)
        if port.mode:
            args.append("vlan_mode=" + port.mode)
        args += ["--", "set", "interface", port.name,
                 "ofport_request=%d" % port.ofport]
        if port.kind == "tunnel":
            args += ["type=" + rng.choice(["vxlan", "gre", "geneve"]),
                     "options:remote_ip=192.0.2.%d" % port.ofport,
                     "options:key=flow"]
        else:
            args.append("type=dummy")
    args += ["--", "add-port", "br1", "q1", "--", "set", "interface", "q1",
             "type=dummy", "ofport_request=1"]
    if rng.random() < .3:
        args += ["--", "add-bond", "br0", "bond", "b1", "b2",
                 "bond_mode=" + rng.choice(["active-backup", "balance-slb",
                                            "balance-tcp"]),
                 "--", "set", "interface", "b1", "type=dummy",
                 "ofport_request=11", "--", "set", "interface", "b2",
                 "type=dummy", "ofport_request=12"]
    if rng.random() < .3:
        args += ["--", "--id=@out", "get", "port", ports[0].name,
                 "--", "--id=@m", "create", "mirror", "name=m",
                 "output-port=@out",
                 rng.choice(["select-all=true", "select-vlan=10"]),
                 "--", "set", "bridge", "br0", "mirrors=@m"]
    sandbox.run("ovs-vsctl", *args)
    sandbox.vswitchd("fdb/flush", "br0")
    for port in ports:
        if rng.random() < .6:
            sandbox.vswitchd("fdb/add", "br0", port.name, str(port.tag or 0),
                             port.mac)


class FlowMaker:
    """Makes flows such as a CNI's or an operator's might be, without regard to
    whether they make sense together."""

    def __init__(self, rng, ports, isolated):
        self.rng = rng
        self.isolated = isolated
        self.macs = [port.mac for port in ports] + ["02:00:00:00:00:99"]
        self.ofports = [str(port.ofport) for port in ports] + ["20", "LOCAL"]

        # Not both, on which ovs-vswitchd 3.1 may trip over an assertion.
        self.recirculates = rng.random() < .7
        self.writes_actions = not self.recirculates

        # Does ct() go back to table 0?  If then the other bridge sends packets
        # back as well, they may never come to rest.
        self.reenters = rng.random() < .5

    def vlan(self):
        return self.rng.choice(VLANS)

    def address(self):
        return "10.0.%d.%d" % (self.rng.randint(0, 1), self.rng.randint(0, 9))

    def reg(self):
        return self.rng.randrange(REGS)

    def matches(self):
        """Returns a random match, as words, and the IP version or None."""
        rng = self.rng
        words = []
        version = rng.choice([None, None, 4, 4, 6])
        if version:
            words.append(rng.choice({4: ["ip", "tcp", "udp", "icmp"],
                                     6: ["ipv6", "tcp6", "udp6",
                                         "icmp6"]}[version]))
        elif rng.random() < .2:
            words.append(rng.choice(["arp", "mpls", "dl_type=0x88cc"]))
        choices = {
            "in_port=" + rng.choice(self.ofports): .2,
            "dl_dst=" + rng.choice(self.macs): .2,
            "dl_src=" + rng.choice(self.macs): .1,
            "dl_vlan=%d" % self.vlan(): .1,
            "reg%d=%d" % (self.reg(), rng.randint(0, 2)): .15,
            "metadata=%d" % rng.randint(0, 2): .1,
            "tun_id=%d" % rng.randint(0, 2): .05,
        }
        if version:
            choices["ct_state=" + rng.choice(["-trk", "+trk", "+trk+est",
                                              "+trk+new", "+trk+inv"])] = .2
            choices["ct_mark=%d" % rng.randint(0, 1)] = .05
            choices["ct_zone=%d" % rng.randint(0, 2)] = .05
        if version == 4:
            choices["nw_dst=%s/24" % self.address()] = .2
            choices["nw_frag=" + rng.choice(["yes", "no", "later"])] = .1
        words += [word for word, p in choices.items() if rng.random() < p]
        return words, version

    def next_table(self, table):
        return self.rng.choice([t for t in TABLES if t > table] or [table])

    def action(self, version):
        """Returns an action that stays in its table."""
        rng = self.rng
        simple = [
            "output:" + rng.choice(self.ofports), "NORMAL", "NORMAL", "FLOOD",
            "ALL", "IN_PORT", "LOCAL",
            "load:%d->NXM_NX_REG%d[]" % (rng.randint(0, 2), self.reg()),
            "move:NXM_NX_REG%d[0..15]->NXM_NX_REG%d[16..31]" % (self.reg(),
                                                                self.reg()),
            "load:%s->NXM_NX_REG%d[0..15]" % (rng.randint(1, 6), self.reg()),
            "output:NXM_NX_REG%d[0..15]" % self.reg(),
            "move:NXM_OF_VLAN_TCI[]->NXM_NX_REG%d[0..15]" % self.reg(),
            "load:%d->OXM_OF_METADATA[]" % rng.randint(0, 2),
            "load:%d->NXM_NX_TUN_ID[]" % rng.randint(0, 2),
            "mod_vlan_vid:%d" % self.vlan(),
            "mod_dl_dst:" + rng.choice(self.macs),
            "mod_dl_src:" + rng.choice(self.macs),
            "group:%d" % rng.randint(1, 3),
            "push:NXM_NX_REG%d[]" % self.reg(),
            "pop:NXM_NX_REG%d[]" % self.reg(),
            "controller", "controller(reason=action,max_len=64)",
            "clone(mod_dl_dst:%s,output:%s)" % (rng.choice(self.macs),
                                                rng.choice(self.ofports)),
            "learn(table=9,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],"
            "load:NXM_OF_IN_PORT[]->NXM_NX_REG%d[0..15])" % self.reg(),
            "multipath(symmetric_l4,0,modulo_n,2,0,NXM_NX_REG%d[0..1])"
            % self.reg(),
            "bundle(eth_src,0,hrw,ofport,members:1,2)",
            "check_pkt_larger(100)->NXM_NX_REG%d[0]" % self.reg(),
            "set_queue:1", "note:01.02",
        ]
        if not self.isolated:
            simple.append("exit")
        if version:
            simple += self.ip_actions(version) * 2
        return rng.choice(simple)

    def ip_actions(self, version):
        rng = self.rng
        actions = [
            "ct(commit,zone=NXM_NX_REG%d[0..15])" % self.reg(),
            "ct(commit,zone=%d,exec(load:1->NXM_NX_CT_MARK[0]))"
            % rng.randint(0, 2),
            "ct_clear", "dec_ttl", "mod_nw_tos:4",
        ]
        if version == 4:
            actions += ["mod_nw_src:" + self.address(),
                        "mod_nw_dst:" + self.address(),
                        "move:NXM_OF_IP_SRC[]->NXM_NX_REG%d[]" % self.reg()]
        return actions

    def continuation(self, table, words, version):
        """Returns an action that goes on in another table.  Only forwards,
        and one in most flows, so that it ends; back to table 0 only for
        packets that were not tracked."""
        rng = self.rng
        then = self.next_table(table)
        if then == table:
            return "NORMAL"
        choices = ["resubmit(,%d)" % then] * 3 + [
            "resubmit(%s,%d)" % (rng.choice("123"), then),
            "write_metadata:%d,goto_table:%d" % (rng.randint(0, 2), then)]
        if self.writes_actions:
            choices += ["write_actions(output:%s),goto_table:%d"
                        % (rng.choice(self.ofports), then)] * 2
        if version and self.recirculates:
            zone = rng.randint(0, 2)
            nats = {4: ["nat", "commit,nat(src=10.0.0.%d)" % rng.randint(1, 9),
                        "commit,nat(dst=10.0.0.%d)" % rng.randint(1, 9)],
                    6: ["nat", "commit,nat(dst=fd00::9)"]}[version]
            choices += ["ct(zone=%d,table=%d)" % (zone, then)] * 2 + [
                "ct(commit,table=%d)" % then,
                "ct(zone=%d,table=%d,%s)" % (zone, then, rng.choice(nats)),
                "ct(zone=%d,table=%d),resubmit(,%d)"
                % (zone, then, self.next_table(table))]
            if self.reenters and "ct_state=-trk" in words:
                choices += ["ct(zone=%d,table=0)" % zone] * 4
        return rng.choice(choices)

    def flow(self, table):
        words, version = self.matches()
        actions = [self.action(version)
                   for _ in range(self.rng.choice([0, 1, 1, 2]))]
        if self.rng.random() < .5 and any("dl_vlan" in w for w in words):
            actions.insert(0, "strip_vlan")
        if not actions or self.rng.random() < .7:
            actions.append(self.continuation(table, words, version))
        return "table=%d,priority=%d,%sactions=%s" % (
            table, self.rng.randint(1, 100),
            "".join(word + "," for word in words), ",".join(actions))

    def conjunction(self, table):
        return ["table=%d,priority=101,ip,nw_src=%s/24,"
                "actions=conjunction(7,1/2)" % (table, self.address()),
                "table=%d,priority=101,ip,nw_dst=%s/24,"
                "actions=conjunction(7,2/2)" % (table, self.address()),
                "table=%d,priority=101,ip,conj_id=7,actions=%s"
                % (table, self.action(4))]

    def flows(self):
        kind = self.rng.choice(["normal", "firewall", "random", "random",
                                "random"])
        if kind == "normal":
            return ["priority=0,actions=NORMAL"]
        flows = []
        if kind == "firewall":
            flows += ["table=0,priority=%d,ct_state=-trk,ip,"
                      "actions=ct(table=%d)"
                      % (self.rng.randint(50, 150), not self.reenters),
                      "table=0,priority=%d,ct_state=+trk,ip,actions=%s"
                      % (self.rng.randint(50, 150), self.action(4))]
        for table in TABLES:
            flows += [self.flow(table)
                      for _ in range(self.rng.randint(1, 8))]
            if self.rng.random() < .2:
                flows += self.conjunction(table)
            if self.rng.random() < .8:
                flows.append("table=%d,priority=0,actions=%s"
                             % (table, self.action(None)))
        return flows

    def groups(self):
        rng = self.rng
        return ["group_id=%d,type=%s%s" % (
            i, rng.choice(["all", "all" if self.isolated else "select",
                           "indirect"]),
            ",bucket=actions=%s,output:%s" % (
                rng.choice(["mod_dl_dst:" + rng.choice(self.macs),
                            "load:1->NXM_NX_REG%d[]" % self.reg()]),
                rng.choice(self.ofports))) for i in (1, 2, 3)]


# Random packets.

def random_packet(rng, ports):
    macs = [port.mac for port in ports]
    macs += ["02:00:00:00:00:99", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01",
             "33:33:00:00:00:01", "01:80:c2:00:00:00"]
    in_port = rng.choice([str(port.ofport) for port in ports] * 4
                         + ["LOCAL"] * 3 + ["20", "11", "NONE", "CONTROLLER"])
    words = ["in_port=" + in_port, "dl_src=" + rng.choice(macs[:-4]),
             "dl_dst=" + rng.choice(macs)]
    if rng.random() < .3:
        words += ["dl_vlan=%d" % rng.choice(VLANS + [0]),
                  "dl_vlan_pcp=%d" % rng.choice([0, 0, 5])]
    if rng.random() < .1:
        words.append("tun_id=%d,tun_src=192.0.2.1,tun_dst=192.0.2.9"
                     % rng.randint(0, 2))
    payload = random_payload(rng)
    if in_port == "LOCAL" and payload[0][:2] != "ar" and rng.random() < .7:
        words.append("ct_state=" + rng.choice(["trk|new", "trk|est",
                                               "trk|est|rpl", "trk|inv"]))
    return ",".join(words + payload)


def random_payload(rng):
    kind = rng.choice(["ip"] * 6 + ["ipv6"] * 4
                      + ["arp", "nd", "mpls", "other", "fragment"])
    src, dst = rng.randint(0, 9), rng.randint(0, 9)
    if kind == "arp":
        return ["arp,arp_op=%d,arp_spa=10.0.0.%d,arp_tpa=10.0.0.%d"
                % (rng.randint(1, 2), src, dst)]
    elif kind == "nd":
        return ["icmp6,icmpv6_type=%d,icmpv6_code=0,ipv6_src=fe80::%d,"
                "ipv6_dst=ff02::1,nd_target=fd00::%d"
                % (rng.randint(135, 136), src, dst)]
    elif kind == "mpls":
        return ["mpls,mpls_label=%d,mpls_bos=1" % dst]
    elif kind == "other":
        return ["dl_type=" + rng.choice(["0x88cc", "0x8809", "0x88a8",
                                         "0x0842", "0x05ff"])]
    words = []
    if kind == "ipv6":
        words.append("%s,ipv6_src=fd00::%d,ipv6_dst=%s"
                     % (rng.choice(["tcp6,tcp_src=1000,tcp_dst=80",
                                    "udp6,udp_src=1000,udp_dst=53",
                                    "sctp6", "ipv6,nw_proto=50",
                                    "icmp6,icmpv6_type=128,icmpv6_code=0",
                                    "icmp6,icmpv6_type=1,icmpv6_code=4"]),
                        src, rng.choice(["fd00::%d" % dst, "ff02::fb"])))
    else:
        words.append("%s,nw_src=10.0.%d.%d,nw_dst=%s"
                     % (rng.choice(["tcp,tcp_src=1000,tcp_dst=80",
                                    "udp,udp_src=1000,udp_dst=53",
                                    "sctp", "ip,nw_proto=2", "ip,nw_proto=0",
                                    "icmp,icmp_type=8,icmp_code=0",
                                    "icmp,icmp_type=3,icmp_code=1"]),
                        rng.randint(0, 1), src,
                        rng.choice(["10.0.%d.%d" % (rng.randint(0, 1), dst),
                                    "224.0.0.251", "255.255.255.255"])))
    words.append("nw_ttl=%d" % rng.choice([1, 64, 64]))
    if kind == "fragment" or rng.random() < .05:
        words.append("nw_frag=" + rng.choice(["first", "later"]))
    return words


def random_ct_next(rng):
    """What conntrack finds, for as many passes as there may be."""
    args = []
    for _ in range(4):
        args += ["--ct-next", rng.choice(["trk,new", "trk,est", "trk,est,rpl",
                                          "trk,inv", "trk,rel"])]
    return args
