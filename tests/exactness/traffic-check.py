#!/usr/bin/env python3
#
# SPDX-License-Identifier: Apache-2.0

"""Compares the elephants that a detector reported with what was sent.

Which flows are elephants is computed from what tests/exactness/traffic-gen wrote down
(SENT), and from what conntrack itself counted in the end: FILEs with the
output of "conntrack -E -e DESTROY -o timestamp", begun before the first flow,
and then of "conntrack -L".  The result is compared with the output of
tests/system/test-detector (--events), or of "ovs-appctl show-elephants
--format=json" (--elephants).

A definition leaves no doubt, but a measurement does.  So each flow is judged
twice, by a rate that is a bit higher, and by one that is a bit lower: if these
do not agree, it is "unclear", and may be reported or not.  For "poll", it must
be reported only if it is an elephant whenever the polls happen, also if they
are late, and must not only if it is one in no case.  "scan" is like "poll", but
for an entry that ends between two walks: nothing tells it of the end.

With --turned, the file says when flows began to be in the zone, as with
footprint-tracking=adaptive: "on FROM TO", in milliseconds.  What may differ
then is this, and nothing else: of a flow that had begun by then, the bytes
from before are in no count, it may have no entry or one whose first packet
was an answer, and the entry of one of UDP may be ASSURED later.

Prints what is missing and what is extra, and exits with status 1 if anything
is."""

import argparse
import bisect
import collections
import ipaddress
import json
import re
import sys

TOLERANCE = 0.1                 # Of rates.
PHASES = 16                     # Of polls.
LATE = (1, 1.5)                 # Intervals from one to the next.
REUSE = 600                     # Milliseconds within which the entry of a port
                                # that is used again ends after its flow.

Key = collections.namedtuple('Key', 'zone proto src sport dst dport')


Turned = collections.namedtuple('Turned', 'begin end')

# When a detector polls: each 'interval', the part 'phase' of one after a flow's first
# packet, and at the 'end'.
Polls = collections.namedtuple('Polls', 'interval phase end')


class Entry:
    """A conntrack entry, as it was in the end."""

    def __init__(self, key, nbytes, answered, destroyed):
        self.key = key
        self.bytes = nbytes     # Per direction.
        self.total = sum(nbytes)
        self.answered = answered
        self.destroyed = destroyed
        self.flow = None        # What was sent, from JSON.
        self.late = False       # Had the flow begun before it was tracked?
        self.reports = []       # [(time, event, bytes)]
        self.points = []        # [(time, bytes)], as conntrack counts.


def address(s):
    return str(ipaddress.ip_address(s))


def parse_conntrack(line):
    proto = re.search(r'\b(tcp|udp)\b', line)
    values = collections.defaultdict(list)
    for key, value in re.findall(r'(\w+)=(\S+)', line):
        values[key].append(value)
    if not proto or len(values['bytes']) != 2:
        return None
    key = Key(int(values['zone'][0]) if values['zone'] else 0, proto[1],
              address(values['src'][0]), int(values['sport'][0]),
              address(values['dst'][0]), int(values['dport'][0]))
    return Entry(key, [int(b) for b in values['bytes']],
                 '[UNREPLIED]' not in line, '[DESTROY]' in line)


def read_entries(files, zone):
    """Returns lists of entries, in the order in which they lived, by key."""
    entries = collections.defaultdict(list)
    for name in files:
        with open(name) as file:
            for line in file:
                entry = parse_conntrack(line)
                if entry and zone in (None, entry.key.zone):
                    entries[entry.key].append(entry)
    return entries


def reverse(key):
    return Key(key.zone, key.proto, key.dst, key.dport, key.src, key.sport)


def sent_by(flow, time):
    """How many bytes had been sent by 'time', in milliseconds?"""
    return max((orig + reply for msec, orig, reply in flow['sent']
                if flow['begin'] + msec <= time), default=0)


def turn_round(entries, sent, turned):
    """Takes the sender's for the first packet of the entries whose first
    packet was an answer, as those of flows under way may be.  Returns their
    keys."""
    late = {(f['proto'], address(f['src']), f['sport'], address(f['dst']),
             f['dport']) for f in sent if turned and f['begin'] <= turned.end}
    keys = {key for key in entries if reverse(key)[1:] in late}
    for key in keys:
        for entry in entries.pop(key):
            entry.key = reverse(key)
            entry.bytes.reverse()
            entries[entry.key].insert(0, entry)
    return keys


