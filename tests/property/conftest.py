"""The same examples in every run, and no limit of time that a busy machine would break."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("weighbridge", derandomize=True, deadline=None, database=None)
settings.load_profile("weighbridge")
