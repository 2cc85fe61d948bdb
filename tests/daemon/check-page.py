#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Uses the scheduler shim's page in headless Chromium as people do who have only a
keyboard, a narrow screen, no colours or a screen reader, and prints what they find.

usage: check-page.py URL

Chromium is told what to do, such as pressing keys, by its DevTools protocol.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

KEYS = {"Tab": (9, None), "Enter": (13, "\r"), " ": (32, " "), "Backspace": (8, None)}
SHIFT = 8
PATIENCE = 60                   # Seconds.


class Browser:
    """Chromium with one page, which reads commands from a pipe and answers to
    another."""

    def __init__(self, url):
        from_us, to_chromium = os.pipe()
        from_chromium, to_us = os.pipe()
        # It wants the pipes as file descriptors 3 and 4; both may be taken here.
        script = f"exec chromium \"$@\" 3<&{from_us} 4>&{to_us}"
        self.home = tempfile.TemporaryDirectory()
        self.log = open("chromium.log", "w", encoding="utf-8")
        self.process = subprocess.Popen(
            ["bash", "-c", script, "chromium", "--headless", "--no-sandbox",
             "--disable-gpu", "--remote-debugging-pipe", "about:blank"],
            pass_fds=(from_us, to_us), stderr=self.log,
            env={**os.environ, "HOME": self.home.name})
        os.close(from_us)
        os.close(to_us)
        self.out, self.received = to_chromium, b""
        self.input = from_chromium
        self.number, self.session = 0, None
        target = self.ask("Target.createTarget", url=url)["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target,
                                flatten=True)["sessionId"]
        self.ask("Page.bringToFront")

    def ask(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    sys.exit(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def receive(self):
        while b"\0" not in self.received:
            data = os.read(self.input, 65536)
            if not data:
                sys.exit("Chromium has ended, see chromium.log")
            self.received += data
        message, self.received = self.received.split(b"\0", 1)
        return json.loads(message)

    def get(self, expression):
        result = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            sys.exit(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def wait(self, expression):
        end = time.time() + PATIENCE
        while not self.get(f"Boolean({expression})"):
            if time.time() > end:
                sys.exit(f"waited in vain for: {expression}")
            time.sleep(0.1)

    def press(self, key, modifiers=0):
        code, text = KEYS.get(key, (ord(key[0].upper()), key))
        common = {"key": key, "windowsVirtualKeyCode": code, "modifiers": modifiers}
        self.ask("Input.dispatchKeyEvent", **common,
                 **({"type": "keyDown", "text": text} if text else
                    {"type": "rawKeyDown"}))
        self.ask("Input.dispatchKeyEvent", type="keyUp", **common)

    def end(self):
        self.session = None
        self.ask("Browser.close")
        self.process.wait(PATIENCE)
        self.home.cleanup()
        self.log.close()


# What the page shows.
N_NODES = "document.querySelectorAll('details').length"
FOCUS = """(e => e.tagName === 'SUMMARY' ? 'node ' + e.firstChild.data.trim()
            : e.id || e.getAttribute('aria-label') || e.tagName)(
            document.activeElement)"""
OPEN = "[...document.querySelectorAll('details[open] summary')].map(" \
       "e => e.firstChild.data.trim()).join(' ')"
DRAWN = "document.querySelector('details')"


def wait_for_update(browser):
    """Waits until all nodes have been drawn anew."""
    browser.get("document.querySelector('details').id = 'old', 0")
    browser.wait("!document.getElementById('old')")


def use_keyboard(browser):
    browser.press("Tab")
    print("first:", browser.get(FOCUS))
    for letter in "node-04":
        browser.press(letter)
    browser.wait(f"{N_NODES} < 20")
    print("with that name:", browser.get(N_NODES))
    browser.press("Tab")
    print("then:", browser.get(FOCUS))
    browser.press(" ")
    browser.wait("document.getElementById('busy').checked")
    print("with elephants:", browser.get(N_NODES))
    browser.press(" ")
    browser.press("Tab")
    print("then:", browser.get(FOCUS))
    browser.press("Enter")
    browser.wait("document.querySelector('details[open]')")
    print("open:", browser.get(OPEN))
    wait_for_update(browser)
    print("after an update:", browser.get(FOCUS) + ", open:", browser.get(OPEN))
    browser.press("Tab")
    print("then:", browser.get(FOCUS))
    browser.press("Tab", SHIFT)
    browser.press("Enter")
    browser.wait("!document.querySelector('details[open]')")
    for _ in range(browser.get(N_NODES)):
        browser.press("Tab")
    print("last:", browser.get(FOCUS))
    for _ in range(browser.get(N_NODES) + 2):
        browser.press("Tab", SHIFT)
    print("back again:", browser.get(FOCUS))
    for _ in "node-04":
        browser.press("Backspace")
    browser.wait(f"{N_NODES} > 400")
    print("without a name:", browser.get(N_NODES))
    print("each place with focus has an outline:", browser.get(
        "['filter', 'busy'].every(id => { document.getElementById(id).focus(); return "
        "getComputedStyle(document.activeElement).outlineStyle !== 'none'; })"))


def use_narrow_screens(browser):
    for width in 320, 360, 1280:
        browser.ask("Emulation.setDeviceMetricsOverride", width=width, height=640,
                    deviceScaleFactor=1, mobile=width < 500)
        browser.wait(f"innerWidth === {width}")
        print(f"{width} pixels: to be scrolled sideways:",
              browser.get(
                  "Math.max(0, document.documentElement.scrollWidth - innerWidth)"),
              "pixels, text cut off:", browser.get(
                  "[...document.querySelectorAll('h3, summary, p, label')].some("
                  "e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0)"))


def use_no_colours(browser):
    browser.ask("Emulation.setEmulatedMedia",
                features=[{"name": "forced-colors", "value": "active"}])
    print("classes by letter:", browser.get(
        "[...new Set([...document.querySelectorAll('.boxes .box')].map("
        "e => e.className.replace('box ', '') + ' ' + e.textContent))]"
        ".sort().join(', ')"))
    print("letters are seen:", browser.get(
        "[...document.querySelectorAll('.boxes .box')].slice(0, 100).every("
        "e => (s => s.color !== s.backgroundColor)(getComputedStyle(e)))"))
    browser.ask("Emulation.setEmulatedMedia", features=[])


def use_screen_reader(browser):
    browser.ask("Accessibility.enable")
    nodes = browser.ask("Accessibility.getFullAXTree")["nodes"]
    found = [(node["role"]["value"], node.get("name", {}).get("value", ""))
             for node in nodes if not node.get("ignored")]
    print("landmarks:", " ".join(sorted(role for role, _ in found if role in (
        "status", "search", "main", "table"))))
    for role in "searchbox", "checkbox", "heading", "columnheader":
        names = [name for r, name in found if r == role]
        print(f"{role}:", "; ".join(names[:6]))
    print(next(name for role, name in found
               if role in ("DisclosureTriangle", "button") and "heavy" in name))


def main():
    browser = Browser(sys.argv[1])
    browser.wait(DRAWN)
    print("nodes:", browser.get(N_NODES))
    print(browser.get("document.getElementById('state').textContent"))
    use_keyboard(browser)
    use_narrow_screens(browser)
    use_no_colours(browser)
    use_screen_reader(browser)
    browser.end()


if __name__ == "__main__":
    main()
