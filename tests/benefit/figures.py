# SPDX-License-Identifier: Apache-2.0
"""Makes figures of what was measured: for run, which prints them, and report, which
draws them.  By itself ("figures.py FILE...") it prints them, too, and fails as run
does.

A row is what guest wrote, a figure has a name, a mean over repetitions and its 95 %
confidence interval (Student's t)."""

import json
import math
import statistics
import sys

# What the paper has, relative to the pair alone on one hypervisor: 0.28, 1.16, 3.32 and
# 14.04 ms.
PAPER = {'alone': 1, 'across': 4.1, 'one-worker': 11.9, 'across-loaded': 50.1}
TITLES = {'alone': 'both on one hypervisor',
          'across': 'across hypervisors',
          'one-worker': 'beside an elephant on one worker',
          'across-loaded': 'both pairs across hypervisors',
          'control': 'control: no link in common',
          'client-beside': 'client beside the elephant\'s client',
          'server-beside': 'server beside the elephant\'s client'}

# Most that the control may be, relative to the p99 of the pair alone: else the model's
# one processor is what is measured.
CONTROL_LIMIT = 1.2

# Of two-sided 95 %, by degrees of freedom; from 30 on the normal distribution's.
STUDENT = [12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18,
           2.16, 2.14, 2.13, 2.12, 2.11, 2.10, 2.09, 2.09, 2.08, 2.07, 2.07, 2.06, 2.06,
           2.06, 2.05, 2.05, 2.05]


def summarize(values):
    """Returns the mean of values and half of the width of its confidence interval."""
    mean = statistics.mean(values)
    n = len(values)
    if n < 2:
        return mean, None
    t = STUDENT[n - 2] if n - 2 < len(STUDENT) else 1.96
    return mean, t * statistics.stdev(values) / n ** .5


def base_of(rows):
    """Returns the p50 of the pair alone, by repetition and family."""
    return {(r['repetition'], r['family']): r['mice']['p50'] for r in rows
            if r['kind'] == 'latency' and r['placement'] == 'alone'}


def make_figure(name, unit, values, **more):
    mean, half = summarize(values)
    return dict(figure=name, value=round(mean, 4), unit=unit, runs=len(values),
                interval=None if half is None else round(half, 4), **more)


def ratios(rows, kind, key, percentile):
    """Returns latencies relative to the pair alone in the same repetition, by what
    'key' makes of a row."""
    base = base_of(rows)
    found = {}
    for r in rows:
        alone = base.get((r.get('repetition'), r.get('family')))
        if r['kind'] == kind and alone and percentile in r['mice']:
            found.setdefault(key(r), []).append(r['mice'][percentile] / alone)
    return found


def loaded_queue(row):
    """Returns what was seen of the queue that was longest on average, or None."""
    queues = [q for devices in row['queues'].values() for q in devices.values()]
    return max(queues, key=lambda q: q['mean'], default=None)


def make_figures(rows):
    figures = []
    for (placement, family), values in ratios(
            rows, 'latency', lambda r: (r['placement'], r['family']), 'p99').items():
        figures.append(make_figure(f'{placement}-{family}', 'ratio', values,
                                   placement=placement, family=family))
    for (placement, family), values in ratios(
            rows, 'latency', lambda r: (r['placement'], r['family']), 'p50').items():
        figures.append(make_figure(f'{placement}-{family}-p50', 'ratio', values))
    for depth, values in sorted(ratios(rows, 'sweep', lambda r: r['wire_queue'],
                                       'p99').items()):
        figures.append(make_figure(f'queue-{depth * 1e3:g}ms', 'ratio', values,
                                   depth=depth))
    return figures + baseline_figures(rows) + cluster_figures(rows)


def one_way(model, placement):
    """Returns the delays that a packet of an idle model passes, in microseconds."""
    delay = 2 * model['worker_link']['delay']
    if placement == 'across':
        delay += 2 * model['wire']['delay']
    return delay * 1e6


