#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that every command that people are told to type exists.

usage: check-commands.py TREE

Reads the documentation, in its text as well as its literal blocks, and what programs
and scripts of TREE say to people.  Asks the programs, in PATH, what they take: --help,
or the daemons that run in OVS_RUNDIR what commands they have.  Prints "FILE: COMMAND:
WHY" for each that does not exist, and last how many it has looked at; fails if it
printed any.
"""

import glob
import os
import re
import shlex
import subprocess
import sys

# Programs whose --help has their options, and commands if they take any.
WITH_COMMANDS = ("ovs-footprint-ctl", "ovs-vsctl", "ovs-ofctl", "ovsdb-client",
                 "ovsdb-tool", "ovs-dpctl")
WITHOUT = ("ovs-footprintd", "ovs-footprint-scheduler", "ovs-footprint-top")
PROGRAMS = WITH_COMMANDS + WITHOUT + ("ovs-appctl",)
DAEMONS = ("ovs-footprintd", "ovs-footprint-scheduler", "ovs-vswitchd", "ovsdb-server")

# Commands that ovsdb-server has only while it serves a database of a cluster.
NOT_ALWAYS = "cluster/"

# Options that are followed by a value of their own.
VALUED = {"-t", "-T", "-p", "-c", "-C", "-O", "--target", "--id"}

PAGES = ("*.rst", "NEWS", "Documentation/*.rst")
SOURCES = ("plugin/*.c", "plugin/*/*.[ch]", "lib/*.[ch]", "utilities/*.in",
           "utilities/*/*.[ch]", "deploy/systemd/*.in", "debian/*.prerm",
           "debian/tests/*", "rhel/*.in", "quickstart")


def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, timeout=60).stdout.decode()


class Programs:
    """What programs take, as far as they were asked."""

    def __init__(self):
        self.helps = {}
        self.commands = {}

    def help(self, program):
        if program not in self.helps:
            self.helps[program] = run(program, "--help")
            if program == "ovs-vsctl":
                # What stands in that is not all.
                self.helps[program] += run(program, "--commands")
        return self.helps[program]

    def names(self, program, word):
        """Does the help of 'program' have 'word'?"""
        return re.search(r"(?<![\w-])%s(?![\w-])" % re.escape(word), self.help(program))

    def usage(self, daemon, command):
        """How a daemon describes one of its commands, None if there is none."""
        if daemon not in self.commands:
            lines = run("ovs-appctl", "-t", daemon, "list-commands").splitlines()[1:]
            self.commands[daemon] = dict(
                (line.split(None, 1) + [""])[:2] for line in lines if line.strip())
        return self.commands[daemon].get(command)


def is_placeholder(word):
    """Does 'word' stand for something else?"""
    return not re.fullmatch(r"-{0,2}[a-z][a-z0-9/-]*(=.*)?|-[a-zA-Z]", word)


def split(words):
    """The options among 'words', and what else there is up to the first that stands for
    something else."""
    options, rest = [], []
    words = iter(words)
    for word in words:
        if word in VALUED:
            options.append((word, next(words, None)))
        elif is_placeholder(word):
            break
        elif word.startswith("-"):
            options.append(tuple((word.split("=", 1) + [None])[:2]))
        else:
            rest.append(word)
    return options, rest


def check_appctl(programs, words):
    options, rest = split(words)
    daemon = dict(options).get("-t") or dict(options).get("--target") or "ovs-vswitchd"
    if daemon not in DAEMONS or not rest or rest[0].startswith(NOT_ALWAYS):
        return None
    usage = programs.usage(daemon, rest[0])
    if usage is None:
        return "%s has no such command" % daemon
    for word in words[words.index(rest[0]) + 1:]:
        option = word.split("=")[0]
        if option.startswith("--") and not re.search(option + r"(?![\w-])", usage):
            return "%s does not take %s" % (rest[0], word)
    return None


def check_program(programs, program, words):
    if program == "ovs-appctl":
        return check_appctl(programs, words)
    options, rest = split(words)
    for option, _ in options:
        if option.startswith("--") and not programs.names(program, option):
            return "it has no option %s" % option
    if rest and program in WITH_COMMANDS and not programs.names(program, rest[0]):
        return "it has no command %s" % rest[0]
    return None


def find_commands(text):
    """Each command of one of PROGRAMS in 'text', a line or several joined ones, as a
    list of words."""
    for part in re.split(r"[|;&`()<>]+|\$\(|\s--\s(?!-)", text):
        found = re.search(r"(?:^|[\s\"'/])(%s)(?=\s|$)(.*)" % "|".join(PROGRAMS), part)
        if not found:
            continue
        try:
            words = shlex.split(found.group(2), comments=True)
        except ValueError:
            words = found.group(2).split()
        yield [found.group(1)] + words


def read_page(text):
    """What a page has as a literal, in its text or as a block."""
    for literal in re.findall(r"(?<!`)``([^`]+?)``(?!`)", text):
        yield " ".join(literal.split())
    for block in re.findall(r"::(?: \w+)?\n\n((?:(?: +\S.*)?\n)+)", text):
        for line in re.sub(r"\\\n\s*", " ", block).splitlines():
            yield re.sub(r"^\s*(?:\$|#) ", "", line)


def read_source(path, text):
    """What a program says: what it quotes in a string of C, or in a message of a shell
    script."""
    if path.endswith((".c", ".h")):
        one = r'"(?:[^"\\\n]|\\.)*"'
        for string in re.findall(rf"{one}(?:\s*{one})*", text):
            whole = re.sub(r'"\s*"', "", string)[1:-1]
            yield from re.findall(r'\\"(ovs-.+?)\\"', whole)
            yield from re.findall(r"\((ovs-[^()]+?)\)", whole)
    else:
        for line in re.sub(r"\\\n\s*", " ", text).splitlines():
            if re.match(r"\s*#", line):
                continue
            if re.match(r"\s*(Exec\w+=\S*/)?ovs", line):
                yield line
            yield from re.findall(r'\\"(ovs-.+?)\\"', line)
            yield from re.findall(r"\((ovs-[^()]+?)\)", line)


def main():
    tree = sys.argv[1]
    programs = Programs()
    n = errors = 0
    for patterns, is_page in ((PAGES, True), (SOURCES, False)):
        for path in sorted(p for pattern in patterns
                           for p in glob.glob(os.path.join(tree, pattern))
                           if os.path.isfile(p)):
            with open(path, encoding="utf-8") as f:
                text = f.read()
            for said in read_page(text) if is_page else read_source(path, text):
                for program, *words in find_commands(said):
                    n += 1
                    why = check_program(programs, program, words)
                    if why:
                        errors += 1
                        print("%s: %s: %s" % (os.path.relpath(path, tree),
                                              " ".join([program] + words), why))
    print("%d commands" % n)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
