# SPDX-License-Identifier: Apache-2.0
"""A cluster whose traffic is computed, for curves: far more trials than can be
measured.

The scheduler is the real one (scheduler.c, cluster-*.c and policy.c, driven by
tests/unit/test-pure), and so are the arrivals and the other policies (placement.py).
Modelled is what daemons would write, and traffic: elephants share links fairly
(max-min), and mice are slow if a link of theirs is full in a direction in which they
send.  That is what queues made of it where it was measured."""

import collections
import json
import random
import subprocess

from placement import CHANGING, ELEPHANTS, HEAVY_WORKLOADS, LIVE, MIX, Placer, \
    duty_of, make_events, make_name, workload_of

WORKER, WIRE = 12500, 6250      # kbit/s: "Mbit/s" for the driver, so as to be whole.
INTERVAL = 2                    # Seconds between events.
STALE = 100                     # Seconds without a heartbeat.

# One of a policy.  'seed' decides what arrives when, of 'mix'; 'turnover' times a pair
# ends and another one comes.  So many of the 'hypervisors' are 'stale': they say
# nothing.
Trial = collections.namedtuple('Trial', 'policy seed mix turnover hypervisors stale',
                               defaults=(MIX, 8, 4, 0))


class Worker:
    def __init__(self, number, hypervisor):
        self.number = number
        self.name = f'w{number}'
        self.hypervisor = hypervisor


class Nobody:
    """Is told what Driver is, and says nothing."""

    def say(self, line):
        pass

    def close(self):
        pass


class Driver:
    """Talks to the scheduler of test-pure."""

    def __init__(self, program):
        self.process = subprocess.Popen(['stdbuf', '-oL', program, 'scheduler'],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, bufsize=1)

    def say(self, line):
        self.process.stdin.write(line + '\n')
        self.process.stdin.flush()

    def ask(self, line):
        """Returns what is answered in JSON."""
        self.say(line)
        for answer in self.process.stdout:
            if answer.startswith('['):
                return json.loads(answer)
        raise RuntimeError(f'the scheduler ended at "{line}"')

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def path(client, server):
    """Returns the directions of links that lead from one worker to another."""
    across = client.hypervisor != server.hypervisor
    return [('up', client), *([('up', client.hypervisor), ('down', server.hypervisor)]
                              if across else []), ('down', server)]


def capacity(link):
    return WORKER if isinstance(link[1], Worker) else WIRE


def share(flows):
    """Returns the rate of each flow, a list of links: max-min fair."""
    rates = [None] * len(flows)
    left = {link: capacity(link) for flow in flows for link in flow}
    while None in rates:
        waiting = [f for f, r in zip(flows, rates) if r is None]
        users = {link: sum(link in f for f in waiting) for f in waiting for link in f}
        tightest = min(users, key=lambda link: left[link] / users[link])
        rate = left[tightest] / users[tightest]
        for i, flow in enumerate(flows):
            if rates[i] is None and tightest in flow:
                rates[i] = rate
                for link in flow:
                    left[link] -= rate
    return rates


