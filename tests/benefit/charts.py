# SPDX-License-Identifier: Apache-2.0
"""Draws the charts of Documentation/benefit.rst, as SVG and as PNG."""

import matplotlib

matplotlib.use('Agg')
# So that the same figures make the same file.
matplotlib.rcParams['svg.hashsalt'] = 'ovs-footprint'
# Text that stays text.
matplotlib.rcParams['svg.fonttype'] = 'none'

from matplotlib import pyplot  # noqa: E402

from figures import PAPER  # noqa: E402

GREY, BLUE, GREEN = '#9a9a9a', '#2a6fbb', '#2e8b57'
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
        axes.text(x + offset, (y + (e or 0)) * 1.06, f'{y:.1f}', ha='center', fontsize=8)


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
    axes.set_yticks([1, 2, 5, 10, 20, 50, 100], ['1', '2', '5', '10', '20', '50', '100'])
    axes.minorticks_off()
    axes.set_xticks(range(len(BARS)), [title for _, title in BARS], fontsize=9)
    axes.set_ylabel('mice\'s p99 latency, relative to alone')
    axes.set_title('What an elephant does to mice, by where they are placed', fontsize=11)
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
