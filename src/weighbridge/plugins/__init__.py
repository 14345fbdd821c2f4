"""Plug-ins for other programs: thin entry points on top of the wiring."""
