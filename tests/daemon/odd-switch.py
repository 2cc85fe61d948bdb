# SPDX-License-Identifier: Apache-2.0

"""An OpenFlow 1.4 switch that keeps flows, and is odd in the ways it is told.

    odd-switch.py SOCKET LOG [ODDITY[=N]...]

listens on the Unix domain socket SOCKET until it is killed.  It writes to LOG
what is asked of it, a word in a line: "connect", "list", "groups", "commit",
"echo".  An ODDITY happens each time there is a reason for it, or the first N
times:

    mute-list, mute-groups, mute-commit
                   the request is never answered
    zero           a while before a commit is answered, all kinds of answers
                   come with transaction id 0
    stale          the same with the id of the last listing, which is over
    early-groups, bad-groups, bad-flows, bad-commit, bad-type
                   the flows come before the groups; an answer, or its type,
                   cannot be decoded
    refuse-commit  the commit is refused
    noise          with every answer comes what nobody could make sense of
    probe          asks for 100,000 echoes and reads no answer for a while
"""

import os
import random
import socket
import struct
import sys
import time

HELLO, ERROR, ECHO_REQUEST, ECHO_REPLY, EXPERIMENTER = 0, 1, 2, 3, 4
FLOW_MOD, MULTIPART_REQUEST, MULTIPART_REPLY = 14, 18, 19
BARRIER_REPLY, BUNDLE_CONTROL, BUNDLE_ADD = 21, 33, 34
MP_FLOW, MP_GROUP_DESC, MP_FLOW_MONITOR = 1, 7, 16
OPEN, OPEN_REPLY, COMMIT, COMMIT_REPLY = 0, 1, 4, 5
VERSION = 5


def message(type_, xid, body=b''):
    return struct.pack('!BBHI', VERSION, type_, 8 + len(body), xid) + body


def multipart(type_, xid, body=b''):
    return message(MULTIPART_REPLY, xid,
                   struct.pack('!HH4x', type_, 0) + body)


def error(xid, type_, code):
    return message(ERROR, xid, struct.pack('!HH', type_, code))


def bundle_control(xid, bundle_id, type_):
    return message(BUNDLE_CONTROL, xid,
                   struct.pack('!IHH', bundle_id, type_, 3))


def all_answers(xid):
    """Every kind of answer that ends something, with 'xid'."""
    return (multipart(MP_FLOW, xid) + multipart(MP_GROUP_DESC, xid)
            + multipart(MP_FLOW_MONITOR, xid) + message(BARRIER_REPLY, xid)
            + bundle_control(xid, 1, COMMIT_REPLY) + error(xid, 1, 1))


