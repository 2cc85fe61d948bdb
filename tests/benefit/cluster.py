# SPDX-License-Identifier: Apache-2.0
"""Pods that arrive in a cluster, are placed by a policy, send, and leave: for guest.

Heavy workloads are pairs of backup and archive, between which an iperf3 runs, and of
report and store, between which one runs now and then; light ones are pairs of web and
cart, mice, and of feed and cache, which send several larger requests at a time.  All
policies of a trial see the same arrivals and departures.
Where the policy is "footprint", ovs-footprint-scheduler is asked, over HTTP, and knows
what the daemons on the hypervisors have learned from the traffic of the first phase,
and see now; nothing is told to it by us but what kube-scheduler tells."""

import json
import os
import random
import time
import urllib.request

from figures import slowdowns, throughput
from placement import BURSTY, CHANGING, ELEPHANTS, HEAVY_WORKLOADS, KINDS, LIVE, \
    PHASES, Placer, duty_of, make_events, make_name
from scene import ROOT, Link, Scene, get_output, note, run, wait_for

MICE_PORT = 11111
ELEPHANT_PORT = 5201
# What ping-pong is told.
MICE = ['--rate', 80]
BURSTS = ['--rate', 10, '--burst', 10, '--size', 300]
EXTENDER_PORT = 10260

# Four times as slow as figure 1's, with queues twice as deep: one processor has to
# carry more.
WORKER_LINK = Link(12.5e6, 880e-6, 21.6e-3)
WIRE = Link(6.25e6, 2700e-6, 184e-3)

# As slow are those who are to be called elephants.
SETTINGS = {'footprint-elephant-bytes': 250000, 'footprint-elephant-rate': 500000,
            'footprint-elephant-hold': 1, 'footprint-heavy-hold': 2,
            'footprint-heartbeat': 1}

# Seconds after a pod has come or gone, and more after a heavy pair has begun.
SETTLE = 0.4
BEGIN = 1
# And before another pair takes the place of a heavy one: as long as it takes until that
# is forgotten (footprint-heavy-hold, and a heartbeat), as who comes is not that fast.
FORGET = 3.5
WARM_UP = 1                     # Seconds in which queues fill.
# Seconds in which daemons get to know elephants that all begin at a time, and their
# work for that, which mice wait for as there is one processor, is done.
ACQUAINT = 4


