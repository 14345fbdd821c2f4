"""Governance for third-party models: pinned, hashed, inspected, approved, verified at every load."""
