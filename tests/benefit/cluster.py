# SPDX-License-Identifier: Apache-2.0
"""Pods that arrive in a cluster, are placed by a policy and send: for guest.

Heavy workloads are pairs of backup and archive, between which an iperf3 runs, light ones
pairs of web and cart, mice.  All policies of a trial see the same arrivals.  Where the policy
is "footprint", ovs-footprint-scheduler is asked, over HTTP, and knows what the daemons on
the hypervisors have learned from the traffic of the first phase; nothing is told to it by
us but what kube-scheduler tells."""

import json
import os
import random
import time
import urllib.request

from scene import ROOT, Link, Scene, get_output, note, run, wait_for

MICE_PORT = 11111
ELEPHANT_PORT = 5201
MICE_RATE = 100
EXTENDER_PORT = 10260

# Twice as slow as figure 1's: one processor has to carry more traffic.
WORKER_LINK = Link(25e6, 880e-6, 21.6e-3)
WIRE = Link(12.5e6, 2700e-6, 184e-3)

SETTLE = 1                      # Seconds between arrivals.
HEAVY = ('backup', 'archive')
LIGHT = ('web', 'cart')


class Pair:
    """A client and a server of a workload each."""

    def __init__(self, kind, pods):
        self.kind = kind
        self.client, self.server = pods
        self.process = None
        self.client.introduce([self.server])
        self.server.introduce([self.client])

    def start_server(self, build):
        """Each light server is a mouse's, each heavy one iperf3's."""
        server = self.server
        if self.kind == HEAVY:
            server.start('iperf3', '-s', '-p', ELEPHANT_PORT)
            wait_for('iperf3\'s server', lambda: server.has_socket('tcp', ELEPHANT_PORT))
        else:
            server.start(os.path.join(build, 'tests/benefit/ping-pong'), '--server',
                         server.addresses[4], MICE_PORT)
            wait_for('the mice\'s server', lambda: server.has_socket('udp', MICE_PORT))

    def start_elephant(self):
        self.process = self.client.start('iperf3', '-c', self.server.addresses[4], '-p',
                                         ELEPHANT_PORT, '-t', 80000)

    def start_mice(self, build, seed, seconds):
        return self.client.start(
            os.path.join(build, 'tests/benefit/ping-pong'), '--seed', seed, '--rate',
            MICE_RATE, '--seconds', seconds, self.server.addresses[4], MICE_PORT)

    def count_received(self):
        """Bytes that the server's interface received."""
        with open(f'/proc/{self.server.processes[0].pid}/net/dev', encoding='ascii') as f:
            line = next(line for line in f if line.strip().startswith('eth0:'))
        return int(line.split(':')[1].split()[0])


