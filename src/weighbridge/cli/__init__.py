"""The command line: one file a verb, translation only."""

from weighbridge.cli.app import main

__all__ = ["main"]
