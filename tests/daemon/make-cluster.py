#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a transaction for OVS_Footprint: what daemons would have written.

usage: make-cluster.py < DESCRIPTION | ovsdb-client transact SOCKET ...

A line of DESCRIPTION is one of

    node NAME [COLUMN=VALUE...]
    instance WRITER/NODE CONTAINER CLASS [COLUMN=VALUE...]
    observation WRITER WORKLOAD [COLUMN=VALUE...]
    beat NAME                   a heartbeat
    delete TABLE [COLUMN=VALUE]

Rates may end in k, M or G.  Times are in seconds from now.
"""

import json
import re
import sys
import time

NOW = int(time.time())
TIMES = {"last_seen", "timestamp", "first_seen", "since"}
WORDS = {"hypervisor", "role", "workload", "detector", "evidence", "system_id",
         "interface", "node", "on_node"}


def value(column, text):
    if column in WORDS:
        return text
    number = re.fullmatch(r"(-?[\d.]+)([kMG]?)", text)
    scale = {"": 1, "k": 1e3, "M": 1e6, "G": 1e9}[number[2]]
    result = float(number[1]) * scale
    result = int(result) if result == int(result) else result
    return NOW + result if column in TIMES else result


def columns(words):
    pairs = (word.split("=", 1) for word in words)
    return {column: value(column, text) for column, text in pairs}


def insert(table, row):
    return {"op": "insert", "table": table, "row": row}


def operation(words, number):
    verb, *rest = words
    if verb == "node":
        row = {"name": rest[0], "node": rest[0], "heartbeat_interval": 30,
               "last_seen": NOW, "detector": "hook", "version": "0.1.0"}
        row.update(columns(rest[1:]))
        return insert("Node", row)
    if verb == "instance":
        writer, node = rest[0].split("/")
        row = {"node": writer, "on_node": node, "container": rest[1],
               "interface": "veth%d" % number, "class": rest[2], "since": NOW}
        row.update(columns(rest[3:]))
        return insert("Instance", row)
    if verb == "observation":
        row = {"node": rest[0], "workload": rest[1], "timestamp": NOW,
               "first_seen": NOW - 1000, "last_seen": NOW}
        row.update(columns(rest[2:]))
        return insert("Observation", row)
    if verb == "beat":
        return {"op": "update", "table": "Node", "where": [["name", "==", rest[0]]],
                "row": {"last_seen": NOW}}
    where = [[c, "==", t] for c, t in (w.split("=", 1) for w in rest[1:])]
    return {"op": "delete", "table": rest[0], "where": where}


def main():
    lines = [line.split() for line in sys.stdin]
    print(json.dumps(["OVS_Footprint"] + [operation(words, number)
                                          for number, words in enumerate(lines)
                                          if words]))


if __name__ == "__main__":
    main()
