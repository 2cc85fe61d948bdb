#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Property test: our flows change nothing about forwarding.

Makes random bridges with random flows of somebody else's, and random packets.
Asks ovs-vswitchd (on its dummy datapath, "ofproto/trace") what it would do
with each packet, without the flows of a pipeline and with them, on the same
bridge.  Apart from the conntrack actions that are ours, both answers have to
be the same: what is sent where, how it is changed, what controllers are told,
and what the packet and its metadata look like at the end of each pass.  After
the flows are gone again, the bridge's flows have to be what they were.

Every bridge and every packet follows from --seed; a difference is printed with
what is needed to look at it again ("--seed S --bridges 1").
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

PACKETS_PER_BRIDGE = 20
FIRST_ZONE = 20000              # Zones from here on are ours.
VLANS = [10, 20, 30]
TABLES = list(range(6))         # Tables of the random flows.
REGS = 10                       # Registers of the random flows.


class Daemon:
    """Speaks to a daemon's control socket, without a process per command."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        deadline = time.time() + 30
        while True:
            try:
                self.sock.connect(path)
                break
            except OSError:
                if time.time() > deadline:
                    raise
                time.sleep(0.01)
        self.buffer = ""
        self.decoder = json.JSONDecoder()

    def __call__(self, method, *params):
        request = {"id": 0, "method": method, "params": list(params)}
        self.sock.sendall(json.dumps(request).encode())
        while True:
            try:
                reply, end = self.decoder.raw_decode(self.buffer)
                self.buffer = self.buffer[end:]
                break
            except ValueError:
                data = self.sock.recv(65536)
                if not data:
                    raise RuntimeError("%s: connection closed" % method)
                self.buffer += data.decode()
        if reply["error"]:
            raise RuntimeError("%s: %s" % (method, reply["error"]))
        return reply["result"]


class Sandbox:
    """ovsdb-server, ovs-vswitchd and a pipeline in a directory of their own.
    Whatever is started is ended again, by its process id."""

    def __init__(self, directory, schema, test_pipeline):
        self.dir = directory
        self.children = []
        self.env = dict(os.environ)
        for name in "RUNDIR", "LOGDIR", "DBDIR", "SYSCONFDIR":
            self.env["OVS_" + name] = directory
        self.run("ovsdb-tool", "create", self.path("conf.db"), schema)
        self.spawn("ovsdb-server", "--remote=punix:" + self.path("db.sock"),
                   "--unixctl=" + self.path("ovsdb.ctl"), self.path("conf.db"))
        self.wait_for("db.sock")
        self.run("ovs-vsctl", "--no-wait", "init")
        self.spawn("ovs-vswitchd", "--enable-dummy=override",
                   "--disable-system", "--unixctl=" + self.path("vsw.ctl"),
                   "unix:" + self.path("db.sock"))
        self.vswitchd = Daemon(self.path("vsw.ctl"))
        self.test_pipeline = test_pipeline

    def path(self, name):
        return os.path.join(self.dir, name)

    def wait_for(self, name):
        deadline = time.time() + 30
        while not os.path.exists(self.path(name)):
            if time.time() > deadline:
                raise RuntimeError("%s does not appear" % name)
            time.sleep(0.02)

    def run(self, *args, **kwargs):
        done = subprocess.run(args, env=self.env, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              **kwargs)
        if done.returncode:
            raise RuntimeError("%s: %s" % (" ".join(args), done.stderr))
        return done.stdout

    def spawn(self, name, *args):
        log = "--log-file=" + self.path(os.path.basename(name) + ".log")
        child = subprocess.Popen([name, "-vconsole:off", log] + list(args),
                                 env=self.env, cwd=self.dir)
        self.children.append(child)
        return child

    def start_pipeline(self):
        """Starts a pipeline for br0 and returns its control.  Every bridge
        gets a new one, so that nothing depends on the bridges before it."""
        path = self.path("pipeline.ctl")
        self.spawn(self.test_pipeline, "--unixctl=" + path, "--wait", "br0")
        return Daemon(path)

    def stop_pipeline(self, control):
        control("exit")
        self.children.pop().wait(10)

    def stop(self):
        for child in reversed(self.children):
            child.send_signal(signal.SIGTERM)
        for child in self.children:
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()


# Random bridges.

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


def add_flows(sandbox, bridge, groups, flows):
    """Replaces the flows and groups of 'bridge', as far as they are valid."""
    lines = ["flow delete", "group delete group_id=all"]
    lines += ["group add " + group for group in groups]
    lines += ["flow add " + flow for flow in flows]
    while True:
        try:
            sandbox.run("ovs-ofctl", "-O", "OpenFlow14", "bundle", bridge, "-",
                        input="\n".join(lines) + "\n")
            break
        except RuntimeError as error:
            invalid = re.search(r"ovs-ofctl: -:(\d+):", str(error))
            if not invalid:
                raise
            del lines[int(invalid.group(1)) - 1]


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


# Comparing.

OUR_CT = re.compile(r"ct\(commit,zone=2\d{4},"
                    r"mark=0x80[0-9a-f]{6}/0x800000ff\),?")
OUR_REG = re.compile(r",?reg15=0x80000000")
CT_STATE = re.compile(r"ct_state=[^,]*,?")


def renumber(text):
    """Numbers recirculation ids in order of appearance."""
    seen = {}

    def number(match):
        key = match.group(2)
        return match.group(1) + "#%d" % seen.setdefault(key, len(seen))

    return re.sub(r"(recirc\(|recirc_id[=(])((?:0x)?[0-9a-f]+)",
                  lambda m: m.group(0) if m.group(2) in ("0", "0x0")
                  else number(m), text)


def split_actions(text):
    """Splits datapath actions at the commas that are not in parentheses."""
    words, depth, start = [], 0, 0
    for i, c in enumerate(text + ","):
        depth += (c == "(") - (c == ")")
        if c == "," and not depth:
            words.append(text[start:i].strip())
            start = i + 1
    return [word for word in words if word]


def effects(text, vlans):
    """Returns what datapath actions do to a packet with the given VLAN tags,
    as a list of effects, each with what the packet looks like then.

    Translation puts off changes of the packet until they matter, and wraps
    in a clone() what it would have to undo otherwise.  So there are several
    ways to say the same, of which it may choose another because of what comes
    before; they have the same effects."""
    result = []
    vlans = list(vlans)
    fields = {}
    for word in split_actions(text):
        name, _, inner = word.partition("(")
        inner = inner[:-1]
        if name == "push_vlan":
            vlans.append(inner)
        elif name == "pop_vlan":
            if vlans:
                vlans.pop()
        elif name == "set":
            fields[inner.partition("(")[0]] = inner
        elif name == "clone":
            result += [effect + " after " + str(sorted(fields.values()))
                       if fields else effect
                       for effect in effects(inner, vlans)]
        elif name != "drop":
            result.append("%s vlans=%s %s" % (word, ";".join(vlans),
                                              sorted(fields.values())))
    return result


def vlans_of(flow):
    """Returns the VLAN tag of a flow that trace prints, as push_vlan() would
    say it."""
    found = re.search(r"dl_vlan=(\d+),dl_vlan_pcp=(\d+)", flow)
    return ["vid=%s,pcp=%s" % found.groups()] if found else []


def outcome(trace, isolated):
    """Returns what matters of a trace, as a list of lines, and how many
    conntrack actions of ours were left out.  If 'isolated', what becomes of
    the packet after its copy was forwarded does not matter."""
    lines = []
    flow = None
    n_ours = 0
    for line in renumber(trace).splitlines():
        if line.startswith("Flow: "):
            flow = line[len("Flow: "):]
        elif line.startswith("Final flow: ") and not isolated:
            final = line[len("Final flow: "):]
            final = flow if final == "unchanged" else final
            final = OUR_REG.sub("", final)
            if "in_port=LOCAL" in final:
                # What came tracked may end untracked, where nobody can tell.
                final = CT_STATE.sub("", final)
            lines.append("final: " + final)
        elif line.startswith("Datapath actions: "):
            actions, n = OUR_CT.subn("", line[len("Datapath actions: "):])
            n_ours += n
            lines += effects(actions, vlans_of(flow))
        elif line.startswith(("recirc(", "This flow is handled",
                              "Translation failed", "  - ")):
            lines.append(line)
    return lines, n_ours


def may_account(packet, trace, n_ours):
    """Returns false if 'packet' was accounted too often: whole IP packets may
    be accounted once at each end, others not at all."""
    if "nw_frag=" in packet or not re.search("nw_src|ipv6_src", packet):
        return n_ours == 0
    return n_ours <= 2 or 'bridge("br1")' in trace


class Totals:
    def __init__(self):
        self.bridges = self.refused = self.packets = self.accounted = 0
        self.failures = 0


def wait_synced(control):
    deadline = time.time() + 30
    while True:
        state = control("show")
        if state.startswith("synced") or (": " in state
                                          and "no connection" not in state):
            return state
        if time.time() > deadline:
            raise RuntimeError("pipeline: " + state)
        time.sleep(0.005)


def dump_flows(sandbox):
    """Returns all flows of br0, even those that OpenFlow does not show."""
    return sorted(re.sub(r"duration=[^ ]* ", "", line) for line
                  in sandbox.vswitchd("bridge/dump-flows", "br0").splitlines())


def trace_all(sandbox, packets):
    return [sandbox.vswitchd("ofproto/trace", "br0", packet, *ct_next)
            for packet, ct_next in packets]


def report(seed, title, text, totals):
    totals.failures += 1
    print("seed %d: %s" % (seed, title))
    print(text)


def make_adaptive(ports):
    """Has the containers, but for the first, tracked only at times, and half of
    them not now, some of those since they are withdrawn."""
    containers = [port for port in ports if port.zone]
    for i, port in enumerate(containers[1:]):
        port.is_adaptive = True
        port.is_quiet = i % 2 == 0
        port.is_withdrawn = i % 4 == 2


def check_bridge(sandbox, seed, totals, args):
    """Makes the bridge of 'seed' and checks that ours does not matter."""
    rng = random.Random(seed)
    ports = random_ports(rng)
    configure(sandbox, rng, ports)
    maker = FlowMaker(rng, ports, args.isolated)
    add_flows(sandbox, "br0", maker.groups(), maker.flows())
    add_flows(sandbox, "br1", maker.groups(),
              ["actions=NORMAL"] if maker.reenters else maker.flows())
    packets = [(random_packet(rng, ports), random_ct_next(rng))
               for _ in range(PACKETS_PER_BRIDGE)]

    flows = dump_flows(sandbox)
    before = trace_all(sandbox, packets)
    control = sandbox.start_pipeline()
    if args.adaptive:
        make_adaptive(ports)
    if args.isolated:
        control("configure", "250", "255", "isolated")
    control("set-ports", "20,patch", *[port.argument() for port in ports])
    state = wait_synced(control)
    totals.bridges += 1
    if not state.startswith("synced"):
        totals.refused += 1
        print("seed %d: %s" % (seed, state))
    after = trace_all(sandbox, packets)
    for (packet, ct_next), a, b in zip(packets, before, after):
        expected, _ = outcome(a, args.isolated)
        actual, n_ours = outcome(b, args.isolated)
        totals.packets += 1
        totals.accounted += n_ours > 0
        if expected != actual or not may_account(packet, b, n_ours):
            report(seed, "%s %s" % (packet, " ".join(ct_next)),
                   "\n".join(["-- without"] + expected
                             + ["-- with"] + actual
                             + ["-- trace without", a, "-- trace with", b]),
                   totals)
    control("set-ports")
    wait_synced(control)
    sandbox.stop_pipeline(control)
    if dump_flows(sandbox) != flows:
        report(seed, "flows after removal", "\n".join(dump_flows(sandbox)),
               totals)


def give_up(signum, frame):
    raise RuntimeError("this takes too long")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--seed", type=int, default=1,
                        help="seed of the first bridge")
    parser.add_argument("--bridges", type=int, default=100,
                        help="number of bridges, with %d packets each"
                        % PACKETS_PER_BRIDGE)
    parser.add_argument("--schema", help="vswitch.ovsschema", required=True)
    parser.add_argument("--test-pipeline", default="test-pipeline",
                        help="the program of tests/daemon/test-pipeline.c")
    parser.add_argument("--isolated", action="store_true",
                        help="with flows that forward first; the bridges' own "
                        "have nothing that does not go with that")
    parser.add_argument("--adaptive", action="store_true",
                        help="some containers are tracked only at times")
    parser.add_argument("--keep", action="store_true",
                        help="keep the logs and leave the last bridge")
    args = parser.parse_args()

    directory = tempfile.mkdtemp(prefix="neutrality.")
    totals = Totals()
    sandbox = None
    try:
        sandbox = Sandbox(directory, args.schema,
                          shutil.which(args.test_pipeline)
                          or args.test_pipeline)
        signal.signal(signal.SIGALRM, give_up)
        for seed in range(args.seed, args.seed + args.bridges):
            signal.alarm(60)
            check_bridge(sandbox, seed, totals, args)
    finally:
        if sandbox:
            sandbox.stop()
        if args.keep:
            print("logs are in " + directory)
        else:
            shutil.rmtree(directory, ignore_errors=True)
    print("seeds %d to %d: %d bridges (%d refused), %d packets, "
          "%d of them accounted, %d differences"
          % (args.seed, args.seed + args.bridges - 1, totals.bridges,
             totals.refused, totals.packets, totals.accounted,
             totals.failures))
    return 1 if totals.failures else 0


if __name__ == "__main__":
    sys.exit(main())