class Cluster:
    """What a Trial is made with."""

    def __init__(self, program, trial):
        self.hypervisors = [f'h{i + 1}' for i in range(trial.hypervisors)]
        self.workers = [Worker(i + 1, self.hypervisors[i // 2])
                        for i in range(2 * trial.hypervisors)]
        self.driver = Driver(program) if trial.policy in LIVE else Nobody()
        self.placer = Placer(self.workers, trial.policy, trial.seed,
                             {'ask': self.ask, 'loads': self.get_loads})
        self.stale = set(self.hypervisors[:trial.stale])
        self.pairs = {}         # Kind and places, by number.
        self.random = random.Random(f'phases {trial.seed}')
        self.resting = set()    # Numbers of changing pairs that send nothing now.
        self.instances = {}     # What the scheduler was told, by pod.
        self.time = 1000
        self.driver.say(f'time {self.time}')
        for h in self.hypervisors:
            self.driver.say(f'node {h} speed={WIRE} seen=1000000')
        for w in self.workers:
            self.driver.say(f'node {w.name} hypervisor={w.hypervisor} seen=1000000')
        self.time += STALE
        self.publish()

    def learn(self, workload, trials, heavy):
        """'trials' pods of 'workload' ran, of which 'heavy' were heavy."""
        self.driver.say(f'learn default/deployment/{workload} {trials} {heavy} 1000'
                        f' {WIRE * 1e6 / 8 * 1000 if heavy else 0:.0f}')

    def ask(self, name):
        names = ' '.join(w.name for w in self.workers)
        return {s['Host']: s['Score']
                for s in self.driver.ask(f'place {name} - {names}')}

    def get_traffic(self, resting=()):
        """Returns what elephants take of links, each pod's role and rate, and what all
        get over time, if those whose numbers are in 'resting' send nothing."""
        used, pods, total = {}, {}, 0
        heavy = [pair for number, pair in self.pairs.items()
                 if pair[0] in ELEPHANTS and number not in resting]
        flows = [path(*(p.worker for p in places)) for _, places in heavy]
        for (kind, places), flow, rate in zip(heavy, flows, share(flows)):
            for link in flow:
                used[link] = used.get(link, 0) + rate
            pods.update({p.name: (role, rate)
                         for p, role in zip(places, ('source', 'sink'))})
            total += rate * duty_of(kind)
        return used, pods, total

    def change(self):
        """Has changing pairs send or not, as if at any time."""
        self.resting = {number for number, (kind, _) in self.pairs.items()
                        if kind == CHANGING and self.random.random() >= duty_of(kind)}

    def get_loads(self):
        _, pods, _ = self.get_traffic(self.resting)
        return {w.name: sum(pods.get(p.name, (0, 0))[1] for p in self.placer.places
                            if p.worker is w) for w in self.workers}

    def publish(self):
        """Says what daemons would write, those who are heard of."""
        used, pods, _ = self.get_traffic(self.resting)
        self.driver.say(f'time {self.time}')
        for h in self.hypervisors:
            if h not in self.stale:
                self.driver.say(f'node {h} speed={WIRE}'
                                f' out={used.get(("up", h), 0):.0f}'
                                f' in={used.get(("down", h), 0):.0f}')
        now = {}
        for p in self.placer.places:
            if p.worker.hypervisor not in self.stale:
                now[p.name] = p.worker, *pods.get(p.name, ('none', 0))
        for w in self.workers:
            if w.hypervisor not in self.stale:
                mine = [rate for where, _, rate in now.values() if where is w]
                self.driver.say(f'node {w.name} hypervisor={w.hypervisor}'
                                f' heavy={sum(r > 0 for r in mine)}'
                                f' light={sum(not r for r in mine)}')
        self.publish_instances(now)

    def publish_instances(self, now):
        for name in set(self.instances) - set(now):
            self.driver.say(f'ended {name}')
        for name, (worker, role, rate) in now.items():
            if self.instances.get(name) != (worker, role, rate):
                self.driver.say(f'instance {name} {worker.hypervisor} {worker.name}'
                                f' default/{name} {"heavy" if rate else "light"} {role}'
                                f' {rate:.0f} default/deployment/{workload_of(name)}')
        self.instances = now

    def apply(self, event, name_pod):
        verb, number, *kind = event
        if verb == 'add':
            places = []
            for workload in kind[0]:
                places.append(self.placer.place(name_pod(workload)))
                self.publish()
            self.pairs[number] = kind[0], places
        else:
            self.placer.remove(self.pairs.pop(number)[1])
        self.time += INTERVAL
        self.change()
        self.publish()

    def judge(self):
        """Returns how many pairs of mice are slow, and what all elephants get."""
        used, _, total = self.get_traffic()
        full = {link for link, rate in used.items() if rate > 0.9 * capacity(link)}
        slow = 0
        for kind, (client, server) in self.pairs.values():
            links = path(client.worker, server.worker) \
                + path(server.worker, client.worker)
            slow += kind not in ELEPHANTS and bool(full & set(links))
        return slow, total

    def close(self):
        self.driver.close()


def run_trial(program, trial, learned):
    """Returns what judge() says after each event.  'learned' is a function of a
    workload and of how often pods of it ran before, and returns its trials and how many
    were heavy."""
    cluster = Cluster(program, trial)
    rng, ran, results = random.Random(trial.seed), {}, []

    def name_pod(workload):
        cluster.learn(workload, *learned(workload, ran.get(workload, 0)))
        ran[workload] = ran.get(workload, 0) + 1
        return make_name(workload, rng)

    for event in make_events(trial.seed, trial.mix, trial.turnover):
        cluster.apply(event, name_pod)
        results.append(cluster.judge())
    cluster.close()
    return results


def truth(workload, _ran):
    return (3, 3) if workload in HEAVY_WORKLOADS else (3, 0)
