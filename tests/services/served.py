"""A project whose servers are real, and a machine that has the servers' addresses and a trust file alone."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tests.e2e.chain import Chain

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LOAD = "import weighbridge; print(weighbridge.load('tiny', stage='production'))"


@dataclass(frozen=True)
class Served(Chain):
    """A chain with more in its shell.

    Args:
        settings: Variables beside, or in place of, those of a chain.
    """

    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What the user's shell holds."""
        return {**super().environment, **self.settings}

    def configure(self, line: str) -> None:
        """Put a line above the tables of weighbridge.toml."""
        path = self.root / "weighbridge.toml"
        path.write_text(path.read_text(encoding="utf-8").replace("\n\n[", f"\n{line}\n\n[", 1), encoding="utf-8")

    def clone(self, root: Path, home: Path) -> Served:
        """A colleague's clone of everything committed so far."""
        made = super().clone(root, home)
        return replace(self, root=made.root, home=made.home)

    def elsewhere(self, folder: Path, store: str) -> Served:
        """Another machine: an empty folder, the address of a store, and a trust file got from the project's owners."""
        empty, home = folder / "empty", folder / "reader"
        empty.mkdir(parents=True)
        home.mkdir()
        rules = (self.root / "weighbridge.toml").read_text(encoding="utf-8").partition("[models")[0]
        rules = re.sub(r"(?m)^mlflow_uri = .*$", "", rules)
        trust = home / "trust.toml"
        trust.write_text(rules.replace("weighbridge.config/1", "weighbridge.trust/1"), encoding="utf-8")
        given = {**self.settings, "WEIGHBRIDGE_STORE": store, "WEIGHBRIDGE_TRUST": str(trust)}
        return Served(empty, home, None, given)
