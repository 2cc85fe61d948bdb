# SPDX-License-Identifier: Apache-2.0
"""A scaled data centre in one machine, for guest, which runs in a virtual machine.

    hypervisors, two to a ...       each a network namespace with an ovsdb-server and an
    switch (a Linux bridge)         ovs-vswitchd on the kernel's datapath
      workers, two on each          the same, with an ovs-footprintd that serves the
                                    bridge
        pods                        network namespaces, each behind a veth pair

Real are Open vSwitch's datapath and daemons, conntrack, ovs-footprintd, TCP and the
programs that send.  Modelled are links: a veth pair with a delay (netem) and behind
that a rate and a queue that is limited in bytes (tbf) in each direction.  There are no
network cards, no PCIe and no exits of virtual machines: a worker is a virtual machine
in that all its pods share one link, also when they talk to each other.

A packet at these rates lasts as long as what a real card sends in one go, so
segmentation offload is off: one packet is one packet everywhere.

The address of pod N on worker W is 10.0.W.N, fd00::W:N and 02:00:00:00:WW:NN, and its
port has the OpenFlow number N.  All forwarding is by static flows on that: nothing is
learned or asked for, so that no broadcast disturbs what is measured."""

import json
import os
import shutil
import subprocess
import sys
import time

ROOT = '/run/benefit'
UPLINK = 100                    # OpenFlow port number of who leads to the others.
IS_UPLINK = {'footprint-port': 'uplink'}
MAX_PODS = 60                   # On a worker.
PATIENCE = 120                  # Seconds, for whatever is waited for.

# What is a tenth of the defaults, or less, since links are slower than real ones.
SETTINGS = {'footprint-elephant-bytes': 1000000,
            'footprint-elephant-rate': 1000000,
            'footprint-elephant-hold': 3,
            'footprint-heavy-hold': 5}


class Link:
    """One direction of a link."""

    def __init__(self, rate, delay, queue):
        self.rate = rate        # Bit/s.
        self.delay = delay      # Seconds, without the time that sending takes.
        self.queue = queue      # Seconds that a full queue takes to send.

    def queue_bytes(self):
        return int(self.queue * self.rate / 8)

    def describe(self):
        return {'rate': self.rate, 'delay': self.delay, 'queue': self.queue}


# Places in the hash of conntrack, which has few entries here.  Whoever reads the table
# walks all of them in one go, some 4 ms of the processor with the kernel's 65,536: on
# real workers each daemon has another processor for that, here the mice would wait for
# four.
CONNTRACK_BUCKETS = 4096

# A worker's, and a hypervisor's (of which there are two between two hypervisors).
WORKER_LINK = Link(50e6, 440e-6, 10.8e-3)
WIRE = Link(25e6, 1350e-6, 92e-3)


def note(text):
    print(f'benefit: {text}', file=sys.stderr, flush=True)


