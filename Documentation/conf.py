# SPDX-License-Identifier: Apache-2.0

"""How Sphinx makes the manual pages."""

import os
import re

_here = os.path.dirname(os.path.abspath(__file__))


def _version():
    """The package's version, from the one place where it is written."""
    with open(os.path.join(_here, '..', 'configure.ac')) as f:
        return re.search(r'AC_INIT\(\[[^]]*\], \[([^]]*)\]', f.read())[1]


project = 'ovs-footprint'
copyright = '2026, The ovs-footprint Authors'
author = 'The ovs-footprint Authors'
version = release = _version()

master_doc = 'index'
exclude_patterns = []
highlight_language = 'none'
smartquotes = False
html_theme = 'classic'

# The reader's own machine, and "make linkcheck" where a page is behind a login.
linkcheck_ignore = [r'https?://127\.0\.0\.1']

# (source, name, description, authors, section)
man_pages = [
    ('ovs-footprint-ctl.8', 'ovs-footprint-ctl',
     'starts ovs-footprintd and looks after its database', author, 8),
    ('ovs-footprintd.8', 'ovs-footprintd',
     'finds the containers whose traffic hurts their neighbours', author, 8),
    ('ovs-footprint-scheduler.8', 'ovs-footprint-scheduler',
     'says where pods should go, by their traffic footprints', author, 8),
    ('ovs-footprint-cni.8', 'ovs-footprint-cni',
     'connects containers to Open vSwitch, and says who they are', author, 8),
    ('ovs-footprint-top.8', 'ovs-footprint-top',
     'shows who moves a lot of data on this node, live', author, 8),
]
man_show_urls = True
