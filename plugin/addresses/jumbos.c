/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "addresses/jumbos.h"

#include <stdint.h>
#include <sys/utsname.h>

#include "addresses/veth-peer.h"
#include "openvswitch/util.h"

/* GSO_LEGACY_MAX_SIZE of the kernel, in bytes: a device with a higher limit
 * may have packets whose length does not fit into their own length field. */
#define MAX_PLAIN_PACKET 65536

static bool
does_ct_lose_them(void)
{
    struct utsname name;
    int major, minor;

    return (!uname(&name)
            && ovs_scan(name.release, "%d.%d", &major, &minor)
            && (major < 6 || (major == 6 && minor < 4)));
}

bool
jumbos_may_be_lost(int ifindex)
{
    return (does_ct_lose_them()
            && veth_peer_ask_max_packet(ifindex) > MAX_PLAIN_PACKET);
}
