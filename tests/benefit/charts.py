# SPDX-License-Identifier: Apache-2.0
"""Draws the charts of Documentation/benefit.rst, as SVG and as PNG."""

import statistics

import matplotlib

matplotlib.use('Agg')
# So that the same figures make the same file.
matplotlib.rcParams['svg.hashsalt'] = 'ovs-footprint'
# Text that stays text.
matplotlib.rcParams['svg.fonttype'] = 'none'

from matplotlib import pyplot  # noqa: E402

from figures import PAPER, slowdowns, throughput  # noqa: E402

GREY, BLUE, GREEN, RED = '#9a9a9a', '#2a6fbb', '#2e8b57', '#b03a2e'
BARS = [('alone', 'one\nhypervisor'), ('across', 'across\nhypervisors'),
        ('one-worker', 'elephant on\nthe same worker'),
        ('across-loaded', 'elephant, both\nacross hypervisors'),
        ('control', 'elephant, but no\nlink in common')]


def save(figure, path):
    figure.tight_layout()
    figure.savefig(path + '.svg', metadata={'Date': None})
    with open(path + '.svg', encoding='utf-8') as f:
        lines = [line.rstrip() for line in f]
    with open(path + '.svg', 'w', encoding='utf-8') as f:
        f.write('\n'.join(lines) + '\n')
    figure.savefig(path + '.png', dpi=120, metadata={'Software': None})
    pyplot.close(figure)


def draw_bars(axes, offset, bars, label, color):
    """'bars' has a position, a height and half of a confidence interval each."""
    errors = [e or 0 for _, _, e in bars]
    axes.bar([x + offset for x, _, _ in bars], [y for _, y, _ in bars], 0.26,
             yerr=errors if any(errors) else None, label=label, color=color,
             error_kw={'capsize': 2, 'linewidth': 0.8})
    for x, y, e in bars:
        axes.text(x + offset, (y + (e or 0)) * 1.06, f'{y:.1f}', ha='center',
                  fontsize=8)


def draw_figure1(by_name, path):
    figure, axes = pyplot.subplots(figsize=(8.5, 4.2))
    draw_bars(axes, -0.27, [(i, PAPER[name], None) for i, (name, _) in enumerate(BARS)
                            if name in PAPER], 'Ghag 2019, figure 1', GREY)
    for family, offset, color in (('ipv4', 0, BLUE), ('ipv6', 0.27, GREEN)):
        bars = [(i, by_name[f'{name}-{family}']['value'],
                 by_name[f'{name}-{family}']['interval'])
                for i, (name, _) in enumerate(BARS) if f'{name}-{family}' in by_name]
        if bars:
            label = {'ipv4': 'this model, IPv4', 'ipv6': 'this model, IPv6'}[family]
            draw_bars(axes, offset, bars, label, color)
    axes.set_yscale('log')
    axes.set_ylim(0.7, 110)
    axes.set_yticks([1, 2, 5, 10, 20, 50, 100],
                    ['1', '2', '5', '10', '20', '50', '100'])
    axes.minorticks_off()
    axes.set_xticks(range(len(BARS)), [title for _, title in BARS], fontsize=9)
    axes.set_ylabel('mice\'s p99 latency, relative to alone')
    axes.set_title('What an elephant does to mice, by where they are placed',
                   fontsize=11)
    axes.legend(fontsize=9, loc='upper left')
    for side in ('top', 'right'):
        axes.spines[side].set_visible(False)
    save(figure, path)


def draw_sweep(figures, path):
    points = [f for f in figures if 'depth' in f]
    if not points:
        return
    figure, axes = pyplot.subplots(figsize=(6, 3.6))
    axes.errorbar([f['depth'] * 1e3 for f in points], [f['value'] for f in points],
                  yerr=[f['interval'] or 0 for f in points], marker='o', color=BLUE,
                  capsize=2)
    axes.axhline(PAPER['across-loaded'], color=GREY, linestyle='--', linewidth=1)
    axes.text(0, PAPER['across-loaded'] * 1.03, 'paper', color=GREY, fontsize=8)
    axes.set_xlabel('depth of a hypervisor\'s queue, ms')
    axes.set_ylabel('mice\'s p99, relative to alone')
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    for side in ('top', 'right'):
        axes.spines[side].set_visible(False)
    save(figure, path)


