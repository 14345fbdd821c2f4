"""Custody: the verbs. Every step of the chain, on top of the ports, with all the world handed in.

The order of writes is the safety: bytes before the pointer, pointer before the signed pin, signed pin before the
lock, lock before intent and pipeline. A kill between any two leaves nothing that another step would trust, and the
same command again goes on from there. Nothing here opens a file, a socket or a clock by itself.
"""
