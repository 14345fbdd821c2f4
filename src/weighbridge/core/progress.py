"""Progress that nobody watches. It keeps no count."""

from __future__ import annotations


class Silent:
    """Says nothing; see `weighbridge.core.ports.Progress`."""

    def begin(self, what: str, total_bytes: int) -> None:
        """Nothing."""

    def advance(self, size_bytes: int) -> None:
        """Nothing."""

    def end(self) -> None:
        """Nothing."""