class Pair:
    """A client and a server of a workload each."""

    def __init__(self, kind):
        self.kind = kind
        self.places = []
        self.pods = []          # The same, once they are there.
        self.process = None     # What the client runs as an elephant.

    @property
    def heavy(self):
        return self.kind in ELEPHANTS

    @property
    def client(self):
        return self.pods[0]

    @property
    def server(self):
        return self.pods[1]

    def plug(self, scene):
        """Plugs in the pod that was placed last, and begins if both are there."""
        place = self.places[len(self.pods)]
        self.pods.append(scene.add_pod(place.worker.number, place.name))
        if len(self.pods) == 2:
            self.client.introduce([self.server])
            self.server.introduce([self.client])
            self.start_server(scene.build)
            if self.heavy:
                self.start_elephant()

    def unplug(self, scene):
        for pod in self.pods:
            scene.remove_pod(pod)

    def start_server(self, build):
        """Each light server is a mouse's, each heavy one iperf3's."""
        server = self.server
        if self.heavy:
            server.start('iperf3', '-s', '-p', ELEPHANT_PORT)
            wait_for('iperf3\'s server',
                     lambda: server.has_socket('tcp', ELEPHANT_PORT))
        else:
            server.start(os.path.join(build, 'tests/benefit/ping-pong'), '--server',
                         server.addresses[4], MICE_PORT)
            wait_for('the mice\'s server', lambda: server.has_socket('udp', MICE_PORT))

    def start_elephant(self):
        iperf3 = f'iperf3 -c {self.server.addresses[4]} -p {ELEPHANT_PORT} > /dev/null'
        if self.kind == CHANGING:
            on, off = PHASES
            self.process = self.client.start('sh', '-c', f"""while :; do
                setpriv --pdeathsig KILL {iperf3} -t {on}; sleep {off}
            done""")
        else:
            self.process = self.client.start('sh', '-c', f'exec {iperf3} -t 80000')

    def start_mice(self, build, seed, seconds):
        return self.client.start(
            os.path.join(build, 'tests/benefit/ping-pong'), '--seed', seed,
            *(BURSTS if self.kind == BURSTY else MICE), '--seconds', seconds,
            self.server.addresses[4], MICE_PORT)

    def count_received(self):
        """Bytes that the server's interface received."""
        pid = self.server.processes[0].pid
        with open(f'/proc/{pid}/net/dev', encoding='ascii') as f:
            line = next(line for line in f if line.strip().startswith('eth0:'))
        return int(line.split(':')[1].split()[0])

    def describe(self):
        return [p.worker.name for p in self.places]

    def name_kind(self):
        return next(name for name, kind in KINDS.items() if kind == self.kind)


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
        run('ovsdb-server', '--detach', '--no-chdir', '-vconsole:off',
            f'--pidfile={self.directory}/db.pid', f'--log-file={self.directory}/db.log',
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
        return sum(r['heavy_trials'] for r in rows
                   if r['workload'].endswith('/' + workload))

    def get_loads(self):
        """Returns what each node moves, in bit/s: a number per node."""
        rows = self.transact({'op': 'select', 'table': 'Node', 'columns':
                              ['name', 'bits_in', 'bits_out'], 'where': []})[0]['rows']
        return {r['name']: r['bits_in'] + r['bits_out'] for r in rows}

    def get_trials(self):
        return self.transact({'op': 'select', 'table': 'Observation', 'columns': [
            'node', 'workload', 'trials', 'heavy_trials'], 'where': []})[0]['rows']

    def set_trials(self, rows):
        """Writes what get_trials() returned."""
        self.transact(*({
            'op': 'update', 'table': 'Observation',
            'where': [[c, '==', row[c]] for c in ('node', 'workload')],
            'row': {c: row[c] for c in ('trials', 'heavy_trials')}} for row in rows))

    def flip(self):
        """Makes heavy workloads light, and light ones heavy, as if by hand."""
        rows = self.get_trials()
        for row in rows:
            heavy = row['workload'].split('/')[-1] in HEAVY_WORKLOADS
            row.update(trials=3.0, heavy_trials=0.0 if heavy else 3.0)
        self.set_trials(rows)

    def is_quiet(self):
        """Is nobody heavy any more, for all that is in the database?"""
        rows = self.transact({'op': 'select', 'table': 'Node', 'columns': ['heavy'],
                              'where': []})[0]['rows']
        return not any(r['heavy'] for r in rows)

    @staticmethod
    def ask(name, nodes):
        """Returns the score of each node for a pod, as kube-scheduler asks for it."""
        generate, suffix = name.rsplit('-', 1)
        template_hash = generate.rsplit('-', 1)[1]
        pod = {'metadata': {'name': name, 'namespace': 'benefit',
                            'generateName': generate + '-', 'uid': suffix,
                            'labels': {'pod-template-hash': template_hash}},
               'spec': {}}
        request = urllib.request.Request(
            f'http://127.0.0.1:{EXTENDER_PORT}/prioritize', method='POST',
            headers={'Content-Type': 'application/json'},
            data=json.dumps({'Pod': pod, 'Nodes': None, 'NodeNames': nodes}).encode())
        with urllib.request.urlopen(request, timeout=600) as answer:
            return {s['Host']: s['Score'] for s in json.load(answer)}


class Trial:
    """A policy, and the pairs that it has placed."""

    def __init__(self, scene, footprint, policy, plan):
        self.scene = scene
        self.plan = plan
        self.live = policy in LIVE
        self.rng = random.Random(plan['seed'])
        self.pairs = {}         # By number.
        self.placer = Placer(scene.workers, policy, plan['seed'],
                             {'ask': self.ask, 'loads': footprint.get_loads})
        self.footprint = footprint

    def ask(self, name):
        # What daemons learn meanwhile would mend it.
        if self.placer.policy == 'flipped':
            self.footprint.flip()
        return self.footprint.ask(name, [w.name for w in self.scene.workers])

    def add(self, number, kind):
        """A pod is there before the next one is placed."""
        pair = self.pairs[number] = Pair(kind)
        for workload in kind:
            pair.places.append(self.placer.place(make_name(workload, self.rng)))
            if self.live:
                pair.plug(self.scene)
                time.sleep(SETTLE)
        if self.live and pair.heavy:
            time.sleep(BEGIN)

    def remove(self, number):
        pair = self.pairs.pop(number)
        self.placer.remove(pair.places)
        if self.live:
            pair.unplug(self.scene)
            time.sleep(FORGET if pair.heavy else SETTLE)

    def run_events(self):
        """Policies that do not look at traffic need none until all are in place."""
        plan = self.plan
        if self.live:
            wait_for('the last trial is forgotten', self.footprint.is_quiet,
                     interval=0.2)
        for verb, number, *kind in make_events(plan['seed'], plan['mix'],
                                               plan['turnover']):
            if verb == 'add':
                self.add(number, *kind)
            else:
                self.remove(number)
        if not self.live:
            for pair in self.pairs.values():
                for _ in pair.kind:
                    pair.plug(self.scene)
            time.sleep(ACQUAINT)

    def get_pairs(self, heavy):
        return [p for p in self.pairs.values() if p.heavy == heavy]

    def start_mice(self, seed, seconds):
        """Has all mice run at a time."""
        return [p.start_mice(self.scene.build, seed + i, seconds)
                for i, p in enumerate(self.get_pairs(False))]

    def measure_mice(self, seed, seconds):
        """Does so, and returns what each found."""
        return [get_output(process) for process in self.start_mice(seed, seconds)]

    def measure(self):
        """Returns what a row of the results has."""
        heavy, seed = self.get_pairs(True), self.plan['seed']
        if self.plan['queues']:
            wait_for('all elephants are in their queue',
                     lambda: self.scene.count_treated() >= len(heavy), interval=0.2)
        self.measure_mice(seed + 1000, WARM_UP)
        start, before = time.monotonic(), [p.count_received() for p in heavy]
        loaded = self.measure_mice(seed, self.plan['seconds'])
        span = time.monotonic() - start
        rates = [(p.count_received() - b) * 8 / span for p, b in zip(heavy, before)]
        for p in heavy:
            p.process.kill()
        time.sleep(SETTLE)
        alone = self.measure_mice(seed, self.plan['seconds'])
        return {'answers': self.placer.answers,
                'elephants': [{'places': p.describe(), 'bits_per_second': round(rate),
                               'kind': p.name_kind(), 'duty': duty_of(p.kind)}
                              for p, rate in zip(heavy, rates)],
                'mice': [{'places': p.describe(), 'kind': p.name_kind(),
                          'loaded': one, 'alone': other}
                         for p, one, other in zip(self.get_pairs(False), loaded,
                                                  alone)]}


def make_cluster(plan):
    """Returns a scene that is up, and its database and extender."""
    scene = Scene(plan['hypervisors'], plan['build'], WORKER_LINK, WIRE)
    scene.daemons = 'hypervisors'
    scene.queues = plan['queues']
    # The queue has to be here, not in the link.
    speed = scene.wire.rate * (0.95 if scene.queues else 1)
    footprint = Footprint(plan['build'])
    footprint.start(os.path.join(plan['source'], 'ovsdb/footprint.ovsschema'))
    scene.set_up(dict(SETTINGS, **{
        'footprint-remote': footprint.remote,
        'footprint-uplinks': f'uplink={speed:.0f}',
        'footprint-policy': 'queue=1' if scene.queues else 'none'}))
    return scene, footprint


def learn(scene, footprint, plan):
    """Has each workload run once, anywhere, for the daemons to learn from."""
    trial = Trial(scene, footprint, 'random', plan)
    start = time.monotonic()
    trial.live = True
    for number, kind in enumerate(KINDS.values()):
        trial.add(number, kind)
    mice = trial.start_mice(plan['seed'], 2)
    for workload in HEAVY_WORKLOADS:
        wait_for(f'{workload} is learned',
                 lambda w=workload: footprint.count_heavy_trials(w) > 0, interval=0.2)
    took = time.monotonic() - start
    note(f'learned in {took:.1f} virtual seconds')
    for process in mice:
        get_output(process)
    scene.remove_pods()
    return {'kind': 'cluster-learned', 'seconds': round(took, 2),
            'places': [p.describe() for p in trial.pairs.values()]}


def run_cluster(scene, footprint, plan, report):
    try:
        report(learn(scene, footprint, plan))
    except RuntimeError:
        for hypervisor in scene.hypervisors:
            note(hypervisor.describe())
        raise
    for i in range(plan['trials']):
        run_policies(scene, footprint, dict(plan, seed=plan['seed'] * 1000 + i), report)


def run_policies(scene, footprint, plan, report):
    """One trial of each policy, in a random order."""
    order = list(plan['policies'])
    random.Random(plan['seed']).shuffle(order)
    for policy in order:
        start = time.monotonic()
        trial = Trial(scene, footprint, policy, plan)
        learned = footprint.get_trials()
        trial.run_events()
        row = dict(trial.measure(), kind='cluster', seed=plan['seed'],
                   policy=policy + ('+queue' if plan['queues'] else ''))
        report(row)
        scene.remove_pods()
        if policy == 'flipped':
            footprint.set_trials(learned)
        worst = max(slowdowns(row, 'p99'))
        note(f'{policy}: worst p99 {worst:.1f} times alone, elephants'
             f' {throughput(row) / 1e6:.1f} Mbit/s,'
             f' {time.monotonic() - start:.1f} virtual seconds')
