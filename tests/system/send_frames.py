# SPDX-License-Identifier: Apache-2.0

"""Sends IP packets that no socket would send, in frames, from a device.

    send_frames.py DEVICE ETH-DST IP-SRC IP-DST PROTOCOL BIT/S [SIZE [SPORT DPORT]]

sends packets of SIZE bytes (default: 1200) and of the IP PROTOCOL, a number,
until it is killed, or, with "xBYTES" in place of "BIT/S", as many bytes as fast
as it can.  What UDP carries has no checksum.
"""

import ipaddress
import itertools
import socket
import struct
import sys
import time

UDP = 17


def checksum(data):
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ip_header(src, dst, protocol, n):
    """An IPv4 or IPv6 header, as 'src' is, before 'n' bytes."""
    if src.version == 6:
        return struct.pack('!IHBB', 6 << 28, n, protocol, 64) + src.packed + dst.packed
    fields = [0x45, 0, 20 + n, 0, 0, 64, protocol, 0, src.packed, dst.packed]
    fields[7] = checksum(struct.pack('!BBHHHBBH4s4s', *fields))
    return struct.pack('!BBHHHBBH4s4s', *fields)


def make_frame(macs, addresses, protocol, size, ports):
    """A frame of 'size' bytes of IP.  'macs', 'addresses' and 'ports' are pairs: from
    where, and where to."""
    (eth_src, eth_dst), (src, dst) = macs, addresses
    payload = bytes(size - (40 if src.version == 6 else 20))
    if protocol == UDP:
        payload = struct.pack('!HHHH', *ports, len(payload), 0) + payload[8:]
    return (eth_dst + eth_src + (b'\x86\xdd' if src.version == 6 else b'\x08\x00')
            + ip_header(src, dst, protocol, len(payload)) + payload)


def send(sock, frames, rate):
    """Sends 'frames', 'rate' bit/s."""
    begin = time.monotonic()
    n = 0
    for frame in frames:
        while n > (time.monotonic() - begin) * rate / 8:
            time.sleep(0.005)
        sock.send(frame)
        n += len(frame)


def open_device(device):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sock.bind((device, 0))
    return sock


def parse_mac(text):
    return bytes.fromhex(text.replace(':', ''))


def main():
    device, eth_dst, src, dst, protocol, rate, *rest = sys.argv[1:]
    size, *ports = [int(word) for word in rest] or [1200]
    sock = open_device(device)
    frame = make_frame((sock.getsockname()[4], parse_mac(eth_dst)),
                       (ipaddress.ip_address(src), ipaddress.ip_address(dst)),
                       int(protocol), size, ports or [1, 1])
    if rate.startswith('x'):
        for _ in range(int(rate[1:]) // size):
            sock.send(frame)
    else:
        send(sock, itertools.repeat(frame), float(rate))


if __name__ == '__main__':
    main()
