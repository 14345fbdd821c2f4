"""Where approvals are enforced: pure translations between a foreign protocol and our nouns.

A gate opens no socket and no file and reads neither clock nor environment: what carries it brings all of that.
"""