def set_late_points(entry, flow, turned):
    """As set_points(), for a flow that had begun before it was tracked.
    Returns a complaint if that does not explain what was counted."""
    total = sum(flow['sent'][-1][1:]) if flow['sent'] else 0
    first, last = sent_by(flow, turned.begin), sent_by(flow, turned.end)
    base = total - entry.total if flow['proto'] == 'udp' else (first + last) / 2
    scale = entry.total / (total - base) if total > base else 0

    entry.late = True
    entry.points = [(flow['begin'] + msec, (orig + reply - base) * scale)
                    for msec, orig, reply in flow['sent']
                    if flow['begin'] + msec >= turned.begin
                    and orig + reply > base]
    if flow['proto'] == 'udp' and not first <= base <= last:
        return (f'{entry.total} bytes counted, but {total - last} to '
                f'{total - first} sent since it was tracked: {entry.key}')
    return None


def set_points(entry, flow):
    """Scales what was sent to what was counted: the difference, for TCP, is
    headers and acknowledgements."""
    total = sum(flow['sent'][-1][1:]) if flow['sent'] else 0
    if total:
        scale = entry.total / total
        entry.points = [(flow['begin'] + msec, (orig + reply) * scale)
                        for msec, orig, reply in flow['sent']]


def join(entries, sent, turned):
    """Finds the flow of each entry.  Returns complaints."""
    flows = collections.defaultdict(list)
    complaints = []
    for flow in sent:
        flows[(flow['proto'], address(flow['src']), flow['sport'],
               address(flow['dst']), flow['dport'])].append(flow)
    for key, same in entries.items():
        mine = sorted(flows.get(key[1:], []), key=lambda f: f['begin'])
        while (turned and len(mine) > len(same)
               and mine[0]['begin'] <= turned.end):
            mine.pop(0)
        if mine and len(mine) != len(same):
            complaints.append(f'{len(same)} entries for {len(mine)} flows: '
                              f'{key}')
        for entry, flow in zip(same, mine):
            entry.flow = flow
            if turned and flow['begin'] <= turned.end:
                complaint = set_late_points(entry, flow, turned)
                complaints += [complaint] if complaint else []
                continue
            set_points(entry, flow)
            counted = sum(flow['sent'][-1][1:]) if flow['sent'] else 0
            if flow['proto'] == 'udp' and counted != entry.total:
                complaints.append(f'{entry.total} bytes counted, {counted} '
                                  f'sent: {key}')
    seen = {key[1:] for key in entries}
    complaints += [f'no conntrack entry: {key}' for key in flows
                   if key not in seen
                   and not (turned
                            and flows[key][-1]['begin'] <= turned.end)]
    return complaints


# What a detector has to find.

