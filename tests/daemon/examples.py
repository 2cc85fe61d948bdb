#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Finds the examples of the documentation: its literal blocks.

usage: examples.py TREE PAGE TEXT     prints the one block of PAGE that has TEXT in it
       examples.py TREE --quotes PAGE TEXT    fails unless PAGE has TEXT as a literal
       examples.py TREE --not-run LIST TEST...   prints "PAGE: FIRST-LINE" of each block
                                      that no TEST runs and LIST does not excuse, and
                                      each line of LIST that excuses none

PAGE is "README" or a file in Documentation without ".rst".  LIST has lines "PAGE: TEXT
| REASON".
"""

import glob
import os
import re
import sys

BLOCK = (r"(?:^.*::|^ *\.\. code-block:: \w+)\n\n"
         r"(( +)\S.*\n(?:\2.*\n|\n(?=\n*\2))*)")


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def find_page(tree, name):
    directory = "" if name == "README" else "Documentation"
    return os.path.join(tree, directory, name + ".rst")


def read_blocks(tree, page):
    """The different blocks of a page, without what all of a block is indented by."""
    text = read(find_page(tree, page))
    blocks = ["".join(line[len(indent):] or "\n" for line in
                      block.splitlines(keepends=True))
              for block, indent in re.findall(BLOCK, text, re.MULTILINE)]
    return list(dict.fromkeys(blocks))


def print_block(tree, page, text):
    blocks = read_blocks(tree, page)
    found = [block for block in blocks if block.strip() == text] or \
        [block for block in blocks if text in block]
    if len(found) != 1:
        sys.exit("%s: %d examples have \"%s\" in them" % (page, len(found), text))
    sys.stdout.write(found[0])


def check_quote(tree, page, text):
    # A literal may be broken where the lines are.
    literals = re.findall(r"``(.+?)``", read(find_page(tree, page)), re.DOTALL)
    if text not in [" ".join(literal.split()) for literal in literals]:
        sys.exit("%s does not quote \"%s\"" % (page, text))


def print_not_run(tree, excuses, tests):
    run = [match for path in tests for match in
           re.findall(r"EXAMPLE(?:_TEXT)?\(\[(\S+)\], \[(.+?)\]", read(path))]
    excused = re.findall(r"^(\S+): (.+?) \| .+$", read(excuses), re.MULTILINE)
    pages = ["README"] + sorted(
        os.path.basename(path)[:-len(".rst")]
        for path in glob.glob(os.path.join(tree, "Documentation", "*.rst")))
    used = set()
    for page in pages:
        for block in read_blocks(tree, page):
            entries = [(p, text) for p, text in excused if p == page and text in block]
            used.update(entries)
            if not entries and not any(p == page and text in block for p, text in run):
                print("%s: %s" % (page, block.split("\n", 1)[0]))
    for page, text in excused:
        if (page, text) not in used:
            print("%s: no example has \"%s\" in it" % (page, text))


def main():
    tree, first, *rest = sys.argv[1:]
    if first == "--quotes":
        check_quote(tree, *rest)
    elif first == "--not-run":
        print_not_run(tree, rest[0], rest[1:])
    else:
        print_block(tree, first, *rest)


if __name__ == "__main__":
    main()
