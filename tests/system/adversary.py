# SPDX-License-Identifier: Apache-2.0

"""What a container may do in order to seem light, in frames, from a device.

    adversary.py DEVICE ETH-DST IP-SRC IP-DST BIT/S TRICK

sends at the given rate, until it is killed; the names of the tricks are those of
TRICKS.  None of its connections is an elephant, if it has any.
"""

import ipaddress
import itertools
import random
import sys
import time

from send_frames import UDP, checksum, make_frame, open_device, parse_mac, send

SIZE = 1200
TCP = 6
SYN_FIN = 3
MORE_FRAGMENTS = 0x20
LOCAL_EXPERIMENTAL = b'\x88\xb5'


class Sender:
    def __init__(self, macs, addresses):
        self.src_mac, self.dst_mac = macs
        self.src, self.dst = addresses

    def frame(self, protocol=UDP, **changes):
        """A frame that is as usual but for 'changes'."""
        what = dict(src_mac=self.src_mac, dst_mac=self.dst_mac, src=self.src,
                    dst=self.dst, ports=(random_port(), 5001))
        what.update(changes)
        return make_frame((what['src_mac'], what['dst_mac']),
                          (what['src'], what['dst']), protocol, SIZE, what['ports'])


def random_port():
    return random.randrange(1024, 65536)


def random_mac():
    return b'\x02' + random.randbytes(5)


def change_ip_header(frame, at, value):
    """Returns 'frame' with byte 'at' of its IPv4 header changed to 'value'."""
    header = bytearray(frame[14:34])
    header[at] = value
    header[10:12] = b'\0\0'
    header[10:12] = checksum(bytes(header)).to_bytes(2, 'big')
    return frame[:14] + bytes(header) + frame[34:]


def many_flows(sender):
    return sender.frame()


def many_protocols(sender):
    return sender.frame(protocol=random.randrange(143, 253))


def spoofed_sources(sender):
    net = ipaddress.ip_network(f'{sender.src}/16', strict=False)
    return sender.frame(src=net[random.randrange(1, 65535)])


def changing_macs(sender):
    return sender.frame(src_mac=random_mac())


def unknown_destinations(sender):
    return sender.frame(dst_mac=random_mac(), ports=(40001, 5001))


def broadcasts(sender):
    return sender.frame(dst_mac=b'\xff' * 6, ports=(40001, 5001),
                        dst=ipaddress.ip_address('255.255.255.255'))


def multicasts(sender):
    return sender.frame(dst_mac=b'\x01\0\x5e\0\0\x01', ports=(40001, 5001),
                        dst=ipaddress.ip_address('224.0.0.1'))


def fragments(sender):
    return change_ip_header(sender.frame(ports=(40001, 5001)), 6, MORE_FRAGMENTS)


def invalid_segments(sender):
    frame = bytearray(sender.frame(protocol=TCP))
    frame[34:38] = (40001).to_bytes(2, 'big') + (5001).to_bytes(2, 'big')
    frame[46:48] = bytes([5 << 4, SYN_FIN])
    return bytes(frame)


def no_ip(sender):
    frame = sender.frame()
    return frame[:12] + LOCAL_EXPERIMENTAL + frame[14:]


TRICKS = {f.__name__: f for f in (many_flows, many_protocols, spoofed_sources,
                                  changing_macs, unknown_destinations, broadcasts,
                                  multicasts, fragments, invalid_segments, no_ip)}


def send_in_bursts(sock, sender, rate, seconds=5):
    while True:
        for _ in range(int(rate * seconds / 8 / SIZE)):
            sock.send(many_flows(sender))
        time.sleep(seconds)


def main():
    device, eth_dst, src, dst, rate, trick = sys.argv[1:]
    sock = open_device(device)
    sender = Sender((sock.getsockname()[4], parse_mac(eth_dst)),
                    (ipaddress.ip_address(src), ipaddress.ip_address(dst)))
    if trick == 'bursts':
        send_in_bursts(sock, sender, float(rate))
    else:
        make = TRICKS[trick]
        send(sock, (make(sender) for _ in itertools.count()), float(rate))


if __name__ == '__main__':
    main()
