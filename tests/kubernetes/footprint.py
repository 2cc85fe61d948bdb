# SPDX-License-Identifier: Apache-2.0
"""OVS_Footprint with what daemons on nodes would write, and the shim that reads it."""

import json
import os
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request

from control_plane import free_port, wait_until

G = 10 ** 9


def insert(table, **row):
    return {"op": "insert", "table": table, "row": row}


def delete(table, column, value):
    return {"op": "delete", "table": table, "where": [[column, "==", value]]}


class Footprint:
    """The database and the shim."""

    def __init__(self, source, shim, directory, processes):
        self.source = source
        self.shim = shim
        self.directory = directory
        self.processes = processes
        self.socket = os.path.join(directory, "fp.sock")
        self.port = free_port()
        self.pending = []       # Operations while the database is away.
        self.instances = set()

    def start(self):
        subprocess.run(["ovsdb-tool", "create", os.path.join(self.directory, "fp.db"),
                        os.path.join(self.source, "ovsdb/footprint.ovsschema")],
                       check=True)
        self.start_database()
        self.start_shim()

    def start_database(self):
        self.processes.start("ovsdb-server", "ovsdb-server", "--no-chdir",
                             "--remote=punix:" + self.socket,
                             "--unixctl=" + os.path.join(self.directory, "fp.ctl"),
                             os.path.join(self.directory, "fp.db"))
        wait_until("ovsdb-server answers", lambda: self.call("list_dbs", []))
        self.transact()

    def stop_database(self):
        self.processes.stop("ovsdb-server", kill=True)
        os.unlink(self.socket)

    def start_shim(self):
        self.processes.start(
            "shim", self.shim, "--listen=127.0.0.1:%d" % self.port,
            "--unixctl=" + os.path.join(self.directory, "shim.ctl"),
            "unix:" + self.socket)
        wait_until("the shim answers", lambda: self.get("/healthz"))

    def stop_shim(self):
        self.processes.stop("shim", kill=True)

    ## The database ##

    def call(self, method, params):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(60)
            s.connect(self.socket)
            s.sendall(json.dumps({"method": method, "params": params,
                                  "id": 1}).encode())
            text = b""
            while True:
                text += s.recv(65536) or b"!"
                try:
                    return json.loads(text)["result"]
                except ValueError:
                    if text.endswith(b"!"):
                        raise OSError("ovsdb-server closed the connection") from None

    def transact(self, *operations):
        """Writes, or keeps it until the database is back, as daemons do."""
        self.pending.extend(operations)
        if not self.pending:
            return
        try:
            results = self.call("transact", ["OVS_Footprint"] + self.pending)
        except OSError:
            return
        errors = [r for r in results if r and "error" in r]
        assert not errors, "OVS_Footprint refuses: %s" % errors
        self.pending = []

    def add_node(self, name, **columns):
        self.transact(insert("Node", **dict(
            {"name": name, "node": name, "heartbeat_interval": 3600,
             "last_seen": int(time.time()), "link_speed": 10.0 * G,
             "detector": "hook", "version": "test"}, **columns)))

    def add_instances(self, instances):
        """Instances are (node, namespace/name, workload's key, bit/s or 0)."""
        operations = []
        for node, container, workload, rate in instances:
            row = {"node": node, "on_node": node, "interface": container,
                   "container": container, "workload": workload,
                   "class": "heavy" if rate else "light", "since": int(time.time())}
            if rate:
                row.update(role="source", elephants=1, bits_per_second=float(rate))
            operations.append(insert("Instance", **row))
            self.instances.add(container)
        self.transact(*operations)

    def remove_instances(self, containers):
        self.instances.difference_update(containers)
        self.transact(*(delete("Instance", "container", c) for c in containers))

    def add_observation(self, workload, rate):
        """An observation of ten instances of 'workload', all heavy or all light."""
        heavy = 10.0 if rate else 0.0
        now = int(time.time())
        self.transact(insert(
            "Observation", node="some-node", workload=workload, timestamp=now,
            trials=10.0, heavy_trials=heavy, instances=10, seconds=80000.0,
            heavy_seconds=heavy * 8000, bytes=heavy * 8000 * rate / 8,
            peak_rate=float(rate), first_seen=now - 100000, last_seen=now))

    def set_heartbeat_interval(self, seconds):
        self.transact({"op": "update", "table": "Node", "where": [],
                       "row": {"heartbeat_interval": seconds,
                               "last_seen": int(time.time())}})

    def wait_until_read(self):
        """Waits until the shim knows all instances, and so has no pod in mind."""
        if not self.pending:
            wait_until("the shim has read all instances", lambda: (
                self.metric("footprint_scheduler_instances") == len(self.instances)))

    ## The shim ##

    def get(self, path):
        url = "http://127.0.0.1:%d%s" % (self.port, path)
        with urllib.request.urlopen(url, timeout=60) as response:
            return response.read().decode()

    def is_ready(self):
        try:
            self.get("/readyz")
            return True
        except urllib.error.HTTPError as error:
            error.close()
            return False

    def metric(self, name):
        """The sum of all samples of 'name', with any labels."""
        pattern = r"^%s(?:\{[^}]*\})? (\S+)$" % re.escape(name)
        return sum(map(float, re.findall(pattern, self.get("/metrics"), re.M)))
