#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Has a real Prometheus scrape, and runs every query of the dashboard on it.

usage: check-prometheus.py DASHBOARD URL...

The URLs are those of /metrics.  Prometheus (the program, in PATH) listens on loopback
and keeps its data in the current directory.  Prints how often each target was up, and a
line for each query that fails, or finds nothing although it should.
"""

import json
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request

# These find something only when something is wrong.
MAY_BE_EMPTY = ("> 0", "zone_entries", "conntrack_entries /")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def query(port, expression):
    url = "http://127.0.0.1:%d/api/v1/query?%s" % (
        port, urllib.parse.urlencode({"query": expression}))
    with urllib.request.urlopen(url, timeout=20) as answer:
        return json.load(answer)["data"]["result"]


def wait_until(condition):
    for _ in range(300):
        try:
            if condition():
                return
        except OSError:
            pass
        time.sleep(0.2)
    sys.exit("it took more than a minute")


def check_queries(port, dashboard):
    n = 0
    for panel in json.load(open(dashboard))["panels"]:
        for target in panel["targets"]:
            n += 1
            try:
                found = query(port, target["expr"])
            except OSError as error:
                print("%s: %s" % (target["expr"], error))
                continue
            if not found and not any(s in target["expr"] for s in MAY_BE_EMPTY):
                print("%s: finds nothing" % target["expr"])
    print("queries run: %s" % (n > 10))


def main():
    dashboard, *urls = sys.argv[1:]
    port = free_port()
    hosts = [urllib.parse.urlsplit(url).netloc for url in urls]
    with open("prometheus.json", "w") as f:
        json.dump({"global": {"scrape_interval": "1s"}, "scrape_configs": [
            {"job_name": "footprint", "static_configs": [{"targets": hosts}]}]}, f)
    prometheus = subprocess.Popen(
        ["prometheus", "--config.file=prometheus.json", "--storage.tsdb.path=data",
         "--web.listen-address=127.0.0.1:%d" % port],
        stderr=open("prometheus.log", "w"))
    try:
        # A rate needs two samples.
        wait_until(lambda: len(query(port, "count_over_time(up[1m]) > 3 and up == 1"))
                   == len(urls))
        print("up: %d" % len(urls))
        check_queries(port, dashboard)
    finally:
        prometheus.terminate()
        prometheus.wait()


if __name__ == "__main__":
    main()
