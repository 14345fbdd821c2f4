"""Ledgers: where evidence lives."""
