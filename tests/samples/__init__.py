"""Samples: small folders that make each check speak (bad) or keep silent (good), made by code, inert.

Each module holds ``SAMPLES``: files by relative path, by ``<check-id>/<bad|good>/<case>``. `python -m tests.samples`
writes them below tests/data.
"""