# From the bottom up; what is drawn in which color.
PLACED_BY = [('oracle', 'an oracle', GREY),
             ('flipped', 'footprints, classes\nflipped by hand', RED),
             ('footprint+queue', 'ovs-footprint-\nscheduler, queue', GREEN),
             ('footprint', 'ovs-footprint-\nscheduler', GREEN),
             ('netmarks', 'NetMARKS\'s rule,\ntrue traffic', BLUE),
             ('one-number', 'one number\nper node', BLUE),
             ('least-allocated+queue', 'least-allocated,\nqueue', BLUE),
             ('least-allocated', 'least-allocated', BLUE),
             ('random+queue', 'random, queue', BLUE),
             ('random', 'random', BLUE)]


def draw_trials(axes, placed_by, trials, value):
    """A row of points per policy, a point per trial, and a line at the median."""
    for y, (policy, _, color) in enumerate(placed_by):
        values = sorted(value(r) for r in trials if r['policy'] == policy)
        # Beside each other, so that equal ones are seen.
        n = min(len(values), 7)
        steps = [0.1 * (i % n - (n - 1) / 2) for i in range(len(values))]
        axes.plot(values, [y + s for s in steps], 'o', color=color, markersize=3.5,
                  alpha=0.6, markeredgewidth=0)
        axes.vlines(statistics.median(values), y - 0.4, y + 0.4, color=color,
                    linewidth=2)
    for side in ('top', 'right'):
        axes.spines[side].set_visible(False)


def draw_cluster(rows, path):
    trials = [r for r in rows if r['kind'] == 'cluster']
    if not trials:
        return
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(8.5, 4.4), sharey=True)
    tried = {r['policy'] for r in trials}
    placed_by = [row for row in PLACED_BY if row[0] in tried]
    draw_trials(left, placed_by, trials, lambda r: max(slowdowns(r, 'p99')))
    left.set_xscale('log')
    left.set_xticks([1, 2, 5, 10, 20], ['1', '2', '5', '10', '20'])
    left.minorticks_off()
    left.axvline(1.5, color=GREY, linestyle='--', linewidth=1)
    left.set_yticks(range(len(placed_by)), [title for _, title, _ in placed_by],
                    fontsize=9)
    left.set_xlabel('worst pair of mice: p99, relative to alone')
    draw_trials(right, placed_by, trials, lambda r: throughput(r) / 1e6)
    right.set_xlim(left=0)
    right.set_xlabel('all elephants, Mbit/s')
    figure.suptitle('Pods placed by policies: a point per trial, a line at the median',
                    fontsize=11)
    save(figure, path)


def strip(axes):
    for side in ('top', 'right'):
        axes.spines[side].set_visible(False)
    # Room for the legend above what is drawn.
    axes.set_ylim(0, 1.5 * axes.get_ylim()[1])
    axes.legend(fontsize=7.5, frameon=False, loc='upper right')


def draw_instances(axes, points):
    for share, color in zip(sorted({p['share'] for p in points}, reverse=True),
                            (GREEN, BLUE, RED)):
        line = [p for p in points if p['share'] == share]
        axes.plot([p['x'] for p in line], [p['slow'] for p in line], marker='o',
                  markersize=3, color=color, label=f'{share:.0%} of them heavy')
    axes.set_xlabel('pods of each heavy workload seen before')
    axes.set_ylabel('slow pairs of mice')


def draw_way(axes, points):
    for point, color in zip(points, (RED, BLUE, GREEN, GREY)):
        axes.plot(range(1, len(point['by_event']) + 1), point['by_event'], color=color,
                  label=point['x'])
    axes.set_xlabel('pairs that came and went')


def draw_silent(axes, points):
    ours = [p for p in points if p['policy'] == 'footprint']
    for what, title, color in (('slow_on_the_way', 'mean on the way', BLUE),
                               ('slow', 'at the end', GREEN)):
        axes.plot([100 * p['x'] for p in ours], [p[what] for p in ours], marker='o',
                  markersize=3, color=color, label=title)
    random = next(p for p in points if p['policy'] == 'random')
    axes.axhline(random['slow'], color=GREY, linestyle='--', linewidth=1,
                 label='random, at the end')
    axes.set_xlabel('% of hypervisors not heard of')


def draw_curves(rows, path):
    curves = [r for r in rows if r['kind'] == 'curve']
    if not curves:
        return
    figure, axes = pyplot.subplots(1, 3, figsize=(10.5, 3.5))
    for name, draw, part in zip(('instances', 'way', 'silent'),
                                (draw_instances, draw_way, draw_silent), axes):
        draw(part, [r for r in curves if r['curve'] == name])
        strip(part)
    save(figure, path)
