/* SPDX-License-Identifier: Apache-2.0 */

#ifndef FOOTPRINT_KEYS_H
#define FOOTPRINT_KEYS_H 1

/* The name of every external_ids entry that ovs-footprint reads or writes.
 *
 * Nothing else in the project spells these names, and ovs-footprint writes and
 * removes only those in the "published" lists, one key at a time.
 *
 * A key of ours never begins with "ct-zone-": ovn-controller imports those as
 * its own. */

/* Configuration, in Open_vSwitch:external_ids. */
#define FP_CFG_BRIDGES "footprint-bridges"
#define FP_CFG_ZONES "footprint-zones"          /* Also in Bridge. */
#define FP_CFG_ZONE_RANGE "footprint-zone-range"
#define FP_CFG_SHARED_ZONES "footprint-shared-zones"
#define FP_CFG_FIRST_TABLE "footprint-first-table" /* Also in Bridge. */
#define FP_CFG_REGISTER "footprint-register"       /* Also in Bridge. */
#define FP_CFG_PIPELINE "footprint-pipeline"       /* Also in Bridge. */
#define FP_CFG_TRACKING "footprint-tracking" /* Also in Bridge, Interface. */
#define FP_CFG_POLICY "footprint-policy"     /* Also in Bridge, Interface. */
#define FP_CFG_DETECTOR "footprint-detector"
#define FP_CFG_ELEPHANT_BYTES "footprint-elephant-bytes" /* + Interface. */
#define FP_CFG_ELEPHANT_RATE "footprint-elephant-rate"   /* + Interface. */
#define FP_CFG_ELEPHANT_HOLD "footprint-elephant-hold"   /* + Interface. */
#define FP_CFG_VOLUME_RATE "footprint-volume-rate"       /* + Interface. */
#define FP_CFG_HEAVY_HOLD "footprint-heavy-hold"
#define FP_CFG_TRACK_UNASSURED "footprint-track-unassured"
#define FP_CFG_POLL_INTERVAL "footprint-poll-interval"
#define FP_CFG_SCAN_INTERVAL "footprint-scan-interval"

/* What is behind a port, in external_ids of an Interface or a Port. */
#define FP_CFG_PORT "footprint-port"

/* What others are told, in Open_vSwitch:external_ids. */
#define FP_CFG_METRICS_LISTEN "footprint-metrics-listen"
#define FP_CFG_NFD_FILE "footprint-nfd-file"

/* The database OVS_Footprint, in Open_vSwitch:external_ids. */
#define FP_CFG_REMOTE "footprint-remote"
#define FP_CFG_NODE_NAME "footprint-node-name"
#define FP_CFG_HEARTBEAT "footprint-heartbeat"
#define FP_CFG_MEMORY_HALF_LIFE "footprint-memory-half-life"
#define FP_CFG_UPLINKS "footprint-uplinks"

/* In external_ids of an Interface: which Kubernetes node the virtual machine
 * behind it is. */
#define FP_CFG_K8S_NODE "footprint-k8s-node"

/* In external_ids of an Interface: the workload of what is behind it, which is
 * also its name if nobody else names it; or the image that it was made
 * from. */
#define FP_CFG_WORKLOAD "footprint-workload"
#define FP_CFG_IMAGE "footprint-image"

/* Containers that share an Interface, in its external_ids (see endpoint.h). */
#define FP_CFG_ENDPOINT_PREFIX "footprint-endpoint."

/* Published in Interface:external_ids; for an endpoint that shares the
 * Interface with others, followed by "." and its ID. */
#define FP_KEY_CLASS "footprint"
#define FP_KEY_ROLE "footprint-role"
#define FP_KEY_ELEPHANTS "footprint-elephants"
#define FP_KEY_SINCE "footprint-since"
#define FP_KEY_ZONE "footprint-zone"
#define FP_KEY_EVIDENCE "footprint-evidence"
#define FP_KEY_HINTS "footprint-hints"

/* The workload.  The first key may also say it outright; where nobody did, the
 * second one has it as well, to tell the two apart. */
#define FP_KEY_WORKLOAD FP_CFG_WORKLOAD
#define FP_KEY_WORKLOAD_DERIVED "footprint-workload-derived"
#define FP_KEY_WORKLOAD_CLASS "footprint-workload-class"

/* Published in Open_vSwitch:external_ids. */
#define FP_KEY_NODE_ELEPHANTS "footprint-node-elephants"
#define FP_KEY_NODE_HEAVY "footprint-node-heavy"
#define FP_KEY_DETECTOR_IN_USE "footprint-detector-in-use"

/* Marks rows of QoS and Queue as ours, in their external_ids. */
#define FP_KEY_QOS "footprint-qos"

/* Who is behind an Interface, in its external_ids, as ovs-footprint-cni, or
 * anybody else who knows, writes it. */
#define FP_ID_NAMESPACE "footprint-pod-namespace"
#define FP_ID_POD "footprint-pod"               /* Or a container's name. */
#define FP_ID_CONTAINER "footprint-container"
#define FP_ID_ADDRESSES "footprint-addresses"   /* Separated by blanks. */

/* What ovs-footprint-cni has to remember, in Interface:external_ids: which
 * network and which interface in the container it is, what it did (added the
 * port, or only named who is behind it), the "ipam" of the configuration by
 * which the addresses were given, and what the virtual function was called. */
#define FP_CNI_DID "footprint-cni"
#define CNI_DID_ADDED "added"
#define CNI_DID_NAMED "named"
#define CNI_DID_NAMED_WORKLOAD "named-workload"
#define FP_CNI_NETWORK "footprint-cni-network"
#define FP_CNI_IFNAME "footprint-cni-ifname"
#define FP_CNI_IPAM "footprint-cni-ipam"
#define FP_CNI_VF "footprint-cni-vf"

/* Written by others, read by us: OVN's zones, in Bridge:external_ids. */
#define OVN_KEY_CT_ZONE_PREFIX "ct-zone-"

#endif /* footprint-keys.h */
