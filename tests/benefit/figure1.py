# SPDX-License-Identifier: Apache-2.0
"""The placements of figure 1 of Ghag (Linux Plumbers Conference 2019), for guest."""

import os
import random
import re

from scene import get_output, note, wait_for

MICE_PORT = 11111
ELEPHANT_PORT = 5201
MICE_RATE = 150                 # Requests per second.
GRACE = 0.5                     # Seconds in which the last are answered.

# Who is on which worker: client and server of the mice, and of the elephant, if there
# is one.  Workers 1 and 2 are on the first hypervisor, 3 and 4 on the second.
PLACEMENTS = {
    'alone': ((1, 2), None),
    'across': ((1, 3), None),
    'one-worker': ((1, 1), (1, 1)),
    'across-loaded': ((1, 3), (2, 4)),
    # No link in common.
    'control': ((3, 4), (1, 2)),
    # The paper's further remarks: beside the iperf client, only the mice's client or
    # server.
    'client-beside': ((1, 3), (1, 4)),
    'server-beside': ((3, 1), (1, 4)),
}


class Experiment:
    """Pods in their places, and traffic between them."""

    def __init__(self, scene, placement):
        self.scene = scene
        self.placement = placement
        mice, elephant = PLACEMENTS[placement]
        self.mice = [scene.add_pod(w, f'mice-{role}') for w, role in
                     zip(mice, ('client', 'server'))]
        self.elephant = [scene.add_pod(w, f'elephant-{role}') for w, role in
                         zip(elephant or (), ('client', 'server'))]
        for client, server in filter(None, (self.mice, self.elephant)):
            client.introduce([server])
            server.introduce([client])
        self.start_servers()

    def start_servers(self):
        server = self.mice[1]
        for family in (4, 6):
            server.start(self.program('ping-pong'), '--server',
                         server.addresses[family], MICE_PORT + family)
        wait_for('the mice\'s server', lambda: server.has_socket('udp', MICE_PORT + 4)
                 and server.has_socket('udp', MICE_PORT + 6))
        if self.elephant:
            self.elephant[1].start('iperf3', '-s', '-p', ELEPHANT_PORT)
            wait_for('iperf3\'s server',
                     lambda: self.elephant[1].has_socket('tcp', ELEPHANT_PORT))

    def program(self, name):
        return os.path.join(self.scene.build, 'tests/benefit', name)

    def start_elephant(self, family, warm_up, seconds):
        """Starts the elephant, if there is one, and waits until its queue is full, and
        daemons know it: their work for that, once, the mice would wait for, as there is
        one processor."""
        process = None
        if self.elephant:
            client, server = self.elephant
            process = client.start('iperf3', '-J', '-c', server.addresses[family], '-p',
                                   ELEPHANT_PORT, '-O', warm_up, '-t', seconds + 5)
        # Their first packets are ovs-vswitchd's business, and not what is measured.
        get_output(self.start_mice(family, 0, warm_up))
        if self.elephant:
            wait_for('the elephant is known', lambda: all(
                p.get_footprint() == 'heavy' for p in self.elephant), interval=0.2)
            get_output(self.start_mice(family, 0, warm_up))
        return process

    def start_mice(self, family, seed, seconds):
        client, server = self.mice
        return client.start(self.program('ping-pong'), '--seed', seed + 1, '--rate',
                            MICE_RATE, '--seconds', seconds, '--grace', GRACE,
                            server.addresses[family], MICE_PORT + family)

    def start_watch(self, seconds):
        """Watches the queue that the elephant's client has to pass first, and those of
        its hypervisor."""
        if not self.elephant:
            return {}
        worker = self.elephant[0].worker
        hypervisor = worker.hypervisor
        watch = self.scene.watch_queues
        return {worker.name: watch(worker.name, seconds, ['uplink']),
                hypervisor.name: watch(hypervisor.name, seconds,
                                       ['uplink', worker.name])}

    def measure(self, family, warm_up, seconds, seed):
        """Returns what a row of the results has."""
        elephant = self.start_elephant(family, warm_up, seconds)
        watch = self.start_watch(seconds)
        mice = self.start_mice(family, seed, seconds)
        row = {'placement': self.placement, 'family': f'ipv{family}', 'seed': seed,
               'seconds': seconds, 'mice': get_output(mice)}
        row['queues'] = {node: get_output(w) for node, w in watch.items()}
        if elephant:
            end = get_output(elephant)['end']
            row['elephant'] = {
                'bits_per_second': round(end['sum_received']['bits_per_second']),
                'retransmits': end['sum_sent']['retransmits']}
        row['footprints'] = {p.name: p.get_footprint()
                             for p in self.mice + self.elephant}
        return row

    def cross_check(self, warm_up, seconds):
        """The same with sockperf, IPv4."""
        client, server = self.mice
        server.start('sockperf', 'server', '-i', server.addresses[4], '-p', MICE_PORT)
        wait_for('sockperf\'s server', lambda: server.has_socket('udp', MICE_PORT))
        # sockperf takes its time to begin and to end.
        elephant = self.start_elephant(4, warm_up, 10 * seconds)
        sockperf = client.start('sockperf', 'ping-pong', '-i', server.addresses[4],
                                '-p', MICE_PORT, '-m', 64, '-t', seconds)
        out = sockperf.communicate()[0]
        if elephant:
            elephant.kill()
        found = dict(re.findall(r'percentile (50\.000|99\.000) = +([0-9.]+)', out))
        return {'placement': self.placement, 'family': 'ipv4', 'seconds': seconds,
                'sockperf': {'p50': float(found['50.000']),
                             'p99': float(found['99.000']),
                             'count': int(re.search(r'Total (\d+) observations',
                                                    out).group(1))}}

    def close(self):
        self.scene.remove_pods()


def run_figure1(scene, plan, report):
    """Measures each placement that 'plan' names, in an order that its seed decides."""
    seconds_of = plan.get('seconds_of', {})
    order = list(plan['placements'])
    random.Random(plan['seed']).shuffle(order)
    for placement in order:
        experiment = Experiment(scene, placement)
        for family in plan['families']:
            row = experiment.measure(family, plan['warm_up'],
                                     seconds_of.get(placement, plan['seconds']),
                                     plan['seed'])
            report(dict(row, kind='latency', wire_queue=scene.wire.queue))
            rate = row.get('elephant', {}).get('bits_per_second', 0)
            note(f'{placement}, IPv{family}: p50 {row["mice"]["p50"]}, p99'
                 f' {row["mice"]["p99"]} us, elephant {rate / 1e6:.1f} Mbit/s')
        if placement in plan['sockperf']:
            report(dict(experiment.cross_check(plan['warm_up'], plan['seconds']),
                        kind='sockperf', seed=plan['seed']))
        experiment.close()


def run_sweep(scene, plan, report):
    """Both pairs across hypervisors, over depths of the wire's queue."""
    depth = scene.wire.queue
    for queue in plan['sweep']:
        scene.set_wire_queue(queue)
        experiment = Experiment(scene, 'across-loaded')
        row = experiment.measure(4, plan['warm_up'], plan['seconds'], plan['seed'])
        report(dict(row, kind='sweep', wire_queue=queue))
        note(f'a queue of {queue * 1e3:.0f} ms: p99 {row["mice"]["p99"]} us')
        experiment.close()
    scene.set_wire_queue(depth)
