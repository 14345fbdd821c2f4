"""Checks: what is looked at in a file or a tree, on top of the parsers of `weighbridge.formats`."""