def run(*args, env=None, text=None):
    """Runs a command and returns what it prints."""
    result = subprocess.run([str(a) for a in args], env=env, input=text, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if result.returncode:
        raise RuntimeError(f'{" ".join(map(str, args))}: exit status '
                           f'{result.returncode}: {result.stderr.strip()}')
    return result.stdout


def wait_for(what, condition, interval=0.02):
    """'interval' is how often to ask: more seldom if to ask costs something."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f'waited in vain: {what}')
        time.sleep(interval)


def batch(program, netns, lines):
    """Has ip or tc run 'lines' in 'netns', or in this namespace if that is None."""
    run(program, *(['-n', netns] if netns else []), '-batch', '-',
        text='\n'.join(lines) + '\n')


def bring_up(device):
    """Returns what makes ip bring up a device that asks for nothing by itself."""
    return [f'link set {device} addrgenmode none', f'link set {device} up']


def preload(programs):
    """Reads programs and libraries once, so that nobody waits for them later.

    The virtual machine's clock races while something is read from the host."""
    paths = [shutil.which(program) or program for program in programs]
    files = set(map(os.path.realpath, paths))
    for line in run('ldd', *paths).splitlines():
        files.update(os.path.realpath(word) for word in line.split()
                     if word.startswith('/') and not word.endswith(':'))
    for path in files:
        with open(path, 'rb') as f:
            while f.read(1 << 20):
                pass


class Node:
    """A network namespace with an Open vSwitch in it."""

    def __init__(self, name):
        self.name = name
        self.directory = os.path.join(ROOT, name)
        self.env = dict(os.environ, OVS_RUNDIR=self.directory,
                        OVS_LOGDIR=self.directory, OVS_DBDIR=self.directory)

    def daemon(self, program, *args):
        run('ip', 'netns', 'exec', self.name, program, '-vconsole:off', '--detach',
            '--no-chdir', '--pidfile', '--log-file', *args, env=self.env)

    def vsctl(self, *args):
        return run('ovs-vsctl', f'--timeout={PATIENCE}', *args, env=self.env)

    def appctl(self, *args):
        return run('ovs-appctl', *args, env=self.env)

    def start_open_vswitch(self, schema, ports, settings, queues=()):
        """'ports' are a device, its OpenFlow port number and external_ids, each;
        'queues' are devices that Open vSwitch may give some."""
        os.makedirs(self.directory)
        database = os.path.join(self.directory, 'conf.db')
        run('ovsdb-tool', 'create', database, schema)
        self.daemon('ovsdb-server', f'--remote=punix:{self.directory}/db.sock',
                    database)
        args = ['--no-wait', 'init', '--', 'set', 'Open_vSwitch', '.',
                f'external_ids:system-id={self.name}',
                f'external_ids:hostname={self.name}',
                *(f'external_ids:{key}={value}' for key, value in settings.items()),
                '--', 'add-br', 'br0', '--', 'set-fail-mode', 'br0', 'secure',
                # Else it would remove the queues that we gave devices.
                '--', '--id=@noop', 'create', 'QoS', 'type=linux-noop']
        for device, number, ids in ports:
            args += ['--', 'add-port', 'br0', device, '--', 'set', 'Port', device,
                     'qos=[]' if device in queues else 'qos=@noop',
                     '--', 'set', 'Interface', device,
                     f'ofport_request={number}',
                     *(f'external_ids:{key}={value}' for key, value in ids.items())]
        self.vsctl(*args)
        self.daemon('ovs-vswitchd', f'unix:{self.directory}/db.sock')

    def start_footprintd(self, program):
        self.daemon(program, f'unix:{self.directory}/db.sock')
        self.vsctl('wait-until', 'Open_vSwitch', '.',
                   'external_ids:footprint-detector-in-use!=""')
        detector = self.vsctl('get', 'Open_vSwitch', '.',
                              'external_ids:footprint-detector-in-use').strip()
        if detector == 'none':
            raise RuntimeError(self.appctl('-t', 'ovs-footprintd', 'show-status'))
        note(f'{self.name} is up, detector {detector}')

    def add_flows(self, flows):
        run('ovs-ofctl', 'add-flows', 'br0', '-', env=self.env,
            text='\n'.join(flows) + '\n')

    def describe(self):
        """Returns what its ovs-footprintd says."""
        return '\n'.join(self.appctl('-t', 'ovs-footprintd', command) for command in (
            'show-status', 'show-footprints', 'show-elephants', 'show-workloads'))

    def stop(self):
        for program in ('ovs-footprintd', 'ovs-vswitchd', 'ovsdb-server'):
            if os.path.exists(os.path.join(self.directory, program + '.pid')):
                self.appctl('-t', program, 'exit')


class Pod:
    """A container, as a Kubernetes with an OVS-based CNI plugin would plug it in."""

    def __init__(self, worker, number, name):
        self.worker = worker    # A Node; its number is 'worker.number'.
        self.number = number
        self.name = name
        self.netns = f'p{worker.number}-{number}'
        self.port = f'p{number}'
        self.mac = f'02:00:00:00:{worker.number:02x}:{number:02x}'
        self.addresses = {4: f'10.0.{worker.number}.{number}',
                          6: f'fd00::{worker.number:x}:{number:x}'}
        self.processes = []

    def plug(self):
        batch('ip', None, [
            f'netns add {self.netns}',
            f'link add {self.port} netns {self.worker.name} gso_max_segs 1 type veth'
            f' peer name eth0 netns {self.netns} address {self.mac} gso_max_segs 1'])
        batch('ip', self.worker.name, bring_up(self.port))
        batch('ip', self.netns, [
            'link set lo up', *bring_up('eth0'),
            f'address add {self.addresses[4]}/16 dev eth0',
            f'address add {self.addresses[6]}/64 dev eth0 nodad'])
        self.worker.vsctl('add-port', 'br0', self.port, '--', 'set', 'Interface',
                          self.port, f'ofport_request={self.number}',
                          'external_ids:pod_namespace=benefit',
                          f'external_ids:pod_name={self.name}')

    def end(self):
        """Ends what runs in it."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        self.processes = []

    def unplug(self):
        self.end()
        self.worker.vsctl('del-port', 'br0', self.port)
        # The namespace takes its time to go, and its devices with it.
        run('ip', '-n', self.worker.name, 'link', 'del', self.port)
        run('ip', 'netns', 'del', self.netns)

    def introduce(self, peers):
        """Tells it the Ethernet addresses of 'peers', which nobody answers for."""
        batch('ip', self.netns, [
            f'neigh replace {address} lladdr {peer.mac} dev eth0 nud permanent'
            for peer in peers for address in peer.addresses.values()])

    def start(self, *args):
        """Starts a command in it, which ends with the pod at the latest."""
        process = subprocess.Popen(
            ['ip', 'netns', 'exec', self.netns] + [str(a) for a in args],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.processes.append(process)
        return process

    def has_socket(self, kind, port):
        """Is there a socket of 'kind' ("tcp" or "udp") at 'port', here or to
        anybody?"""
        wanted = f':{port:04X} '
        for process in self.processes:
            for family in ('', '6'):
                with open(f'/proc/{process.pid}/net/{kind}{family}',
                          encoding='ascii') as f:
                    for line in f:
                        if wanted in line.split(None, 1)[1][:60] \
                                and line.split()[3] in ('0A', '07'):
                            return True
        return False

    def get_footprint(self):
        return self.worker.vsctl('--if-exists', 'get', 'Interface', self.port,
                                 'external_ids:footprint').strip().strip('"')


class Scene:
    """The data centre."""

    def __init__(self, n_hypervisors, build, worker_link=WORKER_LINK, wire=WIRE):
        self.build = build
        self.footprintd = os.path.join(build, 'plugin/ovs-footprintd')
        self.daemons = 'workers'        # Who runs ovs-footprintd, or 'hypervisors'.
        self.queues = False     # May the hypervisors' uplinks have queues (OVS QoS)?
        self.worker_link = worker_link
        self.wire = wire
        self.hypervisors = [Node(f'h{i}') for i in range(1, n_hypervisors + 1)]
        self.workers = [Node(f'w{i}') for i in range(1, 2 * n_hypervisors + 1)]
        for i, worker in enumerate(self.workers):
            worker.number = i + 1
            worker.hypervisor = self.hypervisors[i // 2]
        self.pods = []
        self.spares = []        # Pods without a name, for another one.

    def set_up(self, settings=None):
        schema = os.path.join(os.environ['OVS_PKGDATADIR'], 'vswitch.ovsschema')
        run('modprobe', '-a', 'openvswitch', 'sch_netem', 'sch_tbf', 'veth', 'bridge',
            *(['sch_htb', 'sch_ingress', 'cls_matchall', 'act_mirred']
              if self.queues else []))
        with open('/sys/module/nf_conntrack/parameters/hashsize', 'w',
                  encoding='ascii') as f:
            f.write(str(CONNTRACK_BUCKETS))
        self.make_links()
        # Open vSwitch 3.1 finds no processor in the first ten seconds after boot.
        with open('/proc/uptime', encoding='ascii') as f:
            time.sleep(max(0, 12 - float(f.read().split()[0])))
        for hypervisor in self.hypervisors:
            self.start_hypervisor(hypervisor, schema, settings or {})
        for worker in self.workers:
            self.start_worker(worker, schema, settings or {})

    def workers_of(self, hypervisor):
        return [w for w in self.workers if w.hypervisor is hypervisor]

    def make_links(self):
        nodes = self.hypervisors + self.workers
        peers = {h: f'{h.name}-in' if self.queues else h.name for h in self.hypervisors}
        batch('ip', None, ['netns add tor'] + [f'netns add {n.name}' for n in nodes] + [
            f'link add {w.name} netns {w.hypervisor.name} type veth'
            f' peer name uplink netns {w.name}' for w in self.workers] + [
            f'link add {peer} netns tor type veth'
            f' peer name uplink netns {h.name}' for h, peer in peers.items()])
        if self.queues:
            self.lengthen_links()
        batch('ip', 'tor', [
            'link add br0 type bridge mcast_snooping 0', *bring_up('br0')] + [
            line for h in self.hypervisors
            for line in [f'link set {h.name} master br0'] + bring_up(h.name)])
        for node in nodes:
            batch('ip', node.name, ['link set lo up', *bring_up('uplink')] + [
                line for w in self.workers_of(node) for line in bring_up(w.name)])
        self.shape('tor', {h.name: self.wire for h in self.hypervisors})
        for node in self.hypervisors:
            self.shape(node.name, dict({} if self.queues else {'uplink': self.wire}, **{
                w.name: self.worker_link for w in self.workers_of(node)}))
        for node in self.workers:
            self.shape(node.name, {'uplink': self.worker_link})

    def lengthen_links(self):
        """Has hypervisors' links begin in the switch's namespace, behind what they send
        by, so that Open vSwitch may give that queues of its own."""
        names = [h.name for h in self.hypervisors]
        batch('ip', 'tor', [line for n in names for line in [
            f'link add {n}-out type veth peer name {n}', *bring_up(f'{n}-in'),
            *bring_up(f'{n}-out')]])
        batch('tc', 'tor', [line for n in names for line in [
            f'qdisc add dev {n}-in clsact', f'qdisc add dev {n}-out clsact',
            f'filter add dev {n}-in ingress matchall action mirred egress redirect'
            f' dev {n}-out',
            f'filter add dev {n}-out ingress matchall action mirred egress redirect'
            f' dev {n}-in']])
        self.shape('tor', {f'{n}-out': self.wire for n in names})

    def count_treated(self):
        """Returns how many elephants, at both ends, have the queue of
        footprint-policy."""
        return sum(row['treated'] for h in self.hypervisors for row in json.loads(
            h.appctl('-t', 'ovs-footprintd', 'show-policies', '--format=json')))

    @staticmethod
    def shape(netns, links, verb='add'):
        """Gives devices in 'netns' the delay, rate and queue of a Link."""
        lines = []
        for device, link in links.items():
            lines += [
                f'qdisc {verb} dev {device} root handle 1: netem'
                f' delay {link.delay * 1e6:.0f}us limit 100000',
                f'qdisc {verb} dev {device} parent 1:1 handle 2: tbf'
                f' rate {link.rate:.0f}bit burst 2000 limit {link.queue_bytes()}']
        batch('tc', netns, lines)

    def set_wire_queue(self, seconds):
        """Changes how deep the queues of hypervisors' links are."""
        self.wire = Link(self.wire.rate, self.wire.delay, seconds)
        for node in self.hypervisors:
            self.shape(node.name, {'uplink': self.wire}, 'change')
        self.shape('tor', {h.name: self.wire for h in self.hypervisors}, 'change')

    def settings_of(self, who, settings):
        """What an ovs-footprintd of the workers, or hypervisors, is told, if any."""
        return {'footprint-bridges': 'br0', **SETTINGS, **settings} \
            if self.daemons == who else {}

    def start_hypervisor(self, node, schema, settings):
        workers = self.workers_of(node)
        node.start_open_vswitch(
            schema, [('uplink', UPLINK, IS_UPLINK)] + [
                (w.name, w.number, {'vm-id': w.name, 'footprint-k8s-node': w.name})
                for w in workers], self.settings_of('hypervisors', settings),
            ['uplink'] if self.queues else [])
        flows = [f'priority=1,in_port={UPLINK},actions=drop',
                 'priority=0,dl_dst=02:00:00:00:00:00/ff:ff:ff:ff:00:00,'
                 f'actions=output:{UPLINK}']
        for w in workers:
            match = f'dl_dst=02:00:00:00:{w.number:02x}:00/ff:ff:ff:ff:ff:00'
            flows += [f'priority=20,in_port={w.number},{match},actions=in_port',
                      f'priority=10,{match},actions=output:{w.number}']
        node.add_flows(flows)
        if self.daemons == 'hypervisors':
            node.start_footprintd(self.footprintd)

    def start_worker(self, node, schema, settings):
        node.start_open_vswitch(schema, [('uplink', UPLINK, IS_UPLINK)],
                                self.settings_of('workers', settings))
        node.add_flows([f'priority=1,in_port={UPLINK},actions=drop',
                        'priority=0,dl_dst=02:00:00:00:00:00/ff:ff:ff:ff:00:00,'
                        f'actions=output:{UPLINK}'] + [
            f'priority=10,in_port={UPLINK},'
            f'dl_dst=02:00:00:00:{node.number:02x}:{i:02x},actions=output:{i}'
            for i in range(1, MAX_PODS + 1)])
        if self.daemons == 'workers':
            node.start_footprintd(self.footprintd)

    def add_pod(self, worker, name):
        """Adds a pod to the worker, which is a number from 1 on."""
        pod = self.take_spare(worker)
        if not pod:
            used = {p.number for p in self.pods + self.spares
                    if p.worker.number == worker}
            number = next(i for i in range(1, MAX_PODS + 1) if i not in used)
            pod = Pod(self.workers[worker - 1], number, name)
            pod.plug()
        pod.name = name
        self.pods.append(pod)
        if self.daemons == 'hypervisors':
            self.announce(pod)
        return pod

    def take_spare(self, worker):
        pod = next((p for p in self.spares if p.worker.number == worker), None)
        if pod:
            self.spares.remove(pod)
        return pod

    @staticmethod
    def announce(pod):
        """Tells the hypervisor's daemon which of the worker's addresses is whose."""
        pod.worker.hypervisor.vsctl(
            '--no-wait', 'set', 'Interface', pod.worker.name,
            *(f'external_ids:footprint-endpoint.{pod.port}.{key}="{value}"'
              for key, value in (('ip', pod.addresses[4]), ('mac', pod.mac),
                                 ('name', f'benefit/{pod.name}'))))

    @staticmethod
    def withdraw(pod):
        pod.worker.hypervisor.vsctl(
            '--no-wait', 'remove', 'Interface', pod.worker.name, 'external_ids',
            *(f'footprint-endpoint.{pod.port}.{key}' for key in ('ip', 'mac', 'name')))

    def remove_pod(self, pod):
        """Where the hypervisors' daemons are at work, a pod is what they are told of
        it, and its interface waits for the next one: to plug it in takes
        instructions."""
        self.pods.remove(pod)
        if self.daemons == 'hypervisors':
            pod.end()
            self.withdraw(pod)
            self.spares.append(pod)
        else:
            pod.unplug()

    def remove_pods(self):
        for pod in list(self.pods):
            self.remove_pod(pod)

    def watch_queues(self, netns, seconds, devices):
        """Starts to look at queues; the process prints what it saw."""
        return subprocess.Popen(
            ['ip', 'netns', 'exec', netns,
             os.path.join(self.build, 'tests/benefit/watch-queue'), str(seconds)]
            + devices, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def get_output(process):
    """Waits for a process that prints JSON, and returns that."""
    try:
        out, err = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        raise RuntimeError(f'{process.args}: does not end') from None
    if process.returncode:
        raise RuntimeError(f'{process.args}: exit status {process.returncode}: '
                           f'{err.strip()} {out.strip()[:500]}')
    return json.loads(out)
