"""A ledger in memory."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from weighbridge.core.attestation import envelope_id, short_type
from weighbridge.core.errors import UsageError
from weighbridge.core.ref import require_name

if TYPE_CHECKING:
    from collections.abc import Sequence


class MemoryLedger:
    """A `weighbridge.core.ports.Ledger`; `envelopes` may be changed to lie."""

    def __init__(self) -> None:
        self.envelopes: defaultdict[str, dict[str, bytes]] = defaultdict(dict)

    def append(self, names: Sequence[str], envelope: bytes) -> str:
        if not names:
            raise UsageError("evidence needs the name of a model", code="no-name")
        short_type(envelope)
        found = envelope_id(envelope)
        for name in [require_name(name) for name in names]:
            self.envelopes[name][found] = envelope
        return found

    def read(self, name: str) -> tuple[bytes, ...]:
        return tuple(self.envelopes.get(require_name(name), {}).values())

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(name for name, found in self.envelopes.items() if found))