class Footprint:
    """The database of the cluster, and the scheduler's extender."""

    def __init__(self, build):
        self.build = build
        self.directory = os.path.join(ROOT, 'footprint')
        self.remote = f'unix:{self.directory}/db.sock'

    def start(self, schema):
        os.makedirs(self.directory)
        database = f'{self.directory}/footprint.db'
        run('ovsdb-tool', 'create', database, schema)
        run('ovsdb-server', '--detach', '--no-chdir', f'--pidfile={self.directory}/db.pid',
            '-vconsole:off', f'--log-file={self.directory}/db.log',
            f'--unixctl={self.directory}/db.ctl', f'--remote=p{self.remote}', database)
        run(os.path.join(self.build, 'utilities/ovs-footprint-scheduler',
                         'ovs-footprint-scheduler'), '--detach', '--no-chdir',
            f'--pidfile={self.directory}/scheduler.pid', '-vconsole:off',
            f'--log-file={self.directory}/scheduler.log',
            f'--unixctl={self.directory}/scheduler.ctl',
            f'--listen=127.0.0.1:{EXTENDER_PORT}', self.remote)

    def transact(self, *operations):
        return json.loads(run('ovsdb-client', 'transact', self.remote,
                              json.dumps(['OVS_Footprint', *operations])))

    def count_heavy_trials(self, workload):
        rows = self.transact({'op': 'select', 'table': 'Observation', 'columns':
                              ['workload', 'heavy_trials'], 'where': []})[0]['rows']
        return sum(r['heavy_trials'] for r in rows if r['workload'].endswith('/' + workload))

    def get_loads(self):
        """Returns what each node moves, in bit/s: a number per node."""
        rows = self.transact({'op': 'select', 'table': 'Node', 'columns':
                              ['name', 'bits_in', 'bits_out'], 'where': []})[0]['rows']
        return {r['name']: r['bits_in'] + r['bits_out'] for r in rows}

    def flip(self):
        """Makes heavy workloads light, and light ones heavy, as if by hand."""
        rows = self.transact({'op': 'select', 'table': 'Observation', 'columns':
                              ['node', 'workload', 'heavy_trials'], 'where': []})[0]['rows']
        operations = []
        for row in rows:
            heavy = row['workload'].split('/')[-1] in HEAVY
            operations.append({
                'op': 'update', 'table': 'Observation',
                'where': [['node', '==', row['node']], ['workload', '==', row['workload']]],
                'row': {'trials': 3.0, 'heavy_trials': 0.0 if heavy else 3.0}})
        self.transact(*operations)

    @staticmethod
    def ask(name, nodes):
        """Returns the score of each node for a pod, as kube-scheduler asks for it."""
        generate, suffix = name.rsplit('-', 1)
        pod = {'metadata': {'name': name, 'namespace': 'benefit',
                            'generateName': generate + '-', 'uid': suffix,
                            'labels': {'pod-template-hash': generate.rsplit('-', 1)[1]}},
               'spec': {}}
        request = urllib.request.Request(
            f'http://127.0.0.1:{EXTENDER_PORT}/prioritize', method='POST',
            headers={'Content-Type': 'application/json'},
            data=json.dumps({'Pod': pod, 'Nodes': None, 'NodeNames': nodes}).encode())
        with urllib.request.urlopen(request, timeout=600) as answer:
            return {s['Host']: s['Score'] for s in json.load(answer)}


class Placer:
    """Decides where a pod goes, by the name of its policy."""

    def __init__(self, scene, footprint, policy, seed):
        self.scene = scene
        self.footprint = footprint
        self.policy = policy
        self.random = random.Random(f'{policy} {seed}')
        self.answers = []       # Of ovs-footprint-scheduler, a dict per pod.

    def count(self, worker, names=HEAVY + LIGHT):
        return sum(1 for p in self.scene.pods
                   if p.worker is worker and p.name.split('-')[0] in names)

    def score(self, name):
        """Returns what tells better workers, by worker: more is better."""
        workers = self.scene.workers
        if self.policy == 'random':
            return {w: 0 for w in workers}
        if self.policy == 'least-allocated':
            return {w: -self.count(w) for w in workers}
        if self.policy == 'oracle':
            return {w: self.score_by_class(w, name.split('-')[0]) for w in workers}
        if self.policy == 'one-number':
            loads = self.footprint.get_loads()
            return {w: (-loads[w.name], -self.count(w)) for w in workers}
        if self.policy == 'netmarks':
            return {w: (self.is_peer_on(w, name), -self.count(w)) for w in workers}
        # "footprint", or "flipped", which asks the same way.
        scores = Footprint.ask(name, [w.name for w in workers])
        self.answers.append({'pod': name, 'scores': scores})
        # As kube-scheduler would: the extender's weight of 10 beside least-allocated.
        return {w: 100 * scores[w.name] - self.count(w) for w in workers}

    def score_by_class(self, worker, workload):
        """The oracle: heavy pods share the first hypervisor, and so leave the links of
        others alone; they are spread over its workers."""
        first = worker.hypervisor is self.scene.hypervisors[0]
        if workload in HEAVY:
            return 1000 * first - self.count(worker)
        return -1000 * first - self.count(worker)

    def is_peer_on(self, worker, name):
        """NetMARKS's rule: a pod goes where the pod is that it talks to, which is the
        one before it, if it is a pair's second."""
        peers = [p for p in self.scene.pods[-1:] for kind in (HEAVY, LIGHT)
                 if [q.split('-')[0] for q in (p.name, name)] == list(kind)]
        return any(p.worker is worker for p in peers)

    def place(self, name):
        scores = self.score(name)
        best = max(scores.values())
        worker = self.random.choice([w for w in scores if scores[w] == best])
        return self.scene.add_pod(worker.number, name)


def make_name(workload, rng):
    """As a Deployment's ReplicaSet names its pods."""
    alphabet = 'bcdfghjklmnpqrstvwxz2456789'
    return f'{workload}-7d4b9c6f5-' + ''.join(rng.choice(alphabet) for _ in range(5))


