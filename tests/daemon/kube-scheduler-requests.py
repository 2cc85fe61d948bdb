#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes what kube-schedulers of several releases ask, each with the fields that its
Pods and Nodes have got since or have lost.

usage: kube-scheduler-requests.py RELEASE names|nodes

The pod is always the same one, of the Deployment "web" in the namespace "default", and
the nodes are node-a, node-b and node-c.  1.20 itself was captured and is in files of
its own.  The fields are those of k8s.io/api/core/v1, and the request itself, which no
release has changed, is that of k8s.io/kube-scheduler/extender/v1.
"""

import json
import sys


def owned_pod():
    return {
        "metadata": {
            "name": "web-7d4b9c6f5-x2x4z", "generateName": "web-7d4b9c6f5-",
            "namespace": "default", "uid": "0c0ffee0-0000-4000-8000-000000000001",
            "resourceVersion": "88", "creationTimestamp": "2026-01-01T00:00:00Z",
            "labels": {"app": "web", "pod-template-hash": "7d4b9c6f5"},
            "ownerReferences": [{
                "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-7d4b9c6f5",
                "uid": "0c0ffee0-0000-4000-8000-000000000002", "controller": True,
                "blockOwnerDeletion": True}]},
        "spec": {"containers": [{
            "name": "c", "image": "web:1",
            "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}}}]},
        "status": {"phase": "Pending", "qosClass": "Burstable"}}


def node(name):
    return {"metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}},
            "spec": {}, "status": {"allocatable": {"cpu": "8", "pods": "110"}}}


def age_1_18(pod, nodes):
    """Self links, and nothing of who manages which field."""
    pod["metadata"]["selfLink"] = "/api/v1/namespaces/default/pods/web-7d4b9c6f5-x2x4z"
    pod["metadata"]["creationTimestamp"] = None
    pod["spec"]["serviceAccount"] = pod["spec"]["serviceAccountName"] = "default"
    pod["status"] = {}
    for each in nodes:
        each["metadata"]["selfLink"] = "/api/v1/nodes/" + each["metadata"]["name"]
        each["spec"].update(podCIDR="10.0.0.0/24", podCIDRs=["10.0.0.0/24"])
        each["status"].update(volumesInUse=[], phase="Running")


def age_1_29(pod, nodes):
    """Sidecars, claims, gates, resizing in place as an alpha."""
    pod["spec"].update(
        schedulingGates=[], hostUsers=False, os={"name": "linux"},
        resourceClaims=[{
            "name": "gpu", "source": {"resourceClaimTemplateName": "gpu"}}],
        initContainers=[{"name": "sidecar", "image": "s:1", "restartPolicy": "Always"}],
        topologySpreadConstraints=[{
            "maxSkew": 1, "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "ScheduleAnyway",
            "matchLabelKeys": ["pod-template-hash"],
            "nodeAffinityPolicy": "Honor", "nodeTaintsPolicy": "Ignore"}])
    pod["spec"]["containers"][0]["resources"]["claims"] = [{"name": "gpu"}]
    pod["spec"]["containers"][0]["resizePolicy"] = [
        {"resourceName": "cpu", "restartPolicy": "NotRequired"}]
    pod["status"].update(
        resize="Proposed", hostIPs=[{"ip": "192.0.2.1"}],
        resourceClaimStatuses=[{"name": "gpu", "resourceClaimName": "web-gpu-1"}],
        containerStatuses=[{"name": "c", "allocatedResources": {"cpu": "100m"}}])


def age_1_32(pod, nodes):
    """Claims without a source, volumes that are images, what a runtime can do."""
    age_1_29(pod, nodes)
    pod["spec"]["resourceClaims"] = [{
        "name": "gpu", "resourceClaimTemplateName": "gpu"}]
    pod["spec"]["volumes"] = [{"name": "model", "image": {
        "reference": "registry.example/model:1", "pullPolicy": "IfNotPresent"}}]
    pod["spec"]["securityContext"] = {"appArmorProfile": {"type": "RuntimeDefault"},
                                      "supplementalGroupsPolicy": "Strict"}
    for each in nodes:
        each["status"].update(
            features={"supplementalGroupsPolicy": True},
            runtimeHandlers=[{"name": "", "features": {
                "recursiveReadOnlyMounts": True, "userNamespaces": True}}])


def age_1_34(pod, nodes):
    """Resources of a whole pod, generations, resizing as conditions, names of hosts."""
    age_1_32(pod, nodes)
    pod["metadata"]["generation"] = 2
    pod["spec"].update(hostnameOverride="web", resources={
        "requests": {"cpu": "1"}, "limits": {"cpu": "2", "hugepages-2Mi": "4Mi"}})
    pod["spec"]["containers"][0].update(
        restartPolicy="Never", restartPolicyRules=[{
            "action": "Restart", "exitCodes": {"operator": "In", "values": [42]}}],
        env=[{"name": "A", "valueFrom": {"fileKeyRef": {
            "volumeName": "v", "path": "env", "key": "A", "optional": True}}}])
    del pod["status"]["resize"]
    pod["status"].update(
        observedGeneration=2, nominatedNodeName="node-b",
        conditions=[{"type": "PodResizePending", "status": "True", "reason": "Deferred",
                     "observedGeneration": 2}],
        extendedResourceClaimStatus={
            "requestMappings": [{
                "containerName": "c", "resourceName": "example.com/gpu",
                "requestName": "container-0-request-0"}],
            "resourceClaimName": "web-extended-resources-x2x4z"})


def age_1_35(pod, nodes):
    """Nodes that say what they can do."""
    age_1_34(pod, nodes)
    for each in nodes:
        each["status"]["declaredFeatures"] = ["GuaranteedQoSPodCPUResize"]


def age_unknown(pod, nodes):
    """What no release has, wherever somebody might add something."""
    pod["metadata"]["name2"] = pod["spec"]["metadata"] = {"name": "not-this-one"}
    pod["metadata"]["ownerReferences"][0]["weight"] = [1, 2.5e3, None, {"kind": "Job"}]
    pod["NodeNames"] = ["not-this-one"]
    for each in nodes:
        each["name"] = each["metadata"]["displayName"] = "not-this-one"


AGES = {"1.18": age_1_18, "1.29": age_1_29, "1.32": age_1_32, "1.34": age_1_34,
        "1.35": age_1_35, "unknown": age_unknown}


def main():
    release, kind = sys.argv[1:]
    pod, nodes = owned_pod(), [node("node-" + letter) for letter in "cab"]
    AGES[release](pod, nodes)
    request = {"Pod": pod, "Nodes": None, "NodeNames": None}
    if kind == "names":
        request["NodeNames"] = [each["metadata"]["name"] for each in nodes]
    else:
        request["Nodes"] = {"metadata": {}, "items": nodes}
    if release == "unknown":
        request = {"Version": 2, **request, "Hints": {"Nodes": None, "Pod": {}}}
    json.dump(request, sys.stdout)


if __name__ == "__main__":
    main()
