# SPDX-License-Identifier: Apache-2.0
"""etcd, kube-apiserver and kube-scheduler on loopback, and nodes without machines.

There is no controller-manager and no kubelet: whoever uses this makes pods itself, and
says for the kubelets that they run.
"""

import base64
import http.client
import json
import os
import socket
import ssl
import subprocess
import time

TOKEN = "a-token-of-this-test-only"


class ApiError(Exception):
    def __init__(self, status, body):
        super().__init__("%d %s" % (status, body.get("message", body)))
        self.status = status


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until(what, condition, seconds=180):
    """Waits until condition() is true; an error is as good as false."""
    end = time.monotonic() + seconds
    while True:
        try:
            result = condition()
        except (OSError, http.client.HTTPException, ApiError):
            result = None
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError("after %d s still not so: %s" % (seconds, what))
        time.sleep(0.1)


class Processes:
    """Programs that end with this one.  Each writes a log, which is named if it
    dies."""

    def __init__(self, directory):
        self.directory = directory
        self.running = {}

    def start(self, name, *args):
        with open(self.log(name), "ab") as log:
            self.running[name] = subprocess.Popen(
                args, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self.directory)

    def log(self, name):
        return os.path.join(self.directory, name + ".log")

    def stop(self, name, kill=False):
        process = self.running.pop(name)
        (process.kill if kill else process.terminate)()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def stop_all(self):
        for name in reversed(list(self.running)):
            self.stop(name)

    def check(self):
        for name, process in self.running.items():
            if process.poll() is not None:
                raise AssertionError("%s ended with status %s, see %s"
                                     % (name, process.returncode, self.log(name)))


class Api:
    """Speaks with the API server, by one connection."""

    def __init__(self, port, certificate):
        self.context = ssl.create_default_context(cafile=certificate)
        self.port = port
        self.connection = None

    def request(self, method, path, body=None, content_type="application/json"):
        if self.connection is None:
            self.connection = http.client.HTTPSConnection(
                "127.0.0.1", self.port, context=self.context, timeout=60)
        try:
            self.connection.request(
                method, path, None if body is None else json.dumps(body),
                {"Authorization": "Bearer " + TOKEN, "Content-Type": content_type})
            response = self.connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.connection = None
            raise
        if path.startswith(("/healthz", "/readyz")):
            return response.status
        answer = json.loads(text)
        if response.status >= 400:
            raise ApiError(response.status, answer)
        return answer

    def get(self, path):
        return self.request("GET", path)

    def post(self, path, body):
        return self.request("POST", path, body)

    def patch_status(self, path, status):
        return self.request("PATCH", path + "/status", {"status": status},
                            "application/strategic-merge-patch+json")

    def delete(self, path):
        return self.request("DELETE", path + "?gracePeriodSeconds=0")


class ControlPlane:
    def __init__(self, programs, directory, processes):
        self.programs = programs
        self.directory = directory
        self.processes = processes
        self.api = None
        self.port = free_port()

    def path(self, name):
        return os.path.join(self.directory, name)

    def program(self, name):
        return os.path.join(self.programs, name)

    def write(self, name, text):
        with open(self.path(name), "w") as f:
            f.write(text)
        return self.path(name)

    def start(self):
        self.make_certificate()
        etcd_port = self.start_etcd()
        self.start_apiserver(etcd_port)
        self.api = Api(self.port, self.path("apiserver.crt"))
        wait_until("kube-apiserver is ready", self.is_ready)
        self.write_kubeconfig()
        # Without a controller-manager, this is nobody else's work.
        wait_until("the namespace default is there",
                   lambda: self.api.get("/api/v1/namespaces/default"))

    def is_ready(self):
        self.processes.check()
        return self.api.request("GET", "/readyz") == 200

    def make_certificate(self):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
             "-subj", "/CN=kube-apiserver", "-addext",
             "subjectAltName=IP:127.0.0.1,DNS:localhost",
             "-keyout", self.path("apiserver.key"), "-out", self.path("apiserver.crt")],
            check=True, stderr=subprocess.DEVNULL)

    def start_etcd(self):
        client, peer = free_port(), free_port()
        url = "http://127.0.0.1:%d" % client
        peer_url = "http://127.0.0.1:%d" % peer
        self.processes.start(
            "etcd", self.program("etcd"), "--data-dir", self.path("etcd"),
            "--unsafe-no-fsync", "--listen-client-urls", url,
            "--advertise-client-urls", url, "--listen-peer-urls", peer_url,
            "--initial-advertise-peer-urls", peer_url,
            "--initial-cluster", "default=" + peer_url)
        return client

    def start_apiserver(self, etcd_port):
        tokens = self.write("tokens", TOKEN + ",admin,admin,system:masters\n")
        self.processes.start(
            "kube-apiserver", self.program("kube-apiserver"),
            "--etcd-servers=http://127.0.0.1:%d" % etcd_port,
            "--bind-address=127.0.0.1", "--secure-port=%d" % self.port,
            "--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none",
            "--tls-cert-file=" + self.path("apiserver.crt"),
            "--tls-private-key-file=" + self.path("apiserver.key"),
            "--token-auth-file=" + tokens, "--authorization-mode=RBAC",
            "--service-cluster-ip-range=127.96.0.0/16",
            "--service-account-issuer=https://127.0.0.1",
            "--service-account-key-file=" + self.path("apiserver.key"),
            "--service-account-signing-key-file=" + self.path("apiserver.key"),
            "--disable-admission-plugins=ServiceAccount,TaintNodesByCondition,Priority",
            "--cert-dir=" + self.path("certs"))

    def write_kubeconfig(self):
        with open(self.path("apiserver.crt"), "rb") as f:
            ca = base64.b64encode(f.read()).decode()
        self.write("kubeconfig", json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [{"name": "test", "cluster": {
                "server": "https://127.0.0.1:%d" % self.port,
                "certificate-authority-data": ca}}],
            "users": [{"name": "test", "user": {"token": TOKEN}}],
            "contexts": [{"name": "test",
                          "context": {"cluster": "test", "user": "test"}}]}))

    def add_node(self, name):
        self.api.post("/api/v1/nodes", {
            "apiVersion": "v1", "kind": "Node", "metadata": {
                "name": name, "labels": {"kubernetes.io/hostname": name}}})
        resources = {"cpu": "64", "memory": "256Gi", "pods": "500",
                     "ephemeral-storage": "1Ti"}
        self.api.patch_status("/api/v1/nodes/" + name, {
            "capacity": resources, "allocatable": resources,
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady",
                            "lastHeartbeatTime": "2026-01-01T00:00:00Z",
                            "lastTransitionTime": "2026-01-01T00:00:00Z"}]})

    def start_scheduler(self, name, config):
        """Starts a kube-scheduler for pods with schedulerName 'name'."""
        config = dict(config, leaderElection={"leaderElect": False},
                      clientConnection={"kubeconfig": self.path("kubeconfig"),
                                        "qps": 500, "burst": 1000},
                      profiles=[{"schedulerName": name}])
        port = free_port()
        self.processes.start(
            "kube-scheduler-" + name, self.program("kube-scheduler"),
            "--config=" + self.write(name + ".json", json.dumps(config)),
            "--bind-address=127.0.0.1", "--secure-port=%d" % port, "--port=0",
            "--authentication-kubeconfig=" + self.path("kubeconfig"),
            "--authentication-skip-lookup=true", "--cert-dir=" + self.path("certs"))

    def stop_scheduler(self, name):
        self.processes.stop("kube-scheduler-" + name)
