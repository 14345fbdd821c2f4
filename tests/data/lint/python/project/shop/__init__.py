"""Recommendations for the shop."""

DEFAULT_ENCODER = "intfloat/multilingual-e5-small"
