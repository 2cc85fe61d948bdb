/* SPDX-License-Identifier: Apache-2.0 */

/* Feeds ct-message: one message of ctnetlink, as the kernel sends it. */

#include <config.h>
#include "conntrack/ct-message.h"
#include "tests/fuzz/fuzz.h"

#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ct_message message;
    struct nlmsghdr *nlh;

    if (size < sizeof *nlh) {
        return 0;
    }
    /* The memory has the size of the message and its padding, so that a read
     * beyond is noticed.  The length in it is right, since mnl_nlmsg_ok() has
     * checked that in the daemon. */
    nlh = xzalloc(ROUND_UP(size, NLMSG_ALIGNTO));
    memcpy(nlh, data, size);
    nlh->nlmsg_len = size;
    if (ct_message_parse(nlh, &message)) {
        struct ct_flow flow;

        if (ct_message_get_flow(&message, &flow)) {
            ovs_assert(flow.zone == message.zone);
        }
    }
    free(nlh);
    return 0;
}
