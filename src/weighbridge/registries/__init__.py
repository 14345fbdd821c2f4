"""Registries: where versions are registered for others to see."""