def baseline_figures(rows):
    """What tells whether the model is what it is meant to be."""
    model = next((r for r in rows if r['kind'] == 'model'), None)
    figures = []
    if not model:
        return figures
    for placement in ('alone', 'across'):
        idle = [r['mice']['p50'] / one_way(model, placement) for r in rows
                if r['kind'] == 'latency' and r['placement'] == placement]
        if idle:
            figures.append(make_figure(f'idle-latency-{placement}', 'of the model',
                                       idle))
    for placement, link in (('one-worker', 'worker_link'), ('across-loaded', 'wire')):
        loaded = [r for r in rows if r['kind'] == 'latency'
                  and r['placement'] == placement and r.get('elephant')]
        if not loaded:
            continue
        rate, depth = model[link]['rate'], model[link]['queue']
        figures.append(make_figure(
            f'throughput-{placement}', 'of the model',
            [r['elephant']['bits_per_second'] / rate for r in loaded]))
        for what in ('mean', 'max'):
            figures.append(make_figure(
                f'queue-{what}-{placement}', 'of the model',
                [loaded_queue(r)[what] * 8 / rate / depth for r in loaded]))
        figures.append(make_figure(
            f'lost-{placement}', 'fraction',
            [r['mice']['lost'] / r['mice']['sent'] for r in loaded]))
    return figures


POLICIES = {'random': 'random',
            'least-allocated': 'fewest pods first (least-allocated)',
            'one-number': 'the node that moves least (one number for all pods)',
            'netmarks': 'where the pod is that it talks to (NetMARKS)',
            'footprint': 'ovs-footprint-scheduler, from what was learned',
            'flipped': 'the same, classes flipped in the database',
            'oracle': 'an oracle that knows the classes',
            'random+queue': 'random, and elephants in a queue of their own',
            'least-allocated+queue': 'fewest pods first, and that queue',
            'footprint+queue': 'ovs-footprint-scheduler, and that queue'}


def slowdowns(row, percentile):
    """Returns what became of each light pair's latency, relative to the same percentile
    of the same pair in the same place without elephants: infinite if nothing was
    answered."""
    return [m['loaded'].get(percentile, math.inf) / m['alone'][percentile]
            for m in row['mice']]


def throughput(row):
    return sum(e['bits_per_second'] for e in row['elephants'])


def shares_link(one, other):
    """Have two pairs of pods, given by their workers' names, a worker in common?"""
    return bool(set(one['places']) & set(other['places']))