def add_pair(scene, kind, place, rng):
    pair = Pair(kind, [place(make_name(workload, rng)) for workload in kind])
    pair.start_server(scene.build)
    if kind == HEAVY:
        pair.start_elephant()
    return pair


def measure_mice(scene, pairs, seed, seconds):
    """Has all mice run at a time, and returns what each found."""
    running = [p.start_mice(scene.build, seed + i, seconds)
               for i, p in enumerate(p for p in pairs if p.kind == LIGHT)]
    return [get_output(process) for process in running]


def run_trial(scene, footprint, policy, seed, plan):
    rng = random.Random(seed)
    kinds = [HEAVY] * plan['heavy'] + [LIGHT] * plan['light']
    rng.shuffle(kinds)
    placer = Placer(scene, footprint, policy, seed)
    pairs = []
    for kind in kinds:
        pairs.append(add_pair(scene, kind, placer.place, rng))
        time.sleep(SETTLE)
    heavy = [p for p in pairs if p.kind == HEAVY]
    light = [p for p in pairs if p.kind == LIGHT]
    time.sleep(plan['warm_up'])
    start, before = time.monotonic(), [p.count_received() for p in heavy]
    loaded = measure_mice(scene, pairs, seed, plan['seconds'])
    span = time.monotonic() - start
    rates = [(p.count_received() - b) * 8 / span for p, b in zip(heavy, before)]
    for p in heavy:
        p.process.kill()
    time.sleep(SETTLE)
    alone = measure_mice(scene, pairs, seed, plan['seconds'])
    row = {'kind': 'cluster', 'policy': policy, 'seed': seed, 'answers': placer.answers,
           'elephants': [{'places': places(p), 'bits_per_second': round(rate)}
                         for p, rate in zip(heavy, rates)],
           'mice': [{'places': places(p), 'loaded': one, 'alone': other}
                    for p, one, other in zip(light, loaded, alone)]}
    scene.remove_pods()
    return row


def places(pair):
    return [pair.client.worker.name, pair.server.worker.name]


def make_cluster(plan):
    """Returns a scene that is up, and its database and extender."""
    scene = Scene(plan['hypervisors'], plan['build'], WORKER_LINK, WIRE)
    scene.daemons = 'hypervisors'
    footprint = Footprint(plan['build'])
    footprint.start(os.path.join(plan['source'], 'ovsdb/footprint.ovsschema'))
    scene.set_up({'footprint-remote': footprint.remote, 'footprint-heartbeat': 5,
                  'footprint-uplinks': f'uplink={scene.wire.rate:.0f}'})
    return scene, footprint


def learn(scene, footprint, plan):
    """Has each workload run once, for the daemons to learn from."""
    rng = random.Random(plan['seed'])
    workers = iter((1, 3, 5, 7))
    start = time.monotonic()
    for kind in (HEAVY, LIGHT):
        pair = add_pair(scene, kind, lambda name: scene.add_pod(next(workers), name), rng)
    mice = pair.start_mice(scene.build, plan['seed'], 5)
    for workload in HEAVY:
        wait_for(f'{workload} is learned',
                 lambda w=workload: footprint.count_heavy_trials(w) > 0, interval=1)
    note(f'learned in {time.monotonic() - start:.1f} virtual seconds')
    get_output(mice)
    scene.remove_pods()


def run_cluster(scene, footprint, plan, report):
    try:
        learn(scene, footprint, plan)
    except RuntimeError:
        for hypervisor in scene.hypervisors:
            note(hypervisor.describe())
        raise
    for trial in range(plan['trials']):
        seed = plan['seed'] * 1000 + trial
        order = [p for p in plan['policies'] if p != 'flipped']
        random.Random(seed).shuffle(order)
        # Last, as it spoils what was learned.
        if trial == plan['trials'] - 1 and 'flipped' in plan['policies']:
            order.append('flipped')
        for policy in order:
            if policy == 'flipped':
                footprint.flip()
            row = run_trial(scene, footprint, policy, seed, plan)
            report(row)
            worst = max(m['loaded'].get('p99', 0) / m['alone']['p50'] for m in row['mice'])
            total = sum(e['bits_per_second'] for e in row['elephants'])
            note(f'trial {trial}, {policy}: worst p99 {worst:.1f} times alone, elephants'
                 f' {total / 1e6:.1f} Mbit/s')
