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

from random_bridges import (FlowMaker, configure, random_ct_next, random_packet,
                            random_ports)

PACKETS_PER_BRIDGE = 20


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


def split_fields(header):
    """Yields the name and the text of each field that a set() action changes: those
    of a header may be changed one by one or all at once."""
    name, _, inner = header.partition("(")
    for field in split_actions(inner[:-1]):
        yield name + "." + field.partition("=")[0], name + "." + field


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
            fields.update(split_fields(inner))
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

    directory = tempfile.mkdtemp(prefix="forwarding.")
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
