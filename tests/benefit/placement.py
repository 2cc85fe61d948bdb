# SPDX-License-Identifier: Apache-2.0
"""Policies that say where pods go, and who arrives and leaves, for cluster.

A placer knows workers (which have a number, a name and a hypervisor) and places (pods,
or what stands for one: it has a worker and a name).  Nothing here touches a network, so
that policies which do not look at traffic can be asked before there is any."""

import random

# Kinds of pairs, by their workloads: heavy ones send as much as they can, changing ones
# only for PHASES[0] seconds, and then nothing for PHASES[1], and so on; light ones send
# small requests, and bursty ones several larger ones at a time.
HEAVY = ('backup', 'archive')
CHANGING = ('report', 'store')
LIGHT = ('web', 'cart')
BURSTY = ('feed', 'cache')
KINDS = {'heavy': HEAVY, 'changing': CHANGING, 'light': LIGHT, 'bursty': BURSTY}
ELEPHANTS = (HEAVY, CHANGING)
HEAVY_WORKLOADS = HEAVY + CHANGING
LIGHT_WORKLOADS = LIGHT + BURSTY
PHASES = (3, 5)

# How many pairs of each kind are there.
MIX = {'heavy': 1, 'changing': 1, 'light': 6, 'bursty': 2}

# As kube-scheduler would weigh it: a point of an extender of weight 10 counts as much
# as all of least-allocated.
EXTENDER_POINT = 100

# Those that ask ovs-footprint-scheduler, or look at what nodes move: they need traffic.
LIVE = ('one-number', 'footprint', 'flipped')


def workload_of(name):
    return name.split('-')[0]


def make_name(workload, rng):
    """As a Deployment's ReplicaSet names its pods."""
    alphabet = 'bcdfghjklmnpqrstvwxz2456789'
    return f'{workload}-7d4b9c6f5-' + ''.join(rng.choice(alphabet) for _ in range(5))


def duty_of(kind):
    """Returns the share of the time in which an elephant of that kind sends."""
    return PHASES[0] / sum(PHASES) if kind == CHANGING else 1


def make_events(seed, mix, turnover):
    """Returns who comes and goes, the same for each policy: ("add", NUMBER, kind) and
    ("remove", NUMBER), where NUMBER tells pairs.  'mix' is like MIX.

    First all arrive, in a random order.  Then 'turnover' times the pair that has been
    there longest ends, and another one of its kind takes its place."""
    kinds = [KINDS[name] for name, n in mix.items() for _ in range(n)]
    random.Random(seed).shuffle(kinds)
    events = [('add', i, kind) for i, kind in enumerate(kinds)]
    for i in range(turnover):
        events += [('remove', i), ('add', len(kinds), kinds[i])]
        kinds.append(kinds[i])
    return events


class Place:
    """Stands for a pod that is not there yet."""

    def __init__(self, worker, name):
        self.worker = worker
        self.name = name


class Placer:
    """Decides where a pod goes, by the name of its policy."""

    def __init__(self, workers, policy, seed, sources):
        """'sources' are functions: "ask", of a pod's name, returns the scores that
        ovs-footprint-scheduler gives to workers' names, and "loads" what each moves."""
        self.workers = workers
        self.policy = policy
        self.sources = sources
        self.random = random.Random(f'{policy} {seed}')
        self.places = []        # Of pods that are there.
        self.answers = []       # Of ovs-footprint-scheduler, a dict per pod.

    def count(self, worker, workloads=HEAVY_WORKLOADS + LIGHT_WORKLOADS):
        return sum(1 for p in self.places
                   if p.worker is worker and workload_of(p.name) in workloads)

    def score(self, name):
        """Returns what tells better workers, by worker: more is better."""
        if self.policy == 'one-number':
            loads = self.sources['loads']()
            return {w: (-loads.get(w.name, 0), -self.count(w)) for w in self.workers}
        if self.policy in LIVE:
            scores = self.sources['ask'](name)
            self.answers.append({'pod': name, 'scores': scores})
            return {w: EXTENDER_POINT * scores[w.name] - self.count(w)
                    for w in self.workers}
        by_worker = {'random': lambda w: 0,
                     'least-allocated': lambda w: -self.count(w),
                     'netmarks': lambda w: (self.is_peer_on(w, name), -self.count(w)),
                     'oracle': lambda w: self.score_by_class(w, workload_of(name))}
        return {w: by_worker[self.policy](w) for w in self.workers}

    def score_by_class(self, worker, workload):
        """The oracle: heavy pods have the first hypervisor to themselves, two on each
        of its workers, and light ones are spread over all others."""
        first = worker.hypervisor is self.workers[0].hypervisor
        if workload in LIGHT_WORKLOADS:
            return (not first, -self.count(worker))
        heavy = self.count(worker, HEAVY_WORKLOADS)
        return (first, heavy < 2, heavy)

    def is_peer_on(self, worker, name):
        """NetMARKS's rule: a pod goes where the pod is that it talks to, which is the
        one before it, if it is a pair's second."""
        return any(p.worker is worker
                   and (workload_of(p.name), workload_of(name)) == kind
                   for p in self.places[-1:] for kind in KINDS.values())

    def place(self, name):
        scores = self.score(name)
        best = max(scores.values())
        worker = self.random.choice([w for w in self.workers if scores[w] == best])
        place = Place(worker, name)
        self.places.append(place)
        return place

    def remove(self, places):
        self.places = [p for p in self.places if p not in places]