def links(pair):
    """Returns the links that a pair of pods uses: its workers', and their hypervisors'
    if these are two (workers 1 and 2 are on the first one, and so on)."""
    workers = [int(name[1:]) for name in pair['places']]
    hypervisors = {(w - 1) // 2 for w in workers}
    return {f'w{w}' for w in workers} | ({f'h{h}' for h in hypervisors}
                                         if len(hypervisors) > 1 else set())


def control_slowdowns(row):
    """Returns the slowdowns of pairs that share no link with an elephant, whatever the
    policy was: what remains is the model's one processor."""
    taken = set().union(*map(links, row['elephants']))
    return [s for m, s in zip(row['mice'], slowdowns(row, 'p99'))
            if not links(m) & taken]


def make_median(name, unit, values):
    return dict(figure=name, value=round(statistics.median(values), 4), unit=unit,
                runs=len(values), interval=None)


def policy_figures(policy, trials, alone):
    """'alone' is what all elephants of a trial could have at most."""
    figures = []
    for percentile in ('p50', 'p99', 'p99.9'):
        # A trial is as good as its worst pair.
        worst = [max(slowdowns(r, percentile)) for r in trials]
        name = f'cluster-{policy}-{percentile}'
        figures += [make_median(name, 'times alone', worst),
                    make_median(name + '-worst', 'times alone', [max(worst)])]
    return figures + [
        make_figure(f'cluster-{policy}-throughput', 'of alone',
                    [throughput(r) / alone for r in trials]),
        make_figure(f'cluster-{policy}-slow', 'light pairs at 2 times alone or more',
                    [sum(s >= 2 for s in slowdowns(r, 'p99')) for r in trials]),
        make_figure(f'cluster-{policy}-beside',
                    'light pairs on a worker with a heavy pod',
                    [sum(any(shares_link(m, e) for e in r['elephants'])
                         for m in r['mice']) for r in trials])]


def cluster_figures(rows):
    figures = []
    model = next((r for r in rows if r['kind'] == 'cluster-model'), None)
    for policy in POLICIES:
        trials = [r for r in rows if r['kind'] == 'cluster' and r['policy'] == policy]
        if trials:
            duty = sum(e['duty'] for e in trials[0]['elephants'])
            figures += policy_figures(policy, trials,
                                      model['worker_link']['rate'] * duty)
    control = [s for r in rows if r['kind'] == 'cluster' for s in control_slowdowns(r)]
    if control:
        figures += [make_figure('cluster-control-p99', 'times alone', control),
                    make_median('cluster-control-p99-worst', 'times alone',
                                [max(control)])]
    learned = [r['seconds'] for r in rows if r['kind'] == 'cluster-learned']
    if learned:
        figures.append(make_median('cluster-learned', 'virtual seconds', learned))
    return figures


def check_cluster(figures):
    """Returns what ovs-footprint-scheduler has not reached, as sentences."""
    value = {f['figure']: f['value'] for f in figures}
    ours, complaints = 'cluster-footprint-', []
    if ours + 'p99' not in value:
        return complaints
    for name, limit in (('p99', 1.5), ('p99-worst', 2)):
        if value[ours + name] > limit:
            complaints.append(f'{ours}{name} is {value[ours + name]:.2f}, above'
                              f' {limit}')
    oracle = value.get('cluster-oracle-p99')
    if oracle and value[ours + 'p99'] > 1.1 * oracle:
        complaints.append(f'{ours}p99 is {value[ours + "p99"]:.2f}, an oracle\'s'
                          f' {oracle:.2f}')
    random = value.get('cluster-random-throughput', 0)
    if value[ours + 'throughput'] < random:
        complaints.append(f'{ours}throughput is {value[ours + "throughput"]:.2f},'
                          f' that of random places {random:.2f}')
    # What goes first depends on who meets whom: mice that wait, or elephants that
    # share.
    flipped = value.get('cluster-flipped-p99', 1e9)
    theirs = value.get('cluster-flipped-throughput', 0)
    if flipped <= 2 and theirs > 0.9 * value[ours + 'throughput']:
        complaints.append(f'cluster-flipped-p99 is {flipped:.2f}, and elephants have'
                          f' {theirs:.2f}: the benefit is not that of what was learned')
    return complaints


def print_figures(figures):
    width = max((len(f['figure']) for f in figures), default=0)
    for f in figures:
        interval = '' if f['interval'] is None else f' +- {f["interval"]:.2f}'
        print(f'{f["figure"]:{width}}  {f["value"]:8.2f}{interval}  {f["unit"]}'
              f' ({f["runs"]})')
    print()
    for f in figures:
        print(json.dumps(dict(bench='benefit', **f)))


def check_order(figures):
    """Returns what is not as it has to be, as sentences."""
    complaints = []
    for family in ('ipv4', 'ipv6'):
        value = {f['placement']: f['value'] for f in figures
                 if f.get('family') == family}
        order = [p for p in PAPER if p in value]
        for low, high in zip(order, order[1:]):
            if value[low] >= value[high]:
                complaints.append(f'{family}: {TITLES[low]} ({value[low]:.2f}) is not'
                                  f' below {TITLES[high]} ({value[high]:.2f})')
        limit = CONTROL_LIMIT * value.get('alone', 0)
        if value.get('control', 0) > limit > 0:
            complaints.append(f'{family}: the control is {value["control"]:.2f}, above'
                              f' {limit:.2f}: see the head of scene.py')
    return complaints


def read_rows(paths):
    rows = []
    for path in paths:
        with open(path, encoding='utf-8') as f:
            rows += map(json.loads, f)
    return rows


def conclude(rows):
    """Prints the figures of rows and what is wrong with them, and returns an exit
    status."""
    figures = make_figures(rows)
    print_figures(figures)
    complaints = check_order(figures) + check_cluster(figures)
    for complaint in complaints:
        print(f'tests/benefit/run: {complaint}', file=sys.stderr)
    return 1 if complaints else 0


if __name__ == '__main__':
    sys.exit(conclude(read_rows(sys.argv[1:])))
