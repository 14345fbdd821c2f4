"""Caches of other programs: which kind a folder is, what lies in it, which bytes those are, and how they go away.

Nothing here knows of pins or approvals: `weighbridge.core.cached` judges. No link is followed out of a folder, no name
is believed, nothing is imported or executed.
"""
