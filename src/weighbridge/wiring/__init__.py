"""The composition root: settings and environment become a `Custody`. The only reader of the clock.

Adapters are imported when a step first needs them, so that a command pays only for what it uses.
"""

from weighbridge.wiring.clock import now
from weighbridge.wiring.loading import load, verified_folder
from weighbridge.wiring.project import Project, find_root, open_project

__all__ = ["Project", "find_root", "load", "now", "open_project", "verified_folder"]
