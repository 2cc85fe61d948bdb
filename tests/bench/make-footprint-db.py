#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Adds to a file of OVS_Footprint what a large cluster would have written into it.

usage: make-footprint-db.py FILE NODES INSTANCES WORKLOADS OBSERVATIONS

Each workload has OBSERVATIONS, each from another node.  It is written as ovsdb-server
would log it, since that many transactions would take minutes.
"""

import hashlib
import json
import sys
import time
import uuid


def number_uuid(table, i):
    """A UUID as random as others are: Open vSwitch hashes them by their first bits."""
    digest = hashlib.md5(b"%d %d" % (table, i)).digest()
    return str(uuid.UUID(bytes=digest, version=4))


def make_nodes(n, now):
    return {number_uuid(1, i): {
        "name": "worker-%05d.example" % i, "node": "worker-%05d.example" % i,
        "system_id": "worker-%05d.example" % i,
        # Nobody sends heartbeats, and a node that is stale would be scored otherwise.
        "heartbeat_interval": 3600, "last_seen": now, "link_speed": 1e10,
        "bits_out": (i % 10) * 1e9, "heavy": i % 10 // 3, "light": 20,
        "hypervisor": "host-%d" % (i // 4), "detector": "hook", "version": "0.1.0"}
            for i in range(n)}


def make_instances(n, nodes, now):
    result = {}
    for i in range(n):
        node = "worker-%05d.example" % (i % nodes)
        heavy = i % 17 == 0
        row = {"node": node, "on_node": node, "interface": "veth%07d" % i,
               "container": "default/app%d-6c8d5b7f9d-%05d" % (i % 10000, i),
               "workload": "default/deployment/app%d" % (i % 10000),
               "class": "heavy" if heavy else "light", "evidence": "flows",
               "since": now}
        if heavy:
            row.update(role="source", bits_per_second=1e8, elephants=1)
        result[number_uuid(2, i)] = row
    return result


def make_observations(workloads, each, nodes, now):
    result = {}
    for i in range(workloads):
        for j in range(each):
            # Sums that have decayed have as many digits as fit.
            trials = 10 * 0.987 ** ((i + j) % 50 + 1)
            heavy = trials if i % 10 == 0 else 0.0
            result[number_uuid(3, i * each + j)] = {
                "node": "worker-%05d.example" % ((i * 7 + j) % nodes),
                "workload": "default/deployment/web%d" % i, "timestamp": now,
                "trials": trials, "heavy_trials": heavy,
                "seconds": trials * 1e5, "heavy_seconds": heavy * 1e4,
                "source_seconds": heavy * 1e4, "bytes": heavy * 1e11,
                "peak_rate": heavy * 1e8, "instances": 10,
                "first_seen": now - 100000, "last_seen": now}
    return result


def main():
    path, *numbers = sys.argv[1:]
    nodes, instances, workloads, each = map(int, numbers)
    now = int(time.time())
    record = json.dumps({
        "_date": now * 1000,
        "Node": make_nodes(nodes, now),
        "Instance": make_instances(instances, nodes, now),
        "Observation": make_observations(workloads, each, nodes, now),
    }, separators=(",", ":")).encode() + b"\n"
    with open(path, "ab") as f:
        f.write(b"OVSDB JSON %d %s\n" % (len(record),
                                        hashlib.sha1(record).hexdigest().encode()))
        f.write(record)


if __name__ == "__main__":
    main()
