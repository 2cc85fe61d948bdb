#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sends requests to an HTTP server that no library would send, and prints the answers.

usage: http-client.py URL < SCRIPT

A line of SCRIPT is what is sent on a connection of its own; in it, \\r, \\n and so on
are what they are in Python, and these words have a meaning:

    {N}      N times the letter x
    <PAUSE>  half a second's pause
    <SLOW>   from here on, a byte each 0.1 seconds, until the server has enough
    <HALF>   nothing more will be sent
    <GONE>   the connection is closed at once, unread

The answer is its first line and its body; "closed" is no answer at all.
"""

import re
import socket
import sys
import time
from urllib.parse import urlsplit


def send_slowly(sock, data):
    for byte in data:
        try:
            sock.sendall(bytes([byte]))
        except OSError:
            return
        time.sleep(0.1)


def send(sock, line):
    """Sends 'line'; returns whether an answer is of interest."""
    slow = False
    for part in re.split(r"(<[A-Z]+>)", line):
        if part == "<PAUSE>":
            time.sleep(0.5)
        elif part == "<SLOW>":
            slow = True
        elif part == "<HALF>":
            sock.shutdown(socket.SHUT_WR)
        elif part == "<GONE>":
            return False
        elif part:
            data = part.encode().decode("unicode_escape").encode("latin-1")
            data = re.sub(rb"\{(\d+)\}", lambda m: b"x" * int(m[1]), data)
            send_slowly(sock, data) if slow else sock.sendall(data)
    return True


def receive(sock):
    answer = b""
    try:
        while chunk := sock.recv(65536):
            answer += chunk
    except OSError:
        pass
    return answer.decode("utf-8", "replace")


def main():
    url = urlsplit(sys.argv[1])
    for line in sys.stdin:
        line = line.rstrip("\n")
        with socket.create_connection((url.hostname, url.port), 20) as sock:
            if not send(sock, line):
                print("gone")
                continue
            answers = receive(sock)
        for answer in re.split(r"(?=HTTP/1\.[01] )", answers)[1:] or ["closed"]:
            head, _, body = answer.partition("\r\n\r\n")
            print(head.split("\r\n")[0])
            if body:
                print(body[:200].strip())


if __name__ == "__main__":
    main()
