"""Compare: what changed between two manifests, in words."""