def chunk_of(args):
    """As threshold_get_chunk() in plugin/detector/detector-hook.c."""
    limit = min(args.bytes // 8, max(args.rate // 8, 4096),
                args.rate * max(args.hold, 1) // 16)
    return 1 << (limit.bit_length() - 1) if limit else 1


def hook_time(entry, args, rate):
    """Returns when 'entry' is an elephant first, by the rate of chunks, or
    None."""
    chunk = chunk_of(args)
    before = previous = None
    for time, nbytes in entry.points:
        # Boundaries are such that args.bytes is one of them.
        boundary = (nbytes - args.bytes) // chunk
        if nbytes < min(chunk, args.bytes):
            continue
        if boundary != before:
            if (previous and nbytes >= args.bytes
                    and (nbytes - previous[1]) * 8000
                    >= rate * (time - previous[0])):
                return time
            previous = time, nbytes
        before = boundary
    return None


def bytes_at(entry, time):
    i = bisect.bisect_right(entry.points, (time, float('inf')))
    return entry.points[i - 1][1] if i else 0


def poll_finds(entry, args, rate, polls):
    """As plugin/detector/sampler.h says."""
    interval, phase, end = polls
    if not entry.points:
        return False
    interest = max(args.bytes // 8, 1)
    time = entry.points[0][0] - interval * (2 - phase)
    last_time, last_bytes, was_fast = time - interval, 0, False
    while last_time < end:
        nbytes = bytes_at(entry, time)
        if nbytes >= interest:
            known = last_bytes if last_bytes >= interest else interest - 1
            fast = (nbytes - known) * 8000 >= rate * (time - last_time)
            if nbytes >= args.bytes and (
                    fast or (was_fast and known < args.bytes)):
                return True
            was_fast = fast
        last_time, last_bytes = time, nbytes
        time = min(time + interval, end) if time < end else end + 1
    return False


def last_looks(entry, args, interval, phase):
    """Returns when "poll" or "scan" may have looked at 'entry' last, as
    Polls has 'interval' and 'phase'."""
    end = entry.flow['end']
    if not entry.destroyed:
        return [end + 2 * interval]
    if args.kind == 'poll':
        return [end]            # By the event that tells its end.
    first = entry.points[0][0] - interval * (2 - phase)
    return [first + (last - first) // interval * interval
            for last in (end, end + REUSE)]


def judge(entry, args):
    """Returns True if 'entry' must be reported, False if it must not, None if
    that is unclear."""
    low, high = (args.rate * (1 + sign * TOLERANCE) for sign in (-1, 1))
    if entry.total < args.bytes or not (entry.answered or args.unassured):
        return False
    if args.kind == 'hook':
        verdicts = [hook_time(entry, args, rate) is not None
                    for rate in (low, high)]
    else:
        if not entry.points:
            return False
        verdicts = [poll_finds(entry, args, rate, Polls(interval, phase, end))
                    for rate in (low, high)
                    for interval in [late * args.interval for late in LATE]
                    for phase in [i / PHASES for i in range(PHASES)]
                    for end in last_looks(entry, args, interval, phase)]
    if entry.late and entry.key.proto == 'udp' and any(verdicts):
        return None
    return True if all(verdicts) else None if any(verdicts) else False


# What it did find.

EVENT = re.compile(
    r'(?P<time>[\d.]+) (?P<event>elephant|gone|still) zone=(?P<zone>\d+),'
    r'(?P<proto>\w+),src=(?P<src>[^,]+),dst=(?P<dst>[^,]+),'
    r'sport=(?P<sport>\d+),dport=(?P<dport>\d+) '
    r'bytes=(?P<orig>\d+)\+(?P<reply>\d+)')


def read_events(name):
    """Yields (time, event, key, bytes)."""
    with open(name) as file:
        for line in file:
            m = EVENT.match(line)
            if m:
                yield (float(m['time']) * 1000, m['event'],
                       Key(int(m['zone']), m['proto'], address(m['src']),
                           int(m['sport']), address(m['dst']),
                           int(m['dport'])),
                       [int(m['orig']), int(m['reply'])])


def read_turned(name):
    """Returns when flows began to be tracked, or None if they always were."""
    with open(name) as file:
        lines = [line.split() for line in file]
    if len(lines) > 1 or lines and lines[0][0] != 'on':
        sys.exit(f'{name}: not turned on once, and that was all')
    return Turned(*map(int, lines[0][1:])) if lines else None


def turn_reports(reports, keys):
    """Yields 'reports', those about one of 'keys' as turn_round() does."""
    for time, event, key, nbytes in reports:
        if key in keys:
            yield time, event, reverse(key), nbytes[::-1]
        else:
            yield time, event, key, nbytes


def split_endpoint(s):
    host, port = s.rsplit(':', 1)
    return address(host.strip('[]')), int(port)


def read_elephants(name):
    """As read_events(), from show-elephants."""
    with open(name) as file:
        for row in json.load(file):
            src, sport = split_endpoint(row['source'])
            dst, dport = split_endpoint(row['destination'])
            yield (float('inf'), 'elephant',
                   Key(row['zone'], row['protocol'], src, sport, dst, dport),
                   [row['bytes'], row['reply_bytes']])


def find_alive(entries, time):
    """Returns the last of 'entries', which had the same ports, that had begun
    by 'time'."""
    return [e for i, e in enumerate(entries)
            if not i or not e.flow or e.flow['begin'] <= time][-1]


def assign(reports, entries, args):
    """Gives each report to the entry that it is about.  Returns those of no
    entry.

    With ports that were used again, the end of an entry is known by its final
    bytes, and what was told before that is about the same entry.  Of two
    entries with the same bytes, it is the one that lived at the time.  "scan" did
    not see the final bytes, but nor does it tell of what does not live."""
    open_reports = collections.defaultdict(list)
    lost = []
    for report in reports:
        time, event, key, nbytes = report
        if key not in entries:
            lost.append(f'{event} {key}')
            continue
        open_reports[key].append((time, event, nbytes))
        if event != 'elephant':
            told = open_reports.pop(key)
            match = [e for e in entries[key] if e.bytes == nbytes]
            entry = (find_alive(entries[key], told[0][0])
                     if args.kind == 'scan'
                     else find_alive(match, told[0][0]) if match
                     else find_alive(entries[key], time))
            entry.reports += told
    for key, rest in open_reports.items():
        for report in rest:
            find_alive(entries[key], report[0]).reports.append(report)
    return lost


def describe(entry):
    flow = entry.flow or {'kind': 'unknown', 'begin': 0, 'end': 0}
    k = entry.key
    return (f'{flow["kind"]} {k.proto} {k.src}:{k.sport} {k.dst}:{k.dport} '
            f'zone {k.zone}, {entry.bytes[0]}+{entry.bytes[1]} bytes in '
            f'{(flow["end"] - flow["begin"]) / 1000:.1f} s'
            f'{"" if entry.answered else ", never answered"}')


def is_final(entry, event, nbytes, args):
    """Were 'nbytes' what 'entry' had in the end?  To "scan", that is when it
    last looked."""
    if args.kind == 'scan' and event == 'gone':
        least = bytes_at(entry, entry.flow['end'] - LATE[-1] * args.interval)
        return least * (1 - TOLERANCE) <= sum(nbytes) <= entry.total
    return nbytes == entry.bytes


def check_finals(entry, args):
    """Yields complaints about the bytes that were reported in the end."""
    for _, event, nbytes in entry.reports:
        if (event in ('gone', 'still')
                and not is_final(entry, event, nbytes, args)):
            yield (f'{event} with {nbytes[0]}+{nbytes[1]} bytes: '
                   f'{describe(entry)}')


def delays(entries, args):
    """How long after it became an elephant each was reported."""
    found = []
    for entry in entries:
        if not judge(entry, args):
            continue
        became = hook_time(entry, args, args.rate)
        told = [time for time, event, _ in entry.reports
                if event == 'elephant' and time != float('inf')]
        if told and became is not None:
            found.append(max(0, min(told) - became))
    return sorted(found)


def show(title, lines):
    lines = list(lines)
    for line in lines:
        print(f'{title}: {line}')
    return len(lines)


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__.split('\n', maxsplit=1)[0])
    parser.add_argument('--bytes', type=int, default=200000)
    parser.add_argument('--rate', type=int, default=400000, help='bit/s')
    parser.add_argument('--hold', type=int, default=30, help='seconds')
    parser.add_argument('--kind', choices=['hook', 'scan', 'poll'],
                        default='hook')
    parser.add_argument('--interval', type=int, default=5000,
                        help='of polls or walks, in milliseconds')
    parser.add_argument('--unassured', action='store_true')
    parser.add_argument('--zone', type=int, help='look at no other one')
    parser.add_argument('--max-delay', type=int, metavar='MSEC',
                        help='fail if a report came later than that')
    parser.add_argument('--turned', metavar='FILE')
    parser.add_argument('--events', metavar='FILE')
    parser.add_argument('--elephants', metavar='FILE')
    parser.add_argument('sent', metavar='SENT')
    parser.add_argument('conntrack', nargs='+', metavar='FILE')
    return parser.parse_args()


def main():
    args = parse_args()
    with open(args.sent) as file:
        sent = [json.loads(line) for line in file]
    entries = read_entries(args.conntrack, args.zone)
    turned = read_turned(args.turned) if args.turned else None
    keys = turn_round(entries, sent, turned)
    complaints = join(entries, sent, turned)
    reports = (read_events(args.events) if args.events
               else read_elephants(args.elephants))
    lost = assign(turn_reports(reports, keys), entries, args)

    everything = [e for same in entries.values() for e in same]
    missing, extra, unclear, expected = [], [], [], 0
    for entry in everything:
        must = judge(entry, args)
        told = any(event == 'elephant' for _, event, _ in entry.reports)
        expected += must is True
        if must is None:
            unclear.append(entry)
        elif must and not told:
            missing.append(entry)
        elif told and not must:
            extra.append(entry)

    failures = show('missing', map(describe, missing))
    failures += show('extra', map(describe, extra))
    failures += show('extra', lost)
    failures += show('bytes', (c for e in everything
                               for c in check_finals(e, args)))
    failures += show('generator', complaints)
    show('unclear', map(describe, unclear))
    late = delays(everything, args)
    if late:
        print(f'delay: median {late[len(late) // 2]:.0f} ms, '
              f'largest {late[-1]:.0f} ms')
        if args.max_delay is not None and late[-1] > args.max_delay:
            failures += show('late', [f'more than {args.max_delay} ms'])
    if turned:
        print(f'{sum(e.late for e in everything)} entries of flows that had '
              f'begun before, {len(keys)} by an answer')
    print(f'{len(everything)} entries, {expected} elephants, '
          f'{len(unclear)} unclear, {len(missing)} missing, '
          f'{len(extra) + len(lost)} extra')
    sys.exit(1 if failures else 0)


if __name__ == '__main__':
    main()