class Switch:
    def __init__(self, log, oddities):
        self.log = log
        self.oddities = oddities
        self.flows = {}         # Flow statistics, by table, priority, match.
        self.bundle = []
        self.connection = None
        self.list_xid = 0
        self.random = random.Random(1)

    def note(self, word):
        self.log.write(word + '\n')
        self.log.flush()

    def is_odd(self, name):
        left = self.oddities.get(name, 0)
        self.oddities[name] = left - 1
        return left > 0

    def noise(self, xid):
        """Messages of random types and bodies that belong to nothing."""
        noise = b''
        for _ in range(50):
            body = self.random.randbytes(self.random.randrange(0, 64))
            type_ = self.random.choice([ERROR, EXPERIMENTER, MULTIPART_REPLY,
                                        BARRIER_REPLY, BUNDLE_CONTROL,
                                        self.random.randrange(36)])
            if type_ == MULTIPART_REPLY:
                kind = self.random.choice([MP_FLOW, MP_GROUP_DESC,
                                           MP_FLOW_MONITOR, 0xffff])
                body = struct.pack('!HH4x', kind, 0) + body
            noise += message(type_, xid ^ 0x55555555, body)
        return noise

    def apply(self, mod):
        """Does what the FLOW_MOD 'mod' says, as far as it is asked here."""
        (cookie, _, table, command, idle, hard, priority, _, _, _, flags,
         importance) = struct.unpack_from('!QQBBHHHIIIHH', mod, 8)
        match_len = struct.unpack_from('!H', mod, 50)[0]
        padded = (match_len + 7) // 8 * 8
        match, instructions = mod[48:48 + padded], mod[48 + padded:]
        key = table, priority, match
        if command in (3, 4):
            self.flows.pop(key, None)
            return
        self.flows[key] = struct.pack(
            '!HBxIIHHHHHxxQQQ', 48 + len(match) + len(instructions), table,
            0, 0, priority, idle, hard, flags, importance, cookie, 0,
            0) + match + instructions

    def answer_list(self, xid):
        self.note('list')
        self.list_xid = xid
        if self.is_odd('mute-list'):
            return b''
        if self.is_odd('bad-flows'):
            return multipart(MP_FLOW, xid, b'\0\7junk' * 8)
        return multipart(MP_FLOW, xid, b''.join(self.flows.values()))

    def answer_groups(self, xid):
        self.note('groups')
        if self.is_odd('mute-groups'):
            return b''
        if self.is_odd('bad-groups'):
            return multipart(MP_GROUP_DESC, xid, b'\0\7junk' * 8)
        if self.is_odd('bad-type'):
            return multipart(0x7777, xid)
        if self.is_odd('early-groups'):
            return multipart(MP_FLOW, xid) + multipart(MP_GROUP_DESC, xid)
        return multipart(MP_GROUP_DESC, xid)

    def answer_commit(self, xid, bundle_id):
        self.note('commit')
        odd = b''
        if self.is_odd('zero'):
            odd += all_answers(0)
        if self.is_odd('stale'):
            odd += all_answers(self.list_xid)
        if self.is_odd('mute-commit'):
            return b''
        if self.is_odd('bad-commit'):
            return message(BUNDLE_CONTROL, xid, b'\0')
        if self.is_odd('refuse-commit'):
            return error(xid, 17, 4)
        for mod in self.bundle:
            self.apply(mod)
        if odd:
            self.connection.sendall(odd)
            time.sleep(0.3)
        return bundle_control(xid, bundle_id, COMMIT_REPLY)

    def answer_bundle(self, xid, body):
        bundle_id, type_ = struct.unpack_from('!IH', body)
        if type_ == OPEN:
            self.bundle = []
            return bundle_control(xid, bundle_id, OPEN_REPLY)
        if type_ == COMMIT:
            return self.answer_commit(xid, bundle_id)
        return b''

    def answer(self, type_, xid, body):
        if type_ == ECHO_REQUEST:
            return message(ECHO_REPLY, xid, body)
        if type_ == ECHO_REPLY:
            self.note('echo')
        elif type_ == MULTIPART_REQUEST:
            kind = struct.unpack_from('!H', body)[0]
            if kind == MP_FLOW:
                return self.answer_list(xid)
            if kind == MP_GROUP_DESC:
                return self.answer_groups(xid)
            return multipart(kind, xid)
        elif type_ == BUNDLE_ADD:
            self.bundle.append(body[8:])
        elif type_ == BUNDLE_CONTROL:
            return self.answer_bundle(xid, body)
        return b''

    def talk(self, connection):
        """Answers on 'connection' until it ends."""
        self.connection = connection
        self.note('connect')
        connection.sendall(message(HELLO, 1))
        stream = connection.makefile('rb')
        if self.is_odd('probe'):
            for _ in range(1000):
                connection.sendall(message(ECHO_REQUEST, 7, b'x' * 1000) * 100)
        while True:
            header = stream.read(8)
            if len(header) < 8:
                return
            _, type_, length, xid = struct.unpack('!BBHI', header)
            answer = self.answer(type_, xid, stream.read(length - 8))
            if answer and type_ != ECHO_REQUEST and self.is_odd('noise'):
                answer = self.noise(xid) + answer
            connection.sendall(answer)


def main():
    path, log, *words = sys.argv[1:]
    oddities = {}
    for word in words:
        name, _, n = word.partition('=')
        oddities[name] = int(n or 1 << 30)
    server = socket.socket(socket.AF_UNIX)
    server.bind(path + '.tmp')
    server.listen()
    os.rename(path + '.tmp', path)
    with open(log, 'w') as f:
        switch = Switch(f, oddities)
        while True:
            connection, _ = server.accept()
            try:
                switch.talk(connection)
            except OSError:
                pass
            connection.close()


if __name__ == '__main__':
    main()
